package views

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)

const (
	mib = 1 << 20
	gib = 1 << 30
)

func reading[T any](value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: noon}
}

func of(number float64) collector.Value { return collector.Of(number) }

// healthy is a snapshot of a machine on which everything can be read.
func healthy() *collector.Snapshot {
	return &collector.Snapshot{
		Seq: 42, Time: noon, Interval: time.Second,
		Host: reading(collector.Host{
			Name: "atlas", OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0-27-amd64", Architecture: "x86_64",
			Virtualization: "KVM guest", BootTime: noon.Add(-76 * time.Hour), Uptime: 76 * 3600,
			Users: []collector.User{{Name: "root"}, {Name: "ana"}, {Name: "root"}}, UsersStatus: collector.OK,
		}),
		CPU: reading(collector.CPU{
			Model: "AMD EPYC 7B13", Usage: busy(), Frequency: of(2.45e9),
			Cores: []collector.Core{{ID: 0, Usage: busy()}, {ID: 2, Usage: busy()}},
		}),
		Load:    reading(collector.Load{One: 1.21, Five: 0.9, Fifteen: 0.7, Running: 3, Blocked: 1, Tasks: 1432}),
		Memory:  reading(memory()),
		Swap:    reading(collector.Swap{Total: 8 * gib, Used: 2 * gib, Free: 6 * gib, UsedPercent: of(25), In: of(4096), Out: of(0)}),
		Disks:   reading(disks()),
		Network: reading(links()),
		Mounts:  reading(mounts()),

		Processes:   reading(processes()),
		Pressure:    reading(pressure()),
		Kernel:      reading(kernel()),
		Sockets:     reading(sockets()),
		Connections: reading(collector.Connections{Established: 21, TimeWait: 64, Listen: 9, NewSYNReceived: 1, SYNReceived: 1, All: 96, ListeningPorts: 7}),
		Sensors:     reading(sensors()),
		RAID:        reading(raid()),
		ZFS:         reading(zfs()),
		Cgroups:     reading(cgroups()),
		GPUs:        collector.Reading[collector.GPUs]{Value: gpus(), At: noon.Add(-3 * time.Second), Every: 5 * time.Second},
		Clock:       reading(clock()),

		Self: reading(collector.Self{CPU: of(0.3), CPUSeconds: 12.5, Resident: 17 * mib, Goroutines: 14, Subscribers: of(3), Sent: of(2048), SentTotal: of(gib),
			Events: of(3), EventsTotal: of(4096), Encodings: of(18), EncodingsTotal: of(24576), DelayP99: of(0.0005), SkippedTotal: of(12), StalledTotal: of(2), RefusedTotal: of(0)}),
	}
}

func processes() collector.Processes {
	p := collector.ProcessesOf(processList()...)
	p.Running, p.Sleeping, p.Zombie, p.KernelThreads = 1, 2, 1, 1
	p.ShortLived = collector.ShortLived{Tasks: of(12), CPU: of(3.4)}
	p.Top = processList()[:2]
	return p
}

func processList() []*collector.Process {
	unknown := collector.Missing(collector.NoBaseline)
	return []*collector.Process{
		{PID: 812, Parent: 1, Start: 4711, Started: noon.Add(-75 * time.Hour), Name: "postgres", CommandLine: "postgres -D /srv/pg", CommandLineStatus: collector.OK,
			UID: of(113), User: "postgres", State: "R", CPU: of(187.5), CPUSeconds: 12345.6, Resident: 3 * gib, Virtual: 5 * gib, Swap: of(12 * mib), Threads: 17,
			Nice: -5, ReadBytes: of(4.5 * mib), WriteBytes: of(0), Cgroup: "/system.slice/postgresql.service", Unit: "postgresql.service", Slice: "system.slice"},
		{PID: 9001, Parent: 812, Start: 99, Started: noon.Add(-90 * time.Second), Name: "node", UID: of(1000), User: "ana", State: "S", CPU: of(12),
			CPUSeconds: 83.25, Resident: 800 * mib, Swap: of(0), Threads: 11, ReadBytes: collector.Missing(collector.Denied), WriteBytes: collector.Missing(collector.Denied),
			Unit: "docker-x.scope", Container: "4f0c5e7a9b1d4f0c5e7a9b1d4f0c5e7a9b1d4f0c5e7a9b1d4f0c5e7a9b1d4f0c", Runtime: "docker"},
		{PID: 2, Start: 1, Started: noon.Add(-76 * time.Hour), Name: "kthreadd", Kernel: true, State: "S", CPU: of(0), Swap: collector.Missing(collector.Unsupported), Threads: 1,
			UID: of(0), User: "root", ReadBytes: collector.Missing(collector.Idle), WriteBytes: collector.Missing(collector.Idle)},
		{PID: 9002, Parent: 9001, Start: 100, Started: noon, Name: "defunct", State: "Z", CPU: unknown, UID: unknown, Swap: unknown, ReadBytes: unknown, WriteBytes: unknown, Threads: 1},
	}
}

