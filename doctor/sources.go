package doctor

import "github.com/tacho-monitor/tacho/collector"

// systemSources is what every Linux has.
var systemSources = []Source{
	{section: "host", path: "/proc/stat", gives: "when the machine booted", from: []string{"/proc/stat"}},
	{section: "host", path: "/proc/uptime", gives: "how long it has been up", from: []string{"/proc/uptime"}},
	{section: "host", path: "/proc/sys/kernel/hostname", gives: "the name of the machine"},
	{section: "host", path: "/proc/sys/kernel/osrelease", gives: "the release of the kernel"},
	{section: "host", path: "/etc/os-release", gives: "the name of the system",
		judge: noText((*Environment).osRelease, func(s *collector.Snapshot) string { return s.Host.Value.OS }, "this system does not name itself")},
	{section: "host", path: "/run/utmp", gives: "who is logged in", from: []string{"/run/utmp"}, none: absent("this system keeps no record of logins there")},

	{section: "cpu", path: "/proc/stat", gives: "the use of each core", from: []string{"/proc/stat"}},
	{section: "cpu", path: "/proc/cpuinfo", gives: "the model of the processor",
		judge: noText((*Environment).cpuinfoPath, func(s *collector.Snapshot) string { return s.CPU.Value.Model }, "the kernel does not name it")},
	{section: "cpu", path: "/sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq", gives: "the clock of each core",
		from: []string{"/sys/devices/system/cpu"}, none: absent("nothing tells the clock of this processor")},

	{section: "load", path: "/proc/loadavg", gives: "the load averages", from: []string{"/proc/loadavg"}},
	{section: "load", path: "/proc/stat", gives: "tasks that wait for input and output", from: []string{"/proc/stat"}},

	{section: "memory", path: "/proc/meminfo", gives: "what the memory holds", from: []string{"/proc/meminfo"}},
	{section: "memory", path: "/proc/spl/kstat/zfs/arcstats", gives: "the part of it that ZFS gives back on demand",
		from: []string{"/proc/spl"}, none: absent("ZFS holds no memory here")},
	{section: "swap", path: "/proc/meminfo", gives: "the use of swap", from: []string{"/proc/meminfo"}, none: absent("no swap is set up")},
	{section: "swap", path: "/proc/vmstat", gives: "what is swapped in and out", from: []string{"/proc/vmstat"}, none: absent("this kernel does not swap")},

	{section: "mounts", path: "/proc/1/mountinfo", gives: "the list of file systems", from: []string{"/proc/1/mountinfo"}},
	{section: "mounts", path: "statfs(2)", gives: "size and use of each file system", from: []string{"statfs(2)"}, unit: "file systems", names: true,
		none: absent("no file system is shown"), need: []string{readAny}, judge: stuckMounts},
	{section: "disks", path: "/proc/diskstats", gives: "what disks read and write", from: []string{"/proc/diskstats"}, unit: "disks", names: true, none: absent("there is no block device")},
	{section: "disks", path: "/sys/dev/block/MAJOR:MINOR", gives: "the size of each disk", from: []string{"/sys/dev/block"}, unit: "disks", names: true,
		none: absent("there is no block device")},
	{section: "network", path: "/proc/net/dev", gives: "traffic of each interface", from: []string{"/proc/net/dev"}, unit: "interfaces", names: true, none: absent("there is no interface")},
	{section: "network", path: "/sys/class/net/NAME", gives: "state and speed of each interface", from: []string{"/sys/class/net"}, unit: "interfaces", names: true, none: noInterfaces},

	{section: "kernel", path: "/proc/stat", gives: "context switches, interrupts and forks", from: []string{"/proc/stat"}},
	{section: "kernel", path: "/proc/vmstat", gives: "page faults and paging", from: []string{"/proc/vmstat"}},
	{section: "kernel", path: "/proc/net/softnet_stat", gives: "packets dropped by cores", from: []string{"/proc/net/softnet_stat"}},
	{section: "kernel", path: "/proc/sys/kernel, /proc/sys/fs", gives: "limits of the kernel: files, tasks, entropy", from: []string{"/proc/sys/"}},
	{section: "kernel", path: "/proc/loadavg", gives: "how many tasks there are", from: []string{"/proc/loadavg"}},

	{section: "clock", path: "adjtimex(2)", gives: "whether the clock is synchronised, and how well", from: []string{"adjtimex(2)"}, open: openClock},
	{section: "clock", path: "/sys/devices/system/clocksource", gives: "what the kernel takes the time from",
		judge: noText((*Environment).clocksource, func(s *collector.Snapshot) string { return s.Clock.Value.Source }, "the kernel does not say")},

	{section: "self", path: "getrusage(2)", gives: "what tacho itself uses of the processor", from: []string{"getrusage(2)"}},
	{section: "self", path: "/proc/self/statm", gives: "what tacho itself uses of memory", from: []string{"/proc/self/statm"}},
	{section: "self", path: "stream.Hub.Stats()", gives: "who watches, and what that sends", from: []string{"stream.Hub.Stats()"},
		none: absent("a single reading serves no streams")},
}

