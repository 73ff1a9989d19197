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

// OfSpace returns how much it matters that so much of a file system is used, in
// percent.
func OfSpace(used collector.Value) Severity {
	severity, _ := mountUsed.above(used)
	return severity
}

// OfInodes returns how much it matters that so many of the inodes of a file system
// are used, in percent.
func OfInodes(used collector.Value) Severity {
	severity, _ := inodeUsed.above(used)
	return severity
}

// raid are arrays that have lost some of what keeps their data.
func (r *report) raid(s *collector.Snapshot) {
	if !usable(s.RAID) {
		return
	}
	for _, a := range s.RAID.Value.Arrays {
		if severity, text := OfArray(a); severity > 0 {
			r.add(severity, "raid", a.Name, "%s", text)
		}
	}
}

// OfArray returns how much the state of an array matters, and what it is; 0 for
// one that is whole.
func OfArray(a collector.RAIDArray) (severity Severity, text string) {
	missing, degraded := happens(a.Degraded)
	switch {
	case a.State == "broken":
		return Critical, "broken"
	case !a.Active:
		return Critical, "not active"
	case degraded:
		return Critical, fmt.Sprintf("degraded: %.0f of its members missing%s", missing, rebuilt(a.Sync))
	case a.Failed > 0:
		return Warning, fmt.Sprintf("%d of its members failed", a.Failed)
	}
	return 0, ""
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
		if severity, text := OfPool(p); severity > 0 {
			r.add(severity, "zfs", p.Name, "%s", text)
		}
	}
}

// OfPool returns how much the state of a pool matters, and what it is; 0 for one
// that is whole, or that may not be read.
func OfPool(p collector.ZFSPool) (severity Severity, text string) {
	switch {
	case p.State == "" && p.Status == collector.Stale:
		return Critical, "does not answer"
	case p.State == "" && p.Status == collector.Failed:
		return Critical, "cannot be read: " + p.Error
	case p.State != "" && p.State != "ONLINE":
		return Critical, "pool is " + p.State
	}
	return 0, ""
}
