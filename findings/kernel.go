package findings

import "github.com/tacho-monitor/tacho/collector"

// tableUsed is how full a table of the kernel is that has an end.
var tableUsed = bounds{80, 95}

// kernel is what runs out for all programs at once.
func (r *report) kernel(s *collector.Snapshot) {
	if !usable(s.Kernel) {
		return
	}
	if _, killed := happens(s.Kernel.Value.Paging.OOMKillRate); killed {
		r.add(Critical, "kernel", "memory", "ran out: a process was killed for it")
	}
	l := s.Kernel.Value.Limits
	r.table("kernel", "open files", share(l.OpenFiles, l.OpenFilesMax))
	r.table("kernel", "tasks", share(l.Tasks, least(l.ThreadsMax, l.PIDMax)))
}

// table is a finding about one that is nearly full.
func (r *report) table(section, subject string, used collector.Value) {
	if severity, share := tableUsed.above(used); severity > 0 {
		r.add(severity, section, subject, "%s of what the kernel allows", percent(share))
	}
}

// least is the smaller of two bounds, of which either may be missing.
func least(a, b collector.Value) collector.Value {
	x, ok := a.Get()
	y, also := b.Get()
	if !ok || also && y < x {
		return b
	}
	return a
}

// clock is one that nothing keeps right. Whoever may not ask does not know.
func (r *report) clock(s *collector.Snapshot) {
	if !usable(s.Clock) {
		return
	}
	if synchronised, ok := s.Clock.Value.Synchronized.Get(); ok && synchronised == 0 {
		r.add(Warning, "clock", "clock", "not synchronised")
	}
}