// activitySources is what is going on: processes, sockets, groups, and what they
// wait for.
var activitySources = []Source{
	{section: "processes", path: "/proc", gives: "which processes there are", from: []string{"/proc"}, members: "total",
		need: []string{trace}, open: showProcesses, judge: hiddenProcesses},
	{section: "processes", path: "clock_gettime(2)", gives: "what each process uses of the processor", from: []string{"clock_gettime(2) of"}, unit: "processes", need: []string{trace}},
	{section: "processes", path: "/proc/PID/io", gives: "what each process reads and writes", from: []string{"/proc/PID/io"}, unit: "processes", need: []string{readAny, trace}},
	{section: "processes", path: "/proc/PID/status", gives: "user and swap of each process", from: []string{"/proc/PID/status"}, unit: "processes", need: []string{trace}},
	{section: "processes", path: "/proc/PID/cgroup", gives: "the unit and the container of each process", from: []string{"/proc/PID/cgroup"}, unit: "processes"},
	{section: "processes", path: "/proc/PID/cmdline", gives: "the command line of each process", from: []string{"/proc/PID/cmdline"}, unit: "processes",
		need: []string{trace}, none: noCommandLines},
	{section: "processes", path: "/proc/PID/stat", gives: "state, memory and threads of each process", from: []string{"/proc/PID/stat"}, unit: "processes",
		need: []string{trace}, open: showProcesses, judge: deniedProcesses},
	{section: "processes", path: "/etc/passwd", gives: "the names of users", from: []string{"/etc/passwd"}, judge: noNames},
	{section: "processes", path: "/proc/stat", gives: "how many came and went between two ticks", from: []string{"/proc"}, need: []string{trace}, open: showProcesses, judge: hiddenProcesses, none: noShortLived},

	{section: "pressure", path: "/proc/pressure/cpu", gives: "time lost for want of a processor", from: []string{"/proc/pressure"}, members: "cpu.", none: noPressure},
	{section: "pressure", path: "/proc/pressure/memory", gives: "time lost for want of memory", from: []string{"/proc/pressure"}, members: "memory.", none: noPressure},
	{section: "pressure", path: "/proc/pressure/io", gives: "time lost waiting for devices", from: []string{"/proc/pressure"}, members: "io.", none: noPressure},
	{section: "pressure", path: "/proc/pressure/irq", gives: "time lost to interrupts", from: []string{"/proc/pressure"}, members: "irq.",
		none: absent("counted from Linux 6.1 on, in kernels that account the time of interrupts")},

	{section: "sockets", path: "/proc/net/snmp", gives: "traffic and errors of IP, TCP, UDP and ICMP", from: []string{"/proc/net/snmp"}},
	{section: "sockets", path: "/proc/net/netstat", gives: "overflows, retransmissions and drops", from: []string{"/proc/net/netstat"}},
	{section: "sockets", path: "/proc/net/sockstat", gives: "sockets and their memory", from: []string{"/proc/net/sockstat"}},
	{section: "sockets", path: "/proc/sys/net/netfilter/nf_conntrack_count", gives: "how full the table of connections is",
		from: []string{"/proc/sys/net/netfilter"}, none: noConntrack},
	{section: "connections", path: "/proc/net/tcp", gives: "TCP connections by state", from: []string{"/proc/net/tcp"}},

	{section: "cgroups", path: "/var/lib/docker, /var/lib/containers, /run/containerd", gives: "the names of containers", from: []string{"/var/lib/docker", "/run/containerd", "/var/lib/containers"}, unit: "control groups",
		names: true, need: []string{readAny}, judge: noContainers},
	{section: "cgroups", path: "/sys/fs/cgroup/PATH/KIND.pressure", gives: "time that units and containers lose for want of something",
		from: []string{"/sys/fs/cgroup/PATH/cpu.pressure", "/sys/fs/cgroup/PATH/memory.pressure", "/sys/fs/cgroup/PATH/io.pressure"}, unit: "control groups", none: noGroupPressure},
	{section: "cgroups", path: "/sys/fs/cgroup/PATH/cpu.stat", gives: "processor time of units and containers", from: []string{"/sys/fs/cgroup/PATH/cpu."}, unit: "control groups",
		names: true, none: noController("cpu", "DefaultCPUAccounting")},
	{section: "cgroups", path: "/sys/fs/cgroup/PATH/memory.current", gives: "memory of units and containers", from: []string{"/sys/fs/cgroup/PATH/memory."}, unit: "control groups",
		names: true, none: noController("memory", "DefaultMemoryAccounting")},
	{section: "cgroups", path: "/sys/fs/cgroup/PATH/io.stat", gives: "what units and containers read and write", from: []string{"/sys/fs/cgroup/PATH/io."}, unit: "control groups",
		names: true, none: noController("io", "DefaultIOAccounting")},
	{section: "cgroups", path: "/sys/fs/cgroup/PATH/pids.current", gives: "tasks of units and containers", from: []string{"/sys/fs/cgroup/PATH/pids."}, unit: "control groups",
		names: true, none: noController("pids", "DefaultTasksAccounting")},
	{section: "cgroups", path: "/sys/fs/cgroup", gives: "units, containers and sessions", from: []string{"/sys/fs/cgroup"}, none: noCgroups},
}

