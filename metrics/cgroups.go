package metrics

import "github.com/tacho-monitor/tacho/collector"

// maxCgroups bounds the series that a machine with very many groups makes.
const maxCgroups = 500

var cgroupsLeftOut = gauge("tacho_cgroups_left_out", "Control groups of a kind that has series, beyond the number of them that may have some.")

// cgroupKinds are those whose groups stay, or are what a machine is for. Sessions,
// scopes and the rest come and go with a name of their own each time; what they
// use is in the slice that they are in.
var cgroupKinds = setOf("root", "slice", "service", "container", "pod", "machine", "group")

func ofCgroup(kind func(name, help string, labels ...string) *desc, name, help string) *desc {
	return kind("tacho_cgroup_"+name, help, "cgroup", "kind", "name")
}

var cgroupColumns = []column[collector.Cgroup]{
	{ofCgroup(counter, "cpu_seconds_total", "Processor seconds that the control group took."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.Usage }},
	{ofCgroup(counter, "cpu_user_seconds_total", "Processor seconds that the control group took in user mode."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.User }},
	{ofCgroup(counter, "cpu_system_seconds_total", "Processor seconds that the control group took in the kernel."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.System }},
	{ofCgroup(gauge, "cpu_limit_cores", "Processors that the control group may use, where it has a limit of its own."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.Limit }},
	{ofCgroup(counter, "cpu_periods_total", "Periods of the limit that have passed."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.Periods }},
	{ofCgroup(counter, "cpu_throttled_periods_total", "Periods in which the control group had to wait for the next."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.Throttled }},
	{ofCgroup(counter, "cpu_throttled_seconds_total", "Seconds that the control group waited for the next period, summed over the processors."),
		func(c *collector.Cgroup) collector.Value { return c.CPU.ThrottledSeconds }},
	{ofCgroup(gauge, "memory_bytes", "Memory of the control group, its part of the page cache included."),
		func(c *collector.Cgroup) collector.Value { return c.Memory.Current }},
	{ofCgroup(gauge, "memory_working_set_bytes", "Memory of the control group that cannot be given back at once."),
		func(c *collector.Cgroup) collector.Value { return c.Memory.WorkingSet }},
	{ofCgroup(gauge, "memory_limit_bytes", "Memory that the control group may have, by its own limit or one above."),
		func(c *collector.Cgroup) collector.Value { return c.Memory.Limit }},
	{ofCgroup(gauge, "memory_swap_bytes", "Swap that the control group takes."),
		func(c *collector.Cgroup) collector.Value { return c.Memory.Swap }},
	{ofCgroup(counter, "memory_oom_kills_total", "Processes of the control group that were killed for want of memory."),
		func(c *collector.Cgroup) collector.Value { return c.Memory.OOMKills }},
	{ofCgroup(counter, "io_read_bytes_total", "Bytes that the control group read from block devices."),
		func(c *collector.Cgroup) collector.Value { return c.IO.Read }},
	{ofCgroup(counter, "io_written_bytes_total", "Bytes that the control group wrote to block devices."),
		func(c *collector.Cgroup) collector.Value { return c.IO.Written }},
	{ofCgroup(counter, "io_reads_total", "Reads of the control group from block devices."),
		func(c *collector.Cgroup) collector.Value { return c.IO.Reads }},
	{ofCgroup(counter, "io_writes_total", "Writes of the control group to block devices."),
		func(c *collector.Cgroup) collector.Value { return c.IO.Writes }},
	{ofCgroup(gauge, "pids", "Tasks (threads) of the control group."),
		func(c *collector.Cgroup) collector.Value { return c.PIDs.Current }},
	{ofCgroup(gauge, "pids_limit", "Tasks (threads) that the control group may have, where it has a limit of its own."),
		func(c *collector.Cgroup) collector.Value { return c.PIDs.Limit }},
}

// addCgroups takes the first groups in an order that is the same at each scrape,
// and has those above before those below.
func addCgroups(e exposition, s *collector.Snapshot) {
	if !shown(&s.Cgroups) {
		return
	}
	taken, leftOut := 0, s.Cgroups.Value.LeftOut
	for _, c := range s.Cgroups.Value.Cgroups {
		switch {
		case !cgroupKinds[c.Kind]:
		case taken == maxCgroups:
			leftOut++
		default:
			taken++
			addColumns(e, cgroupColumns, c, c.Path, c.Kind, c.Name)
		}
	}
	e.add(cgroupsLeftOut, float64(leftOut))
}