func pressure() collector.Pressure {
	stall := func(share float64) collector.PressureStall {
		return collector.PressureStall{Share: of(share), Avg10: of(share / 2), Avg60: of(share / 4), Avg300: of(share / 8), Stalled: of(100 * share)}
	}
	return collector.Pressure{
		CPU: collector.ResourcePressure{Some: stall(14)}, Memory: collector.ResourcePressure{Some: stall(24), Full: stall(8)},
		IO: collector.ResourcePressure{Some: stall(3), Full: stall(1)},
	}
}

func kernel() collector.Kernel {
	return collector.Kernel{
		ContextSwitchRate: of(7120), InterruptRate: of(3290), ForkRate: of(1.5), SoftIRQRate: of(900),
		Paging: collector.Paging{FaultRate: of(1730), MajorFaultRate: of(4), InRate: of(0), OutRate: of(12 * mib), ScanRate: of(0), OOMKills: of(2), OOMKillRate: of(0)},
		Limits: collector.KernelLimits{
			OpenFiles: of(1200), OpenFilesMax: of(9223372036854775807), Tasks: of(1432), ThreadsMax: of(193000), PIDMax: of(4194304), Entropy: of(256),
		},
		Softnet: collector.Softnet{ProcessedRate: of(356), DroppedRate: of(0)},
	}
}

func sockets() collector.Sockets {
	return collector.Sockets{
		Used: of(280),
		TCP: collector.TCPSockets{
			Established: of(21), TimeWait: of(64), Orphans: of(0), ActiveOpenRate: of(0.4), PassiveOpenRate: of(12), FailedOpenRate: of(0), EstabResetRate: of(0),
			InSegmentRate: of(356), OutSegmentRate: of(350), RetransmitPercent: collector.Missing(collector.Idle), ListenOverflowRate: of(2.5), Memory: of(3 * mib),
		},
		UDP:       collector.UDPSockets{InDatagramRate: of(1), OutDatagramRate: of(1), InErrorRate: of(0)},
		IP:        collector.IPTraffic{ForwardRate: of(0)},
		Conntrack: collector.Conntrack{Used: of(4096), Limit: of(65536), Percent: of(6.25)},
	}
}

func sensors() collector.Sensors {
	sensor := func(kind collector.SensorKind, label, unit string, value, high, critical float64) collector.Sensor {
		return collector.Sensor{Kind: kind, Chip: "nct6798", Device: "platform/nct6775.656", Input: label, Label: label, Unit: unit, Status: collector.OK,
			Value: of(value), Last: of(value), Age: of(0), High: of(high), Critical: of(critical)}
	}
	broken := collector.Sensor{Kind: collector.TemperatureSensor, Chip: "nvme", Label: "Composite", Unit: "celsius", Status: collector.Failed,
		Error: "127 celsius cannot be: nothing connected?", Value: collector.Missing(collector.Failed)}
	return collector.Sensors{
		Temperatures: []collector.Sensor{
			sensor(collector.TemperatureSensor, "Package id 0", "celsius", 61.5, 80, 100), sensor(collector.TemperatureSensor, "VRM", "celsius", 91, 90, 110), broken,
		},
		Fans:     []collector.Sensor{sensor(collector.FanSensor, "CPU fan", "rpm", 1180, 9000, 9500)},
		Voltages: []collector.Sensor{sensor(collector.VoltageSensor, "Vcore", "volts", 1.216, 1.5, 1.6)},
		Powers:   []collector.Sensor{sensor(collector.PowerSensor, "CPU", "watts", 45.5, 125, 150)},
		Batteries: []collector.Battery{{
			Name: "BAT0", Device: "PNP0C0A:00", Model: "SMP 02DL007", Technology: "Li-poly", State: "Discharging", Status: collector.OK,
			Charge: of(66), Energy: of(38), Health: of(91), Power: of(9.5), Cycles: of(212), ToEmpty: of(4 * 3600), ToFull: collector.Missing(collector.Idle),
		}},
		Supplies: []collector.PowerSource{
			{Name: "AC", Type: "Mains", Status: collector.OK, Online: of(0)}, {Name: "USB", Type: "USB", Status: collector.Stale, Online: collector.Missing(collector.Stale)},
		},
		EnergyMeters: []collector.EnergyMeter{
			{Name: "package-0", Meter: "intel-rapl:0", Status: collector.OK, Energy: of(1e6), Power: of(12.75)},
			{Name: "dram", Meter: "intel-rapl:0:1", Status: collector.Denied, Power: collector.Missing(collector.Denied)},
		},
	}
}

