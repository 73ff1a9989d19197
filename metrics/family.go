package metrics

import (
	"maps"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/tacho-monitor/tacho/collector"
)

// desc is what the series of a family have in common.
type desc struct {
	name, help string
	kind       dto.MetricType
	labels     []string // sorted
}

func counter(name, help string, labels ...string) *desc {
	return &desc{name, help, dto.MetricType_COUNTER, labels}
}

func gauge(name, help string, labels ...string) *desc {
	return &desc{name, help, dto.MetricType_GAUGE, labels}
}

// untyped is for the numbers of files that hold counters and gauges alike.
func untyped(name, help string, labels ...string) *desc {
	return &desc{name, help, dto.MetricType_UNTYPED, labels}
}

type series struct {
	values []string // of the labels of the family, in their order
	number float64
}

type family struct {
	*desc
	series []series
}

// exposition is what one scrape shows, while it is put together.
type exposition map[string]*family

// add puts a series into its family. A number that no machine can have, NaN or
// an infinity, is left out.
func (e exposition) add(d *desc, number float64, values ...string) {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return
	}
	f := e[d.name]
	if f == nil {
		f = &family{desc: d}
		e[d.name] = f
	}
	f.series = append(f.series, series{values, number})
}

// addValue adds a number that is not missing.
func (e exposition) addValue(d *desc, v collector.Value, values ...string) {
	if number, ok := v.Get(); ok {
		e.add(d, number, values...)
	}
}

// addCounters adds a family without labels for each number whose name can be
// part of a metric's. describe makes it from what name says.
func (e exposition) addCounters(c collector.Counters, describe func(name string) *desc) {
	for name, number := range c.All() {
		if isMetricName(name) {
			e.add(describe(name), number)
		}
	}
}

// isMetricName reports whether text may follow a prefix such as node_memory_.
func isMetricName(text string) bool {
	for _, c := range []byte(text) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return text != ""
}

// column is a family that has one series for each T.
type column[T any] struct {
	*desc
	of func(*T) collector.Value
}

func addColumns[T any](e exposition, columns []column[T], item *T, values ...string) {
	for _, c := range columns {
		e.addValue(c.desc, c.of(item), values...)
	}
}

// families returns what was added, by name. Of series with the same labels the
// first one counts.
func (e exposition) families() []*dto.MetricFamily {
	all := make([]*dto.MetricFamily, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		all = append(all, e[name].proto())
	}
	return all
}

func (f *family) proto() *dto.MetricFamily {
	f.clean()
	return &dto.MetricFamily{Name: &f.name, Help: &f.help, Type: &f.kind, Metric: f.metrics()}
}

// clean makes label values text, which is all that Prometheus takes, and sorts
// the series. One name that is no text, or twice the same, must not cost the
// scrape.
func (f *family) clean() {
	for _, s := range f.series {
		for i, value := range s.values {
			s.values[i] = strings.ToValidUTF8(value, "\uFFFD")
		}
	}
	slices.SortStableFunc(f.series, func(a, b series) int { return slices.Compare(a.values, b.values) })
	f.series = slices.CompactFunc(f.series, func(a, b series) bool { return slices.Equal(a.values, b.values) })
}

// metrics allocates by family and not by series: of a thousand series that is a
// tenth of the garbage.
func (f *family) metrics() []*dto.Metric {
	n, width := len(f.series), len(f.labels)
	metrics, all := make([]dto.Metric, n), make([]*dto.Metric, n)
	pairs, allPairs := make([]dto.LabelPair, n*width), make([]*dto.LabelPair, n*width)
	for i, s := range f.series {
		for k := range f.labels {
			at := i*width + k
			pairs[at].Name, pairs[at].Value = &f.labels[k], &s.values[k]
			allPairs[at] = &pairs[at]
		}
		metrics[i].Label = allPairs[i*width : (i+1)*width : (i+1)*width]
		all[i] = &metrics[i]
	}
	f.setNumbers(metrics)
	return all
}

func (f *family) setNumbers(metrics []dto.Metric) {
	switch f.kind {
	case dto.MetricType_COUNTER:
		numbers := make([]dto.Counter, len(metrics))
		for i := range metrics {
			numbers[i].Value, metrics[i].Counter = &f.series[i].number, &numbers[i]
		}
	case dto.MetricType_GAUGE:
		numbers := make([]dto.Gauge, len(metrics))
		for i := range metrics {
			numbers[i].Value, metrics[i].Gauge = &f.series[i].number, &numbers[i]
		}
	default:
		numbers := make([]dto.Untyped, len(metrics))
		for i := range metrics {
			numbers[i].Value, metrics[i].Untyped = &f.series[i].number, &numbers[i]
		}
	}
}

// truth is 1 for true.
func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
