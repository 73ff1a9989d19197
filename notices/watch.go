package notices

import (
	"fmt"

	"github.com/tacho-monitor/tacho/collector"
)

// Watch finds notices in snapshots. The zero Watch is ready; its fields are to be
// set before that. It must not be used by two goroutines at a time.
type Watch struct {
	Run string // names this run of the program in the identifiers

	before   *collector.Snapshot
	greeted  bool // the host has been looked at
	killed   *kill
	count    collector.Value // of kills, by the kernel
	watched  []condition
	limits   map[string]*limit // by kind, of what only happens
	snapshot *collector.Snapshot
	told     []Notice
}

// Next returns what has begun or ended since the snapshot before, in the order of
// the page. Snapshots come in the order in which they were taken.
func (w *Watch) Next(s *collector.Snapshot) []Notice {
	if w.watched == nil {
		w.watched, w.limits = newConditions(), make(map[string]*limit)
	}
	w.snapshot, w.told = s, nil
	w.reboot(s)
	w.gap(s)
	w.kills(s)
	for i := range w.watched {
		w.watched[i].step(w)
	}
	for _, h := range happenings {
		if l := w.limits[h.kind]; l != nil {
			w.more(l, h.kind, h.section)
		}
	}
	w.before = s
	return w.told
}

// tell adds a notice of this tick and returns its identifier.
func (w *Watch) tell(n Notice) ID {
	n.ID = ID{w.Run, w.snapshot.Seq, len(w.told)}
	if n.Time.IsZero() {
		n.Time = w.snapshot.Time
	}
	w.told = append(w.told, n)
	return n.ID
}

// happen tells what only happens and does not last, if it may be told of its kind.
func (w *Watch) happen(n Notice) {
	l := w.limits[n.Kind]
	if l == nil {
		l = new(limit)
		w.limits[n.Kind] = l
	}
	if l.allow(w.snapshot.Time, n.Severity) {
		w.tell(n)
	}
}

// more tells how many were not, once something may be told again.
func (w *Watch) more(l *limit, kind, section string) {
	if n, severity := l.flush(w.snapshot.Time); n > 0 {
		w.tell(Notice{Kind: kind, Severity: severity, Section: section, Subject: section, Text: fmt.Sprintf("%d more like these", n)})
	}
}