func raid() collector.RAID {
	return collector.RAID{Personalities: []string{"raid1"}, Arrays: []collector.RAIDArray{
		{Name: "md0", Level: "raid1", Active: true, State: "clean", Size: of(1e12), Wanted: of(2), Present: of(2), Degraded: of(0), Slots: "UU",
			Members: []collector.RAIDMember{{Device: "sda1", State: "active"}, {Device: "sdb1", Number: 1, State: "active"}}},
		{Name: "md1", Level: "raid5", Active: true, State: "clean", Size: of(3e12), Wanted: of(4), Present: of(3), Failed: 1, Spare: 1, Degraded: of(1), Slots: "UU_U",
			Sync: collector.RAIDSync{Action: "recovery", Percent: of(33.3), Remaining: of(5400), Speed: of(120 * mib)},
			Members: []collector.RAIDMember{
				{Device: "sdc1", State: "active"}, {Device: "sdd1", Number: 1, State: "active"}, {Device: "sde1", Number: 2, State: "failed"},
				{Device: "sdf1", Number: 3, State: "active"}, {Device: "sdg1", Number: 4, State: "spare"},
			}},
	}}
}

func zfs() collector.ZFS {
	return collector.ZFS{
		Pools: []collector.ZFSPool{
			{Name: "tank", State: "ONLINE", Status: collector.OK, ReadSpeed: of(mib), WriteSpeed: of(3 * mib)},
			{Name: "usb", Status: collector.Stale, Error: "no answer for 12s", ReadSpeed: collector.Missing(collector.Stale), WriteSpeed: collector.Missing(collector.Stale)},
		},
		ARC: collector.ZFSCache{Size: of(8 * gib), Target: of(16 * gib), HitPercent: of(99.2), MissRate: of(12)},
	}
}

func cgroups() collector.Cgroups {
	unlimited := collector.Missing(collector.Unsupported)
	all := []*collector.Cgroup{
		{Path: "/", Name: "/", NameStatus: collector.OK, Kind: "root", ReadAt: noon, CPU: collector.CgroupCPU{Percent: of(210), ThrottledPercent: unlimited}},
		{Path: "/system.slice/postgresql.service", Parent: "/", Name: "postgresql.service", NameStatus: collector.OK, Kind: "service", State: "populated", ReadAt: noon,
			CPU:    collector.CgroupCPU{Percent: of(187.5), ThrottledPercent: collector.Missing(collector.Idle)},
			Memory: collector.CgroupMemory{Current: of(3 * gib), Percent: unlimited, Limit: unlimited},
			IO:     collector.CgroupIO{ReadRate: of(4.5 * mib), WriteRate: of(0)}, PIDs: collector.CgroupPIDs{Current: of(17)},
			Pressure: collector.CgroupPressure{CPU: of(1), Memory: of(24), IO: of(3)}},
		{Path: "/system.slice/docker-4f0c.scope", Parent: "/", Name: "4f0c5e7a9b1d", NameStatus: collector.Denied, Kind: "container", Runtime: "docker", Container: "4f0c5e7a9b1d",
			State: "populated", ReadAt: noon.Add(-12 * time.Second), CPU: collector.CgroupCPU{Percent: of(12), ThrottledPercent: of(31)},
			Memory: collector.CgroupMemory{Current: of(800 * mib), Limit: of(gib), LimitedBy: "/system.slice", Percent: of(78)},
			IO:     collector.CgroupIO{ReadRate: collector.Missing(collector.Denied), WriteRate: collector.Missing(collector.Denied)}, PIDs: collector.CgroupPIDs{Current: of(11)}},
		{Path: "/user.slice", Parent: "/", Name: "user.slice", NameStatus: collector.OK, Kind: "slice", State: "empty", ReadAt: noon, CPU: collector.CgroupCPU{Percent: of(0)}},
	}
	return collector.Cgroups{Hierarchy: "v2", Total: len(all), Top: all, Cgroups: all, Truncated: true, LeftOut: 7}
}

