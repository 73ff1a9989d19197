package metrics

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

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

// histogram is of durations or sizes, in the unit of the name.
func histogram(name, help string, labels ...string) *desc {
	return &desc{name, help, dto.MetricType_HISTOGRAM, labels}
}

type series struct {
	labels    []*dto.LabelPair // those of the family, in their order; series of several families may share them
	number    float64
	histogram *dto.Histogram // in place of the number
}

type family struct {
	*desc
	series []series
}

// exposition is what one scrape shows, while it is put together.
type exposition map[string]*family

// add puts a series into its family.
func (e exposition) add(d *desc, number float64, values ...string) {
	e.put(d, number, d.pairs(values))
}

// put leaves out a number that no machine can have, NaN or an infinity.
func (e exposition) put(d *desc, number float64, labels []*dto.LabelPair) {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return
	}
	e.append(d, series{labels: labels, number: number})
}

func (e exposition) append(d *desc, s series) {
	f := e[d.name]
	if f == nil {
		f = &family{desc: d}
		e[d.name] = f
	}
	f.series = append(f.series, s)
}

// addHistogram puts a series into a family of histograms. There are as many of
// counts as up to each of bounds, which rise, and last those beyond; total is the
// sum of what was counted.
func (e exposition) addHistogram(d *desc, bounds []float64, counts []uint64, total float64, values ...string) {
	buckets, sofar := make([]*dto.Bucket, len(counts)), uint64(0)
	for i, count := range counts {
		bound := math.Inf(1)
		if i < len(bounds) {
			bound = bounds[i]
		}
		sofar += count
		buckets[i] = &dto.Bucket{UpperBound: &bound, CumulativeCount: new(sofar)}
	}
	e.append(d, series{labels: d.pairs(values), histogram: &dto.Histogram{SampleCount: &sofar, SampleSum: &total, Bucket: buckets}})
}

// addValue adds a number that is not missing.
func (e exposition) addValue(d *desc, v collector.Value, values ...string) {
	if number, ok := v.Get(); ok {
		e.add(d, number, values...)
	}
}

// prefixed makes families from the names of counters, one a name and each once,
// for there are as many as a file has lines.
type prefixed struct {
	kind         func(name, help string, labels ...string) *desc
	prefix, from string
	made         sync.Map // *desc by the name of the counter
}

func newPrefixed(kind func(name, help string, labels ...string) *desc, prefix, from string) *prefixed {
	return &prefixed{kind: kind, prefix: prefix, from: from}
}

func (p *prefixed) family(name string) *desc {
	if d, ok := p.made.Load(name); ok {
		return d.(*desc)
	}
	d, _ := p.made.LoadOrStore(name, p.kind(p.prefix+name, "Number "+name+" "+p.from+"."))
	return d.(*desc)
}

// addCounters adds a family without labels for each number whose name can be
// part of a metric's.
func (e exposition) addCounters(c collector.Counters, p *prefixed) {
	for name, number := range c.All() {
		if isMetricName(name) {
			e.add(p.family(name), number)
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

// pairs makes label values text, which is all that Prometheus takes: one name
// that is no text must not cost the scrape.
func (d *desc) pairs(values []string) []*dto.LabelPair {
	if len(values) == 0 {
		return nil
	}
	pairs, all := make([]dto.LabelPair, len(values)), make([]*dto.LabelPair, len(values))
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = strings.ToValidUTF8(value, "\uFFFD")
		pairs[i].Name, pairs[i].Value = &d.labels[i], &texts[i]
		all[i] = &pairs[i]
	}
	return all
}

// column is a family that has one series for each T. The columns of one T have
// the same labels.
type column[T any] struct {
	*desc
	of func(*T) collector.Value
}

func addColumns[T any](e exposition, columns []column[T], item *T, values ...string) {
	labels := columns[0].pairs(values)
	for _, c := range columns {
		if number, ok := c.of(item).Get(); ok {
			e.put(c.desc, number, labels)
		}
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
	f.sort()
	return &dto.MetricFamily{Name: &f.name, Help: &f.help, Type: &f.kind, Metric: f.metrics()}
}

// sort also leaves out what is there twice, which would cost the scrape.
func (f *family) sort() {
	slices.SortStableFunc(f.series, compareLabels)
	f.series = slices.CompactFunc(f.series, func(a, b series) bool { return compareLabels(a, b) == 0 })
}

func compareLabels(a, b series) int {
	return slices.CompareFunc(a.labels, b.labels, func(a, b *dto.LabelPair) int { return strings.Compare(*a.Value, *b.Value) })
}

// metrics allocates by family and not by series: of a thousand series that is a
// tenth of the garbage.
func (f *family) metrics() []*dto.Metric {
	metrics, all := make([]dto.Metric, len(f.series)), make([]*dto.Metric, len(f.series))
	for i := range metrics {
		metrics[i].Label = f.series[i].labels
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
	case dto.MetricType_HISTOGRAM:
		for i := range metrics {
			metrics[i].Histogram = f.series[i].histogram
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

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}
