package findings

import "github.com/tacho-monitor/tacho/collector"

// groupLimit is how much of its memory limit a group needs.
var groupLimit = bounds{95, 99}

// throttledOften is the share of its periods, in percent, from which on the CPU
// limit of a group is worth a look: a burst is cut off now and then.
const throttledOften = 25

// cgroups are units and containers that their own limits hold back.
func (r *report) cgroups(s *collector.Snapshot) {
	if !usable(s.Cgroups) {
		return
	}
	groups := s.Cgroups.Value.Cgroups
	within := killedWithin(groups)
	for _, g := range groups {
		if _, killed := happens(g.Memory.OOMKillsRate); killed && !within[g.Path] {
			r.add(Critical, "cgroups", g.Name, "ran out of memory: a process of it was killed")
		}
		if share, ok := g.CPU.ThrottledPercent.Get(); ok && share >= throttledOften {
			r.add(Warning, "cgroups", g.Name, "throttled in %s of its periods by its CPU limit", percent(share))
		}
		if severity, used := groupLimit.above(ofOwnLimit(g)); severity > 0 {
			r.add(severity, "cgroups", g.Name, "%s of its memory limit", percent(used))
		}
	}
}

// killedWithin are the groups in which a process was killed in a group below:
// the kernel counts it in all of them.
func killedWithin(groups []*collector.Cgroup) map[string]bool {
	within := make(map[string]bool)
	for _, g := range groups {
		if _, killed := happens(g.Memory.OOMKillsRate); killed {
			within[g.Parent] = true
		}
	}
	return within
}

// ofOwnLimit is how much of its own limit a group needs, in percent. The part of
// the page cache that it can give back at once fills any limit in time.
func ofOwnLimit(g *collector.Cgroup) collector.Value {
	m := g.Memory
	if m.LimitedBy != g.Path {
		return collector.Missing(collector.Unsupported)
	}
	if _, known := m.WorkingSet.Get(); known {
		return share(m.WorkingSet, m.Limit)
	}
	return m.Percent
}