func gpus() collector.GPUs {
	asleep := collector.Missing(collector.Idle)
	return collector.GPUs{Devices: []collector.GPU{
		{Device: "0000:01:00.0", Vendor: "nvidia", Name: "NVIDIA H200", Node: "nvidia0", Driver: "nvidia", DriverVersion: "570.86.15", State: "active",
			Usage: of(87), MemoryUsedPercent: of(96), MemoryUsed: of(135 * gib), MemoryTotal: of(141 * gib), Temperature: of(71.5), SlowdownTemperature: of(90),
			Power: of(612), PowerLimit: of(700), GraphicsClock: of(1.98e9), FanPercent: collector.Missing(collector.Unsupported), PerformanceState: "P0", ThrottleReasons: []string{"power"},
			Processes: []collector.GPUProcess{{PID: 9001, Kind: "compute", Memory: of(120 * gib)}, {PID: 77, Kind: "compute", Memory: collector.Missing(collector.Denied)}}, ProcessesStatus: collector.OK},
		{Index: 1, Device: "0000:02:00.0", Vendor: "amd", Name: "Radeon Pro W7900", Driver: "amdgpu", State: "suspended", Usage: asleep, MemoryUsedPercent: asleep,
			MemoryUsed: asleep, Temperature: asleep, Power: asleep, GraphicsClock: asleep, FanPercent: asleep, FanSpeed: of(0), ProcessesStatus: collector.Unsupported},
	}}
}

func clock() collector.Clock {
	return collector.Clock{Synchronized: of(1), Offset: of(-12.3e-6), MaxError: of(0.016), StatusNames: []string{"PLL"}, LeapState: "ok", Source: "tsc", Sources: []string{"tsc", "hpet"}}
}

func busy() collector.CPUUsage {
	return collector.CPUUsage{
		Busy: of(37), User: of(20), Nice: of(2), System: of(10), Idle: of(60), IOWait: of(3),
		IRQ: of(1), SoftIRQ: of(2), Steal: of(1.5), Guest: of(0.5),
	}
}

func memory() collector.Memory {
	return collector.Memory{
		Total: 64 * gib, Used: 24 * gib, Available: 40 * gib, KernelAvailable: of(34 * gib), Free: 10 * gib,
		Buffers: of(800 * mib), Cached: of(14 * gib), Slab: of(3 * gib), SlabReclaimable: of(2 * gib), Dirty: of(5 * mib), Writeback: of(mib),
		Shared: of(gib), HugePages: of(512), HugePagesFree: of(128), HugePageSize: of(2 * mib), ARC: of(8 * gib), UsedPercent: of(37.5),
	}
}

func disks() []collector.Disk {
	idle := collector.Missing(collector.Idle)
	return []collector.Disk{
		{Name: "nvme0n1p1", Parent: "nvme0n1", Size: of(gib), ReadBytes: of(0), WriteBytes: of(0), Reads: of(0), Writes: of(0),
			Utilisation: of(0), ReadAwait: idle, WriteAwait: idle, Queue: of(0)},
		{Name: "nvme0n1", Label: "Samsung 980", Size: of(500 * gib), ReadBytes: of(12.3 * mib), WriteBytes: of(900), Reads: of(1234), Writes: of(0.4),
			Utilisation: of(96), ReadAwait: of(87e-6), WriteAwait: of(2.5e-3), Queue: of(1.5)},
		{Name: "dm-0", Label: "vg-root", Stacked: true},
	}
}

func links() []collector.Interface {
	return []collector.Interface{
		{Name: "eth0", Kind: "physical", State: "up", Speed: of(2.5e9), MTU: of(1500), Address: "52:54:00:12:34:56",
			Receive:  collector.Traffic{Bytes: of(3 * mib), Packets: of(2100), Errors: of(0), Drops: of(2), DropsTotal: 12},
			Transmit: collector.Traffic{Bytes: of(100), Packets: of(1), Errors: of(0), Drops: of(0)}},
		{Name: "eth1", Kind: "physical", State: "down"},
		{Name: "odd0", Kind: "virtual"},
	}
}

