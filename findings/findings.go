// Package findings says what is short, full, hot or broken on a machine, out of
// one snapshot: what whoever looks should see first. It judges by the snapshot
// alone, so the same snapshot always gives the same findings, and a number that
// is missing gives none.
package findings

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// Severity is how much a finding matters.
type Severity uint8

const (
	// Warning: worth a look.
	Warning Severity = iota + 1
	// Critical: something does not work, or is about to stop working.
	Critical
)

// String returns the name that the JSON interface uses.
func (s Severity) String() string {
	if s == Critical {
		return "critical"
	}
	return "warning"
}

// MarshalText gives the name that the JSON interface uses.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one thing that is not as it should be.
type Finding struct {
	Severity Severity `json:"severity"`
	Section  string   `json:"section"` // the section of the snapshot that shows it
	Subject  string   `json:"subject"` // what it is about, as the machine names it: "/srv", "md0", "memory"
	Text     string   `json:"text"`    // what is the matter with it: "97 % full"
}

// most is how many findings are told of one section: on a machine with hundreds
// of full mounts, the others must be heard too.
const most = 5

// rules judge one section each, in the order in which the page shows them.
var rules = []struct {
	section string
	judge   func(*report, *collector.Snapshot)
}{
	{"cpu", (*report).cpu},
	{"load", (*report).load},
	{"memory", (*report).memory},
	{"network", (*report).network},
	{"cgroups", (*report).cgroups},
	{"mounts", (*report).mounts},
	{"pressure", (*report).pressure},
	{"sockets", (*report).sockets},
	{"sensors", (*report).sensors},
	{"gpus", (*report).gpus},
	{"raid", (*report).raid},
	{"zfs", (*report).zfs},
	{"kernel", (*report).kernel},
	{"clock", (*report).clock},
}

// Of returns the findings of a snapshot, the worst first, and among equals in
// the order of the page, after the sources that do not answer.
func Of(s *collector.Snapshot) []Finding {
	var r report
	r.faults(s)
	for _, rule := range rules {
		n := len(r.found)
		rule.judge(&r, s)
		r.limit(n, rule.section)
	}
	slices.SortStableFunc(r.found, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return r.found
}

// report collects findings.
type report struct {
	found []Finding
}

func (r *report) add(severity Severity, section, subject, format string, args ...any) {
	r.found = append(r.found, Finding{severity, section, subject, fmt.Sprintf(format, args...)})
}

// limit keeps the worst findings that were added after the first n, and counts
// the others.
func (r *report) limit(n int, section string) {
	added := r.found[n:]
	if len(added) <= most {
		return
	}
	slices.SortStableFunc(added, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	more := Finding{added[most-1].Severity, section, section, fmt.Sprintf("%d more like these", len(added)-most+1)}
	r.found = append(r.found[:n+most-1], more)
}

// bounds are from where on a number is worth a warning, and from where on it is
// critical.
type bounds struct{ warning, critical float64 }

// above returns the severity of a number that is bad when it is high, 0 when it
// is neither.
func (b bounds) above(v collector.Value) (Severity, float64) {
	number, ok := v.Get()
	switch {
	case !ok || number < b.warning:
		return 0, number
	case number < b.critical:
		return Warning, number
	}
	return Critical, number
}

// percent writes a percentage as people say it: what is not full is not 100 %.
func percent(x float64) string {
	rounded := math.Round(x)
	if x < 100 {
		rounded = min(rounded, 99)
	}
	return strconv.FormatFloat(rounded, 'f', 0, 64) + " %"
}

// decimal writes a number with one decimal where that tells something.
func decimal(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}

// often writes a rate, of which a trace is not nothing.
func often(rate float64) string {
	if rate < 0.05 {
		return "<0.1"
	}
	return decimal(rate)
}

// happens reports a rate that is more than nothing.
func happens(v collector.Value) (float64, bool) {
	rate, ok := v.Get()
	return rate, ok && rate > 0
}

// share is how much part is of whole, in percent; missing where either is, or
// where the whole is nothing.
func share(part, whole collector.Value) collector.Value {
	x, ok := part.Get()
	if !ok {
		return part
	}
	y, ok := whole.Get()
	if !ok || y <= 0 {
		return collector.Missing(collector.Unsupported)
	}
	return collector.Of(100 * x / y)
}

// usable reports a reading that judgements may be built on.
func usable[T any](r collector.Reading[T]) bool { return r.Has() && r.Status() != collector.Stale }

// Unknown names those of cpu, memory and mounts that nothing was learned about in
// this snapshot: where one is, that there are no findings does not mean that
// nothing is short. A reading without rates is one.
func Unknown(s *collector.Snapshot) []string {
	var unknown []string
	for _, section := range []struct {
		name string
		read bool
	}{{"cpu", usable(s.CPU)}, {"memory", usable(s.Memory)}, {"mounts", usable(s.Mounts)}} {
		if !section.read {
			unknown = append(unknown, section.name)
		}
	}
	return unknown
}
