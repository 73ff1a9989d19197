package findings

import "github.com/tacho-monitor/tacho/collector"

var (
	mountUsed = bounds{90, 97}
	inodeUsed = bounds{90, 97}
)

// mounts are file systems that fill up, and such as do not answer. A read-only
// one is as full as it was made.
func (r *report) mounts(s *collector.Snapshot) {
	if !usable(s.Mounts) {
		return
	}
	n := len(r.found)
	for _, m := range s.Mounts.Value.Mounts {
		r.mount(m)
	}
	r.limit(n, "mounts")
}

func (r *report) mount(m collector.Mount) {
	switch {
	case m.Status == collector.Stale:
		r.add(Critical, "mounts", m.Mountpoint, "does not answer")
		return
	case m.ReadOnly:
		return
	}
	if severity, used := mountUsed.above(m.UsedPercent); severity > 0 {
		r.add(severity, "mounts", m.Mountpoint, "%s full", percent(used))
	}
	if severity, used := inodeUsed.above(m.InodesUsedPercent); severity > 0 {
		r.add(severity, "mounts", m.Mountpoint, "%s of the inodes in use", percent(used))
	}
}
