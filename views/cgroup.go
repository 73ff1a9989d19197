package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

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

// cgroupAround is the innermost group that is listed of those that a path is in, nil
// where none is: what a service makes within its own is counted in it.
func cgroupAround(s *collector.Snapshot, path string) (innermost *collector.Cgroup) {
	for _, c := range s.Cgroups.Value.Cgroups {
		if c.Contains(path) && (innermost == nil || innermost.Contains(c.Path)) {
			innermost = c
		}
	}
	return innermost
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

// cgroupKind is what a group is, and who made it.
func cgroupKind(c *collector.Cgroup) string {
	return join(clean(c.Kind), clean(c.Runtime), clean(c.PodName))
}

// processors writes how many processors a group may use: 0.5, 2.
func processors(x float64) (digits, unit string) {
	digits = strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 2, 64), "0"), ".")
	if digits == "1" {
		return digits, "core"
	}
	return digits, "cores"
}

func shownOf(shown, all int) string {
	if shown == all {
		return strconv.Itoa(all)
	}
	return strconv.Itoa(shown) + " of " + strconv.Itoa(all)
}
