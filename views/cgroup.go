package views

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// mostMembers is how many processes of a control group its page lists, and how many
// groups in it.
const mostMembers = 15

// cgroupAddress is the page of a control group, as seen from the dashboard: what all
// viewers get knows no base path.
func cgroupAddress(path string) string {
	return (&url.URL{Path: "cgroups" + path}).EscapedPath()
}

// findCgroup is the control group of that path, nil without one.
func findCgroup(s *collector.Snapshot, path string) *collector.Cgroup {
	if s == nil {
		return nil
	}
	for _, c := range s.Cgroups.Value.Cgroups {
		if c.Path == path {
			return c
		}
	}
	return nil
}

// cgroupsAbove are the groups that hold this one and are listed, the outermost
// first.
func cgroupsAbove(s *collector.Snapshot, c *collector.Cgroup) (chain []*collector.Cgroup) {
	for _, above := range s.Cgroups.Value.Cgroups {
		if above != c && above.Contains(c.Path) {
			chain = append(chain, above)
		}
	}
	slices.SortFunc(chain, func(a, b *collector.Cgroup) int { return len(a.Path) - len(b.Path) })
	return chain
}

// cgroupsIn are the groups right in this one, the busiest first.
func cgroupsIn(s *collector.Snapshot, c *collector.Cgroup) (rows []*collector.Cgroup, all int) {
	in := collector.Cgroups{}
	for _, group := range s.Cgroups.Value.Cgroups {
		if group != c && group.Parent == c.Path {
			in.Cgroups = append(in.Cgroups, group)
		}
	}
	return in.Select(collector.CgroupQuery{Limit: mostMembers})
}

// processesIn are the processes in the group and below, the busiest first.
func processesIn(s *collector.Snapshot, c *collector.Cgroup) (rows []processRow, all int) {
	return processRows(s, ProcessTable{ProcessQuery: collector.ProcessQuery{Cgroup: c.Path, Limit: mostMembers}})
}

// cgroupOf is where a container, pod or unit comes from.
func cgroupOf(c *collector.Cgroup) string {
	return join(clean(c.Kind), clean(c.Runtime), clean(c.PodName))
}

func shownOf(shown, all int) string {
	if shown == all {
		return strconv.Itoa(all)
	}
	return strconv.Itoa(shown) + " of " + strconv.Itoa(all)
}