func mounts() collector.Mounts {
	dead := collector.Missing(collector.Stale)
	return collector.Mounts{
		Mounts: []collector.Mount{
			{Mountpoint: "/", Device: "/dev/vda1", FSType: "ext4", Status: collector.OK, ReadOnly: true, Size: of(96 * gib), Used: of(61 * gib),
				Available: of(33 * gib), UsedPercent: of(65), InodesUsedPercent: of(4.2)},
			{Mountpoint: "/data", Device: "tank/data", FSType: "zfs", Status: collector.OK, Size: of(gib), Used: of(gib / 2), Available: of(gib / 2), UsedPercent: of(50), FullIn: of(3*3600 + 720)},
			{Mountpoint: "/mnt", Device: "nas:/export", FSType: "nfs4", Status: collector.Stale, Error: "no answer for 12 s",
				Size: dead, Used: dead, Available: dead, UsedPercent: dead, InodesUsedPercent: dead},
		},
		Skipped: []collector.SkippedMount{{Mountpoint: "/proc", FSType: "proc", Reason: "pseudo file system"}},
	}
}

// troubled is a snapshot with every state that a section may be in.
func troubled() *collector.Snapshot {
	s := healthy()
	s.Host.Err, s.Host.At = fmt.Errorf("host: %w", collector.ErrStale), time.Time{}
	s.CPU.Value = collector.CPU{Model: "AMD EPYC 7B13", Cores: []collector.Core{{ID: 0}}}
	s.CPU.Value.Usage.Busy = collector.Missing(collector.NoBaseline)
	s.CPU.Err = fmt.Errorf("cpu: %w", collector.ErrNoBaseline)
	s.Load = collector.Reading[collector.Load]{Err: fmt.Errorf("load: %w", collector.ErrUnsupported)}
	s.Memory.Err, s.Memory.At = fmt.Errorf("memory: %w", collector.ErrStale), noon.Add(-12*time.Second)
	s.Swap.Value = collector.Swap{}
	s.Disks = collector.Reading[[]collector.Disk]{Err: fmt.Errorf("disks: %w", fs.ErrPermission)}
	s.Network = collector.Reading[[]collector.Interface]{Err: errors.New("network: /proc/net/dev: line 3 has 4 fields")}
	s.Mounts = collector.Reading[collector.Mounts]{}
	s.Self = collector.Reading[collector.Self]{Err: fmt.Errorf("self: %w", fs.ErrPermission)}
	s.Processes = collector.Reading[collector.Processes]{Err: fmt.Errorf("processes: /proc: %w", fs.ErrPermission)}
	unknown := collector.PressureStall{Share: collector.Missing(collector.NoBaseline), Avg10: of(1), Avg60: of(0.5), Avg300: of(0.25)}
	s.Pressure.Value = collector.Pressure{CPU: collector.ResourcePressure{Some: unknown}, Memory: collector.ResourcePressure{Some: unknown, Full: unknown}}
	s.Pressure.Err = fmt.Errorf("pressure: %w", collector.ErrNoBaseline)
	s.Kernel.Value, s.Kernel.Err = collector.Kernel{}, fmt.Errorf("kernel: %w", collector.ErrNoBaseline)
	s.Sockets = collector.Reading[collector.Sockets]{Err: errors.New("sockets: /proc/net/snmp: cut short")}
	s.Connections.Err, s.Connections.At = fmt.Errorf("connections: %w", collector.ErrStale), noon.Add(-30*time.Second)
	s.Sensors = collector.Reading[collector.Sensors]{Err: fmt.Errorf("sensors: %w: this is a virtual machine", collector.ErrUnsupported)}
	s.RAID.Err, s.RAID.At = fmt.Errorf("raid: %w", collector.ErrStale), noon.Add(-12*time.Second)
	s.ZFS = collector.Reading[collector.ZFS]{Err: fmt.Errorf("zfs: /proc/spl/kstat/zfs: %w", fs.ErrPermission)}
	s.Cgroups.Err, s.Cgroups.At = fmt.Errorf("cgroups: %w", collector.ErrStale), noon.Add(-70*time.Second)
	s.GPUs = collector.Reading[collector.GPUs]{Value: collector.GPUs{Devices: []collector.GPU{{
		Device: "0000:01:00.0", Name: "NVIDIA H200", State: "error", Error: "GPU is lost", Usage: collector.Missing(collector.Failed), ProcessesStatus: collector.Failed,
	}}}, At: noon}
	s.Clock.Value = collector.Clock{Synchronized: collector.Missing(collector.Denied), Offset: collector.Missing(collector.Denied), MaxError: collector.Missing(collector.Denied)}
	s.Gap = &collector.Gap{Reason: "suspend", Seconds: 61.5}
	return s
}

