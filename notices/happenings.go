package notices

import (
	"cmp"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// happenings are the kinds of what happens and does not last, with the sections
// that show them.
var happenings = []struct{ kind, section string }{
	{"reboot", "host"}, {"suspend", "host"}, {"gap", "self"}, {"clock_step", "clock"}, {"oom_kill", "kernel"},
}

// lately is how long ago a machine has started that is told of.
const lately = 10 * time.Minute

// reboot looks at the host once: while this program runs, the machine does not
// start.
func (w *Watch) reboot(s *collector.Snapshot) {
	if w.greeted || !s.Host.Has() {
		return
	}
	w.greeted = true
	up := time.Duration(s.Host.Value.Uptime * float64(time.Second))
	if up > lately {
		return
	}
	text := "started " + span(up) + " ago"
	if s.Host.Value.Kernel != "" {
		text += ", kernel " + s.Host.Value.Kernel
	}
	w.happen(Notice{Kind: "reboot", Severity: Warning, Section: "host", Subject: s.Host.Value.Name, Text: text})
}

// gap tells of time that passed unseen before the tick.
func (w *Watch) gap(s *collector.Snapshot) {
	if s.Gap == nil {
		return
	}
	lost := time.Duration(s.Gap.Seconds * float64(time.Second))
	switch s.Gap.Reason {
	case "suspend":
		w.happen(Notice{Kind: "suspend", Severity: Info, Section: "host", Subject: cmp.Or(s.Host.Value.Name, "machine"), Text: "slept for " + span(lost)})
	case "clock_step":
		way := "forward"
		if lost < 0 {
			way = "back"
		}
		w.happen(Notice{Kind: "clock_step", Severity: Warning, Section: "clock", Subject: "clock", Text: "was set " + way + " by " + span(lost.Abs())})
	default:
		w.happen(Notice{Kind: "gap", Severity: Warning, Section: "self", Subject: "tacho", Text: "read nothing for " + span(lost) + ": it was stopped, or got no processor"})
	}
}
