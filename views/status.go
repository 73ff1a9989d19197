package views

import (
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// note is what a section has to say about itself beside its numbers.
type note struct {
	status collector.Status
	label  string // one or two words
	detail string // the whole story
}

// noteOf sorts the state of a reading into words. A whole reading of a source
// that is read at each tick has nothing to say.
func noteOf[T any](r collector.Reading[T], s *collector.Snapshot) note {
	return noteFor(r, r.Every, s)
}

// noteFor is noteOf for a section of whatever data; every is how often it is
// read, 0 for each tick.
func noteFor(r collector.Section, every time.Duration, s *collector.Snapshot) note {
	n := note{status: r.Status()}
	switch n.status {
	case collector.OK:
		if every > 0 {
			n.label, n.detail = "every "+period(every), "read every "+period(every)+" because reading it costs much"
		}
	case collector.NoBaseline:
		n.label, n.detail = "no baseline yet", "Rates need two readings of a counter that did not go backwards."
	case collector.Stale:
		n.label, n.detail = staleness(r.Has(), r.Age(s.Time))
	case collector.Denied:
		n.label, n.detail = "denied", cause(r.Fault())
	case collector.Unsupported:
		n.label, n.detail = "not supported", cause(r.Fault())
	default:
		n.label, n.detail = "failed", cause(r.Fault())
	}
	return n
}

func staleness(has bool, age time.Duration) (label, detail string) {
	if !has {
		return "no answer", "The source has not answered yet."
	}
	return "stale " + duration(age), "No answer for " + duration(age) + ": these are the numbers from before."
}

// cause is what went wrong. The panel shows the name of the section and the
// status already, so the error is told without them.
func cause(err error) string {
	text := ""
	if err != nil {
		text = clean(err.Error())
	}
	if subject, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(subject, " /") {
		text = rest
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, collector.ErrUnsupported.Error()), ": ")
	if text == "" {
		return "This machine has no such source."
	}
	return text
}

// stale reports numbers of before, which are dimmed.
func (n note) stale() bool { return n.status == collector.Stale }