// hostile is a snapshot in which everything that can be named has that name.
func hostile(name string) *collector.Snapshot {
	s := healthy()
	h := &s.Host.Value
	h.Name, h.OS, h.Kernel, h.Architecture, h.Virtualization = name, name, name, name, name
	h.Users = []collector.User{{Name: name, Terminal: name, From: name}}
	s.CPU.Value.Model = name
	s.Disks.Value = []collector.Disk{{Name: name, Label: name}, {Name: name + "1", Label: name, Parent: name}}
	s.Network.Value = []collector.Interface{{Name: name, Kind: name, State: name, Address: name}}
	s.Mounts.Value = collector.Mounts{
		Mounts: []collector.Mount{
			{Mountpoint: name, Device: name, FSType: name, Status: collector.Failed, Error: name},
			{Mountpoint: name, Device: name, FSType: name, Status: collector.OK},
		},
		Skipped: []collector.SkippedMount{{Mountpoint: name, FSType: name, Reason: name}},
	}
	s.Self.Err = errors.New(name)
	s.Processes.Value = collector.ProcessesOf(
		&collector.Process{PID: 1, Name: name, CommandLine: name, User: name, State: name, Cgroup: name, Unit: name, Slice: name, Container: name, Runtime: name},
		&collector.Process{PID: 2, Name: name, Kernel: true, Cgroup: name, Unit: name},
	)
	s.Sensors.Value = hostileSensors(name)
	s.RAID.Value.Arrays = []collector.RAIDArray{{
		Name: name, Level: name, Active: true, ReadOnly: name, State: name, Slots: name, Sync: collector.RAIDSync{Action: name, Waiting: name},
		Members: []collector.RAIDMember{{Device: name, State: name}},
	}, {Name: name + "1"}}
	s.ZFS.Value.Pools = []collector.ZFSPool{{Name: name, State: name, Error: name}, {Name: name + "1", Error: name, Status: collector.Stale}}
	s.Cgroups.Value = collector.Cgroups{Hierarchy: name, Cgroups: []*collector.Cgroup{
		{Path: name, Parent: name, Name: name, NameStatus: collector.Denied, Kind: name, Unit: name, Slice: name, Container: name, Runtime: name, Pod: name, PodName: name, State: name,
			CPU: collector.CgroupCPU{ThrottledPercent: of(99)}, Memory: collector.CgroupMemory{Limit: of(1), LimitedBy: name + "1"}},
	}}
	s.GPUs.Value = collector.GPUs{Devices: []collector.GPU{
		{Device: name, Vendor: name, Name: name, Node: name, Driver: name, DriverVersion: name, UUID: name, State: name, Error: name, PerformanceState: name, MIG: name,
			ThrottleReasons: []string{name}, Processes: []collector.GPUProcess{{PID: 1, Kind: name}, {PID: 3, Kind: name}}},
		{Index: 1, Device: name + "1", Name: name, State: "error", Error: name},
	}}
	s.Clock.Value.Source, s.Clock.Value.Sources, s.Clock.Value.StatusNames, s.Clock.Value.LeapState = name, []string{name}, []string{name}, name
	s.Kernel.Err = errors.New(name)
	return s
}

func hostileSensors(name string) collector.Sensors {
	sensors := []collector.Sensor{
		{Chip: name, Device: name, Input: name, Label: name, Unit: name, Error: name},
		{Chip: name, Device: name, Input: name, Label: name, Unit: name, Value: of(2), High: of(1)},
	}
	return collector.Sensors{
		Temperatures: sensors, Fans: sensors, Voltages: sensors, Currents: sensors, Powers: sensors, Humidities: sensors,
		Batteries:    []collector.Battery{{Name: name, Device: name, Model: name, Technology: name, State: name, ChargeLevel: name, Error: name}},
		Supplies:     []collector.PowerSource{{Name: name, Device: name, Type: name, Error: name}},
		EnergyMeters: []collector.EnergyMeter{{Name: name, Meter: name, Parent: name, Chip: name, Device: name, Error: name}},
	}
}
