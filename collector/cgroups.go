package collector

import (
	"strings"
	"time"
)

// Cgroups is what each control group uses: each unit, slice, session, container,
// pod and virtual machine. Source: the file systems of control groups below
// /sys/fs/cgroup, of version 2, of version 1, or of both.
type Cgroups struct {
	// Hierarchy is "v2"; "v1"; or "hybrid", where the controllers are those of
	// version 1 and there is a tree of version 2 beside them.
	Hierarchy string `json:"hierarchy" from:"/sys/fs/cgroup: v2 with cgroup.controllers, hybrid with unified/cgroup.controllers, else v1"`
	Total     int    `json:"total" from:"/sys/fs/cgroup: groups that have a meaning of their own"`
	// Top has the groups that use most: by CPU, by memory and by input and output, each
	// group once, in the order of CPU. What is above a group need not be among them.
	Top []*Cgroup `json:"top"`
	// Cgroups are all of them, parents before children, otherwise by name. One in
	// which nothing has happened since the tick before is the same as in the snapshot
	// before.
	Cgroups []*Cgroup `json:"-"`
	// Truncated: there are more than are looked at; LeftOut is of how many of them
	// that is known.
	Truncated bool   `json:"truncated" from:"/sys/fs/cgroup: more directories than are looked at"`
	LeftOut   uint64 `json:"left_out" from:"/sys/fs/cgroup: directories met beyond the limit"`
	// Of directories that cannot be listed, the groups below are those that were known
	// before.
	Denied     uint64 `json:"denied" from:"/sys/fs/cgroup: directories that may not be listed"`
	Unreadable uint64 `json:"unreadable" from:"/sys/fs/cgroup: directories whose listing failed otherwise"`
}

// Cgroup is one control group that has a meaning of its own: the directories that
// a service or a container makes within its own are counted in it. Numbers are of
// the group with all that is below it.
//
// What the kernel has no file for, because the controller is not enabled there, is
// unsupported. The processor is read at each tick. All else is read at each tick as
// well while the group runs, reads, writes or waits, in turns where more than 150 do;
// its limits every five seconds. Of one that does none of these, what it has in memory
// is read every five seconds, and all of it every thirty. One of version 1 whose
// processor time is not counted is read every five seconds. ReadAt has the age, and the
// rates are those between two such readings.
type Cgroup struct {
	Path   string `json:"path" from:"/sys/fs/cgroup: path of the directory, from the root of the hierarchy"`
	Parent string `json:"parent" from:"/sys/fs/cgroup: path of the nearest group above that is listed"`
	// Name is that of the unit, of the container, or of the directory, in this order
	// of falling back. Of a container whose name cannot be had it is the first
	// twelve digits of its identifier.
	Name string `json:"name" from:"/sys/fs/cgroup: name of the unit; of a container what its runtime calls it"`
	// NameStatus is OK, or why a container has its identifier for a name.
	NameStatus Status `json:"name_status" from:"/var/lib/docker/containers, /var/lib/containers/storage, /run/containerd: whether the state of the runtime could be read"`
	// Kind is "root", "slice", "service", "scope", "session", "mount", "socket",
	// "swap", "container", "pod", "machine" (a virtual one) or "group", which is
	// anything else.
	Kind      string `json:"kind" from:"/sys/fs/cgroup: by the path"`
	Unit      string `json:"unit,omitempty" from:"/sys/fs/cgroup: innermost unit of systemd in the path"`
	Slice     string `json:"slice,omitempty" from:"/sys/fs/cgroup: innermost slice in the path"`
	Container string `json:"container,omitempty" from:"/sys/fs/cgroup: identifier or name of the innermost container in the path"`
	Runtime   string `json:"runtime,omitempty" from:"/sys/fs/cgroup: what made that container, by the path"`
	Pod       string `json:"pod,omitempty" from:"/sys/fs/cgroup: uid of the pod in the path"`
	PodName   string `json:"pod_name,omitempty" from:"/run/containerd, /var/lib/docker, /var/lib/containers/storage: namespace and name of the pod"`
	// State is "populated", "empty", "frozen", or "" where the kernel does not tell.
	State string `json:"state,omitempty" from:"/sys/fs/cgroup/PATH/cgroup.events: populated, frozen"`
	// ReadAt is when the numbers were read that are not about the processor.
	ReadAt time.Time `json:"read_at" from:"clock: when memory, io, pids and pressure were read"`

	CPU      CgroupCPU      `json:"cpu"`
	Memory   CgroupMemory   `json:"memory"`
	IO       CgroupIO       `json:"io"`
	PIDs     CgroupPIDs     `json:"pids"`
	Pressure CgroupPressure `json:"pressure"`
}

