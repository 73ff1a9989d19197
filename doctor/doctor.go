// Package doctor says of every source that tacho reads whether this process can
// read it, what of the page is missing where it cannot, and what would mend that.
//
// It judges by a [collector.Snapshot], so by what tacho itself would show in this
// very environment: each number of it says where it comes from and why it is
// missing. Files are looked at only for what a snapshot does not tell, such as
// how the kernel was built.
package doctor

import (
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// Status is how a source fares.
type Status string

const (
	OK      Status = "ok"      // read
	Denied  Status = "denied"  // there, and this process may not read it, or not all of it
	Failing Status = "failing" // answers with something else than a reading, or not at all
	Missing Status = "missing" // this machine could have it, and it is switched off
	Absent  Status = "absent"  // this machine has no such thing, which is no fault
)

// statuses has all of them, the worst first.
var statuses = []Status{Failing, Denied, Missing, Absent, OK}

// isFault reports that something can be done about it.
func (s Status) isFault() bool { return s == Denied || s == Failing || s == Missing }

// Finding is what is said of one source.
type Finding struct {
	Section string `json:"section"` // of the snapshot: "processes"
	Source  string `json:"source"`  // "/proc/PID/io", with capitals for what varies
	Gives   string `json:"gives"`   // what of the page comes from it
	Status  Status `json:"status"`
	// Affected of Total could not be read, where there are several: processes,
	// mounts, numbers.
	Affected int    `json:"affected,omitempty"`
	Total    int    `json:"total,omitempty"`
	Why      string `json:"why,omitempty"`
	Mends    []Mend `json:"mends,omitempty"`

	needs []string // the capabilities that would open it to a process run by hand
}

// Mend is one way to have the source read.
type Mend struct {
	// Kind is what Lines are: "command" for a shell, "unit" for a drop-in, which
	// `systemctl edit` opens, "option" of what runs the container, "note" for none.
	Kind  string   `json:"kind"`
	Text  string   `json:"text"`
	Lines []string `json:"lines,omitempty"`
	Price string   `json:"price,omitempty"` // what it costs in safety
}

// Report is what is said of all sources, in the order of the page.
type Report struct {
	Environment Environment    `json:"environment"`
	Time        time.Time      `json:"time"` // of the snapshot that was judged
	Well        bool           `json:"well"` // nothing is denied, failing or missing
	Counts      map[Status]int `json:"counts"`
	Notes       []string       `json:"notes"`
	Sources     []Finding      `json:"sources"`
}

// Examine judges each source by a snapshot, which must not be the first of its
// sampler: that has no rates.
func Examine(s *collector.Snapshot, e Environment) Report {
	e.Machine = s.Host.Value.Virtualization
	e.Container = e.Container || strings.Contains(e.Machine, "container")
	x := newExamination(s, e)
	r := Report{Environment: e, Time: s.Time.UTC(), Well: true, Counts: make(map[Status]int, len(statuses)), Notes: x.notes()}
	for _, status := range statuses {
		r.Counts[status] = 0
	}
	for name, section := range s.Sections() {
		x.measure(name)
		for _, source := range sourcesOf(name) {
			f := x.judge(source, section)
			r.Counts[f.Status]++
			r.Well = r.Well && !f.Status.isFault()
			r.Sources = append(r.Sources, f)
		}
	}
	addFileCapabilities(r.Sources, e)
	return r
}

// Faults is how many sources are denied, failing or missing.
func (r Report) Faults() int { return r.Counts[Denied] + r.Counts[Failing] + r.Counts[Missing] }
