package findings

import (
	"fmt"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	mountUsed = bounds{90, 97}
	inodeUsed = bounds{90, 97}
)

// mounts are file systems that fill up, and such as do not answer or answer with
// an error. A read-only one is as full as it was made.
func (r *report) mounts(s *collector.Snapshot) {
	if !usable(s.Mounts) {
		return
	}
	for _, m := range s.Mounts.Value.Mounts {
		r.mount(m)
	}
}

func (r *report) mount(m collector.Mount) {
	switch {
	case m.Status == collector.Stale:
		r.add(Critical, "mounts", m.Mountpoint, "does not answer")
		return
	case m.Status == collector.Failed:
		r.add(Critical, "mounts", m.Mountpoint, "cannot be read: %s", m.Error)
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

// raid are arrays that have lost some of what keeps their data.
func (r *report) raid(s *collector.Snapshot) {
	if !usable(s.RAID) {
		return
	}
	for _, a := range s.RAID.Value.Arrays {
		missing, degraded := happens(a.Degraded)
		switch {
		case a.State == "broken":
			r.add(Critical, "raid", a.Name, "broken")
		case !a.Active:
			r.add(Critical, "raid", a.Name, "not active")
		case degraded:
			r.add(Critical, "raid", a.Name, "degraded: %.0f of its members missing%s", missing, rebuilt(a.Sync))
		case a.Failed > 0:
			r.add(Warning, "raid", a.Name, "%d of its members failed", a.Failed)
		}
	}
}

// rebuilt says how far a degraded array is on its way back.
func rebuilt(s collector.RAIDSync) string {
	done, ok := s.Percent.Get()
	if s.Action != "recovery" || !ok {
		return ""
	}
	return fmt.Sprintf(", recovery at %s", percent(done))
}

// zfs are pools in any state but ONLINE: DEGRADED, FAULTED, SUSPENDED and others,
// and such whose state cannot be read.
func (r *report) zfs(s *collector.Snapshot) {
	if !usable(s.ZFS) {
		return
	}
	for _, p := range s.ZFS.Value.Pools {
		switch {
		case p.State == "" && p.Status == collector.Stale:
			r.add(Critical, "zfs", p.Name, "does not answer")
		case p.State == "" && p.Status == collector.Failed:
			r.add(Critical, "zfs", p.Name, "cannot be read: %s", p.Error)
		case p.State != "" && p.State != "ONLINE":
			r.add(Critical, "zfs", p.Name, "pool is %s", p.State)
		}
	}
}