// Contains reports that a path is that of the group or of one below it.
func (c *Cgroup) Contains(path string) bool { return isWithin(path, c.Path) }

func isWithin(path, group string) bool {
	return path == group || strings.HasPrefix(path, strings.TrimSuffix(group, "/")+"/")
}

// CgroupCPU is the processor time of a control group. Percents are of one core.
//
// With a limit, the group may run for so long in each period, and is throttled for
// the rest of it. Each core on which it would run counts its own throttled time, so
// ThrottledRate may be more than 1.
type CgroupCPU struct {
	Percent       Value `json:"percent" from:"/sys/fs/cgroup/PATH/cpu.stat: 100 × Δusage_usec / 10⁶ / t; v1: cpuacct.usage"`
	UserPercent   Value `json:"user_percent" from:"/sys/fs/cgroup/PATH/cpu.stat: 100 × Δuser_usec / 10⁶ / t; v1: cpuacct.stat"`
	SystemPercent Value `json:"system_percent" from:"/sys/fs/cgroup/PATH/cpu.stat: 100 × Δsystem_usec / 10⁶ / t; v1: cpuacct.stat"`
	Usage         Value `json:"usage_seconds_total" from:"/sys/fs/cgroup/PATH/cpu.stat: usage_usec / 10⁶; v1: cpuacct.usage / 10⁹"`
	User          Value `json:"user_seconds_total" from:"/sys/fs/cgroup/PATH/cpu.stat: user_usec / 10⁶; v1: cpuacct.stat"`
	System        Value `json:"system_seconds_total" from:"/sys/fs/cgroup/PATH/cpu.stat: system_usec / 10⁶; v1: cpuacct.stat"`

	// Limit and Shares or Weight are the group's own: one above may have a tighter one.
	Limit        Value `json:"limit_cores" from:"/sys/fs/cgroup/PATH/cpu.max: quota / period; v1: cpu.cfs_quota_us / cpu.cfs_period_us"`
	LimitPercent Value `json:"limit_percent" from:"/sys/fs/cgroup/PATH/cpu.stat: percent / limit, at most 100"`
	Weight       Value `json:"weight" from:"/sys/fs/cgroup/PATH/cpu.weight: 1 to 10000, 100 by default"`
	Shares       Value `json:"shares" from:"/sys/fs/cgroup/PATH/cpu.shares: 1024 by default; v1 alone"`

	Periods          Value `json:"periods_total" from:"/sys/fs/cgroup/PATH/cpu.stat: nr_periods"`
	Throttled        Value `json:"throttled_periods_total" from:"/sys/fs/cgroup/PATH/cpu.stat: nr_throttled"`
	ThrottledSeconds Value `json:"throttled_seconds_total" from:"/sys/fs/cgroup/PATH/cpu.stat: throttled_usec / 10⁶; v1: throttled_time / 10⁹"`
	// ThrottledPercent is the share of the periods that ended with it throttled;
	// idle where none has passed, as without a limit.
	ThrottledPercent Value `json:"throttled_percent" from:"/sys/fs/cgroup/PATH/cpu.stat: 100 × Δnr_throttled / Δnr_periods"`
	ThrottledRate    Value `json:"throttled_seconds_per_second" from:"/sys/fs/cgroup/PATH/cpu.stat: Δthrottled_usec / 10⁶ / t"`
}