// deviceSources is what some machines have.
var deviceSources = []Source{
	{section: "sensors", path: "/sys/class/powercap", gives: "the power of the processor", from: []string{"/sys/class/powercap"}, unit: "energy meters",
		names: true, need: []string{readAny}, open: openEnergy, none: noEnergy},
	{section: "sensors", path: "/sys/class/power_supply", gives: "batteries and power supplies", from: []string{"/sys/class/power_supply"}, unit: "power supplies",
		names: true, none: absent("it has no battery, and tells of no power supply")},
	{section: "sensors", path: "/sys/class/hwmon, /sys/class/thermal", gives: "temperatures, fans and voltages", from: []string{"/sys/class/hwmon"}, unit: "sensors",
		names: true, none: noSensors},

	{section: "raid", path: "/proc/mdstat", gives: "software RAID arrays", from: []string{"/proc/mdstat"}, unit: "arrays", names: true, none: absent("there is no array")},
	{section: "raid", path: "/sys/block/mdN/md", gives: "state and mismatches of arrays", from: []string{"/sys/block"}, unit: "arrays", names: true, none: absent("there is no array")},

	{section: "zfs", path: "/proc/spl/kstat/zfs/POOL", gives: "state and traffic of ZFS pools", from: []string{"/proc/spl/kstat/zfs/POOL"}, unit: "pools", names: true, none: noZFS},
	{section: "zfs", path: "/proc/spl/kstat/zfs/arcstats", gives: "the cache of ZFS", from: []string{"/proc/spl/kstat/zfs/arcstats"}, none: noZFS},

	{section: "gpus", path: "/sys/class/drm, libnvidia-ml.so.1", gives: "graphics processors", from: []string{""}, unit: "GPUs", names: true, open: openGPUs, repair: repairGPUs, none: noGPU},
}
