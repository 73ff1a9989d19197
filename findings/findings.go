// Package findings says what is short, full, hot or broken on a machine, out of
// one snapshot: what whoever looks should see first. It judges by the snapshot
// alone, so the same snapshot always gives the same findings, and a number that
// is missing gives none.
package findings

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

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

// Of returns the findings of a snapshot, the worst first, and among equals in
// the order of the sections.
func Of(s *collector.Snapshot) []Finding {
	var r report
	r.faults(s)
	r.memory(s)
	r.pressure(s)
	r.cpu(s)
	r.mounts(s)
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

// percent writes a percentage as people say it.
func percent(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) + " %" }

// usable reports a reading that judgements may be built on.
func usable[T any](r collector.Reading[T]) bool { return r.Has() && r.Status() != collector.Stale }