// CgroupMemory is the memory of a control group. Limit is the tightest of its own
// and of those above, and LimitedBy the group that has it; both are missing where
// there is none.
type CgroupMemory struct {
	Current   Value  `json:"current_bytes" from:"/sys/fs/cgroup/PATH/memory.current: with its part of the page cache; v1: memory.usage_in_bytes"`
	Limit     Value  `json:"limit_bytes" from:"/sys/fs/cgroup/PATH/memory.max: the least of this group and those above; v1: memory.limit_in_bytes"`
	LimitedBy string `json:"limited_by,omitempty" from:"/sys/fs/cgroup/PATH/memory.max: path of the group that has the limit"`
	Percent   Value  `json:"percent" from:"/sys/fs/cgroup/PATH/memory.current: 100 × current / limit"`
	High      Value  `json:"high_bytes" from:"/sys/fs/cgroup/PATH/memory.high: above it the group is slowed down and reclaimed from"`
	// WorkingSet is what cannot be given back at once.
	WorkingSet Value `json:"working_set_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: current - inactive_file; v1: total_inactive_file"`
	Anon       Value `json:"anon_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: anon; v1: total_rss"`
	File       Value `json:"file_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: file; v1: total_cache"`
	Shmem      Value `json:"shmem_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: shmem; v1: total_shmem"`
	Slab       Value `json:"slab_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: slab"`
	Kernel     Value `json:"kernel_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: kernel; v1: memory.kmem.usage_in_bytes"`
	Dirty      Value `json:"dirty_bytes" from:"/sys/fs/cgroup/PATH/memory.stat: file_dirty; v1: total_dirty"`
	Swap       Value `json:"swap_bytes" from:"/sys/fs/cgroup/PATH/memory.swap.current; v1: memory.stat total_swap"`
	SwapLimit  Value `json:"swap_limit_bytes" from:"/sys/fs/cgroup/PATH/memory.swap.max: of this group alone"`

	OOM      Value `json:"oom_total" from:"/sys/fs/cgroup/PATH/memory.events: oom"`
	OOMKills Value `json:"oom_kill_total" from:"/sys/fs/cgroup/PATH/memory.events: oom_kill; v1: memory.oom_control"`
	Highs    Value `json:"high_total" from:"/sys/fs/cgroup/PATH/memory.events: high, how often it was above high_bytes"`
	Maxes    Value `json:"max_total" from:"/sys/fs/cgroup/PATH/memory.events: max, how often it was at its limit; v1: memory.failcnt"`

	OOMRate      Value `json:"oom_per_second" from:"/sys/fs/cgroup/PATH/memory.events: Δoom / t"`
	OOMKillsRate Value `json:"oom_kills_per_second" from:"/sys/fs/cgroup/PATH/memory.events: Δoom_kill / t"`
	HighsRate    Value `json:"highs_per_second" from:"/sys/fs/cgroup/PATH/memory.events: Δhigh / t"`
}

// CgroupIO is what a control group moves from and to block devices. What goes to a
// stack of devices (a volume on a RAID on disks) counts once: the kernel counts it
// at each of them, and of what is added at the top and what is added at the bottom
// the larger counts. So a total is what the kernel had counted when the group was first
// read, and what was added since. Copies on the disks of a RAID count each. Loops, RAM disks and zram do not
// count: what they need of a disk is counted there.
type CgroupIO struct {
	Read       Value `json:"read_bytes_total" from:"/sys/fs/cgroup/PATH/io.stat: Σ rbytes over devices; v1: blkio.throttle.io_service_bytes_recursive"`
	Written    Value `json:"written_bytes_total" from:"/sys/fs/cgroup/PATH/io.stat: Σ wbytes over devices; v1: blkio.throttle.io_service_bytes_recursive"`
	Reads      Value `json:"reads_total" from:"/sys/fs/cgroup/PATH/io.stat: Σ rios over devices; v1: blkio.throttle.io_serviced_recursive"`
	Writes     Value `json:"writes_total" from:"/sys/fs/cgroup/PATH/io.stat: Σ wios over devices; v1: blkio.throttle.io_serviced_recursive"`
	ReadRate   Value `json:"read_bytes_per_second" from:"/sys/fs/cgroup/PATH/io.stat: ΔΣ rbytes / t"`
	WriteRate  Value `json:"write_bytes_per_second" from:"/sys/fs/cgroup/PATH/io.stat: ΔΣ wbytes / t"`
	ReadsRate  Value `json:"reads_per_second" from:"/sys/fs/cgroup/PATH/io.stat: ΔΣ rios / t"`
	WritesRate Value `json:"writes_per_second" from:"/sys/fs/cgroup/PATH/io.stat: ΔΣ wios / t"`
}

// CgroupPIDs is how many tasks (threads) a control group has.
type CgroupPIDs struct {
	Current Value `json:"current" from:"/sys/fs/cgroup/PATH/pids.current: processes and their threads"`
	Limit   Value `json:"limit" from:"/sys/fs/cgroup/PATH/pids.max: of this group alone; missing where there is none"`
	Percent Value `json:"percent" from:"/sys/fs/cgroup/PATH/pids.current: 100 × current / limit"`
}

// CgroupPressure is the share of the last tick in which some of the tasks of a
// control group waited for what was short, and all of them. Version 2 alone has it.
type CgroupPressure struct {
	CPU        Value `json:"cpu_some_percent" from:"/sys/fs/cgroup/PATH/cpu.pressure: 100 × Δtotal of some / t"`
	Memory     Value `json:"memory_some_percent" from:"/sys/fs/cgroup/PATH/memory.pressure: 100 × Δtotal of some / t"`
	MemoryFull Value `json:"memory_full_percent" from:"/sys/fs/cgroup/PATH/memory.pressure: 100 × Δtotal of full / t"`
	IO         Value `json:"io_some_percent" from:"/sys/fs/cgroup/PATH/io.pressure: 100 × Δtotal of some / t"`
	IOFull     Value `json:"io_full_percent" from:"/sys/fs/cgroup/PATH/io.pressure: 100 × Δtotal of full / t"`
}
