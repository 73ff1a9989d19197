package views

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// CgroupTable is what a viewer wants to see of the units and containers.
type CgroupTable struct {
	collector.CgroupQuery
}

// DefaultCgroupTable is the table that every page begins with.
func DefaultCgroupTable() CgroupTable {
	return CgroupTable{collector.CgroupQuery{Sort: "cpu", Limit: 25}}
}

// cgroupKinds are the kinds that viewers can choose, with what they are called.
var cgroupKinds = []struct{ value, label string }{
	{"", "all"}, {"service", "services"}, {"container", "containers"}, {"scope", "scopes"}, {"session", "sessions"},
	{"slice", "slices"}, {"pod", "pods"}, {"machine", "machines"}, {"mount", "mounts"}, {"socket", "sockets"}, {"swap", "swap"},
	{"root", "the root"}, {"group", "others"},
}

// CgroupKinds returns the kinds that can be chosen.
func CgroupKinds() []string {
	var kinds []string
	for _, kind := range cgroupKinds[1:] {
		kinds = append(kinds, kind.value)
	}
	return kinds
}

func cgroupColumns() []column {
	from := func(about, member string) string { return sourced(about, "cgroups", "top[]."+member) }
	return []column{
		{"name", "unit or container", from("", "name"), "name"},
		{"", "kind", from("", "kind"), "name kind"},
		{"cpu", "CPU", from("of one core", "cpu.percent"), "level"},
		{"throttled", "throttled", from("periods in which it had to wait for its own limit", "cpu.throttled_percent"), ""},
		{"memory", "memory", from("", "memory.current_bytes"), ""},
		{"", "of limit", from("", "memory.percent"), "level"},
		{"read", "read", from("", "io.read_bytes_per_second"), ""},
		{"write", "write", from("", "io.write_bytes_per_second"), ""},
		{"pids", "tasks", from("", "pids.current"), "few"},
		{"pressure", "waits", from("time in which a task of it waited for CPU, memory or I/O: the greatest of the three", "pressure.cpu_some_percent"), ""},
	}
}

// cgroupTitle is all that a group is called by, with its limit, and how old its
// numbers are where they were not read at this tick.
func cgroupTitle(c *collector.Cgroup, s *collector.Snapshot) string {
	limit := ""
	if number, ok := c.Memory.Limit.Get(); ok {
		limit = "memory limit " + format(bytes).text(number)
		if c.Memory.LimitedBy != c.Path {
			limit += " of " + clean(c.Memory.LimitedBy)
		}
	}
	path := c.Path
	if path == c.Name {
		path = ""
	}
	return join(clean(c.Name), clean(path), clean(c.Runtime), clean(c.PodName), limit, cgroupAge(c, s))
}

// cgroupAge is about all numbers but those of the processor, which are read at
// each tick.
func cgroupAge(c *collector.Cgroup, s *collector.Snapshot) string {
	age := s.Time.Sub(c.ReadAt)
	if c.ReadAt.IsZero() || age < s.Interval {
		return ""
	}
	return "all but CPU read " + duration(age) + " ago"
}

// waiting is the greatest of the pressures on a group.
func waitingOf(c *collector.Cgroup) collector.Value {
	greatest := c.Pressure.CPU
	for _, v := range []collector.Value{c.Pressure.Memory, c.Pressure.IO} {
		number, ok := v.Get()
		if most, has := greatest.Get(); ok && (!has || number > most) {
			greatest = v
		}
	}
	return greatest
}

func cgroupSummary(c collector.Cgroups) string {
	counts := make(map[string]int)
	for _, group := range c.Cgroups {
		counts[group.Kind]++
	}
	say := func(kind, noun string) string {
		if counts[kind] == 0 {
			return ""
		}
		return plural(counts[kind], noun)
	}
	hierarchy := ""
	switch c.Hierarchy {
	case "v1":
		hierarchy = "cgroup version 1: no pressure"
	case "hybrid":
		hierarchy = "cgroup versions 1 and 2 mixed: no pressure"
	}
	left := ""
	if c.Truncated {
		left = strconv.FormatUint(c.LeftOut, 10) + " more left out"
	}
	return join(say("service", "service"), say("container", "container"), say("scope", "scope"), say("pod", "pod"), say("machine", "machine"), hierarchy, left)
}
