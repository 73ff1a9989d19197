package notices

import (
	"cmp"
	"slices"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// rule is a kind of thing that lasts: it begins, and it ends.
type rule struct {
	kind, section string        // section is "" where the subjects are sections
	begin, end    time.Duration // for how long it must be so, and not be so any more, until it is told
	ticks         int           // and at how many ticks in a row it must be so
	// observe says how each subject is. It reports false where that is not known now.
	observe func(s *collector.Snapshot, each func(observation)) bool
}

// observation is how one subject is at one tick.
type observation struct {
	subject string
	detail  string            // tells subjects of the same name apart
	is      findings.Severity // 0 where it is not so
	still   bool              // it is not so, but too near to it to be over
	text    string            // what is the matter
}

// mostSubjects bounds what is remembered of a rule, on machines with ten thousand
// mounts.
const mostSubjects = 1000

// condition is a rule with what is known of its subjects.
type condition struct {
	rule
	limit    limit
	subjects map[subject]*state
	tick     uint64
}

type subject struct{ name, detail string }

// state is what is known of one subject.
type state struct {
	tick  uint64 // at which it was seen last
	known bool   // it was seen not to be so

	turn  turn      // where it seems to go from what it is held to be
	since time.Time // when that began
	ticks int       // since then

	open  bool // it is held to be so
	began time.Time
	told  ID   // the latest notice of it; zero where there was none
	quiet bool // it is not told that it has begun, so its end is not told either
	is    findings.Severity
	text  string
}

// turn is a change that has not lasted for long enough.
type turn uint8

const (
	steady turn = iota
	rising
	worsening
	subsiding
)

func newConditions() []condition {
	conditions := make([]condition, len(rules))
	for i, r := range rules {
		conditions[i] = condition{rule: r, subjects: make(map[subject]*state)}
	}
	return conditions
}

// step takes in what the snapshot says about all subjects of the rule.
func (c *condition) step(w *Watch) {
	seen := 0
	c.tick++
	known := c.observe(w.snapshot, func(o observation) {
		if s := c.state(o); s != nil {
			if s.tick != c.tick {
				seen++
			}
			s.tick = c.tick
			c.update(w, s, o)
		}
	})
	if known && seen < len(c.subjects) {
		c.leave(w)
	}
	w.more(&c.limit, c.kind, c.sectionOf("self"))
}

func (c *condition) state(o observation) *state {
	key := subject{o.subject, o.detail}
	s := c.subjects[key]
	if s == nil && len(c.subjects) < mostSubjects {
		s = new(state)
		c.subjects[key] = s
	}
	return s
}

// leave takes in that subjects are not there any more.
func (c *condition) leave(w *Watch) {
	var gone []subject
	for key, s := range c.subjects {
		if s.tick != c.tick {
			gone = append(gone, key)
		}
	}
	slices.SortFunc(gone, func(a, b subject) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.detail, b.detail)) })
	for _, key := range gone {
		s := c.subjects[key]
		if s.open {
			c.subside(w, s, key.name, "gone")
		}
		if !s.open {
			delete(c.subjects, key)
		}
	}
}

// sectionOf is the section that shows a subject.
func (c *condition) sectionOf(subject string) string { return cmp.Or(c.section, subject) }

func (c *condition) update(w *Watch, s *state, o observation) {
	switch {
	case !s.open && o.is == 0:
		s.known, s.turn = true, steady
	case !s.open:
		c.rise(w, s, o)
	case o.is > s.is:
		c.worsen(w, s, o)
	case o.is > 0 || o.still:
		s.turn = steady
	default:
		c.subside(w, s, o.subject, "over")
	}
}

// lasts reports whether a turn has lasted for long enough, which ends it.
func (s *state) lasts(t turn, now time.Time, enough time.Duration, ticks int) bool {
	if s.turn != t {
		s.turn, s.since, s.ticks = t, now, 0
	}
	s.ticks++
	if s.ticks < ticks || now.Sub(s.since) < enough {
		return false
	}
	s.turn = steady
	return true
}

func (c *condition) rise(w *Watch, s *state, o observation) {
	if !s.lasts(rising, w.snapshot.Time, c.begin, c.ticks) {
		return
	}
	s.open, s.is, s.text = true, o.is, o.text
	if s.known {
		s.began = s.since
		c.begins(w, s, o)
	}
}

// worsen is what was a warning and becomes critical.
func (c *condition) worsen(w *Watch, s *state, o observation) {
	if s.lasts(worsening, w.snapshot.Time, c.begin, c.ticks) {
		s.is, s.text = o.is, o.text
		c.begins(w, s, o)
	}
}

func (c *condition) begins(w *Watch, s *state, o observation) {
	severity := severityOf(o.is)
	if s.quiet = !c.limit.allow(w.snapshot.Time, severity); s.quiet {
		return
	}
	s.told = w.tell(Notice{Kind: c.kind, Severity: severity, Section: c.sectionOf(o.subject), Subject: o.subject, Text: o.text, Follows: s.told})
}

// subside is what is not so any more, for whatever reason.
func (c *condition) subside(w *Watch, s *state, name, how string) {
	now := w.snapshot.Time
	if !s.lasts(subsiding, now, c.end, 1) {
		return
	}
	text := s.text + "; " + how
	if !s.began.IsZero() {
		text += " after " + span(s.since.Sub(s.began))
	}
	// Of what was so from the start, many may end at a time.
	told := s.told != ID{}
	if told || !s.quiet && c.limit.allow(now, Info) {
		w.tell(Notice{Kind: c.kind, Severity: severityOf(s.is), Section: c.sectionOf(name), Subject: name, Text: text, Ended: true, Began: s.began, Follows: s.told})
	}
	*s = state{tick: s.tick, known: true}
}
