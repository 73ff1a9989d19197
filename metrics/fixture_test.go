package metrics

import (
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 250e6, time.UTC)

func read[T any](value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: noon}
}

func counters(numbers ...any) collector.Counters {
	var names []string
	var all []uint64
	for i := 0; i < len(numbers); i += 2 {
		names, all = append(names, numbers[i].(string)), append(all, uint64(numbers[i+1].(int)))
	}
	return collector.NewCounters(names, all)
}

// full is a snapshot in which every section has numbers.
func full() *collector.Snapshot {
	of := collector.Of
	return &collector.Snapshot{
		Seq: 42, Time: noon, Interval: time.Second,
		Host: read(collector.Host{
			Name: "atlas", OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0-28-amd64", Architecture: "x86_64",
			KernelVersion: "#1 SMP Debian 6.1.119-1", DomainName: "(none)", BootTime: noon.Add(-time.Hour).Truncate(time.Second),
			Release: collector.OSRelease{ID: "debian", Name: "Debian GNU/Linux", PrettyName: "Debian GNU/Linux 12 (bookworm)",
				Version: "12 (bookworm)", VersionID: "12", VersionCodename: "bookworm"},
		}),
		CPU: read(collector.CPU{Cores: []collector.Core{
			{ID: 0, Frequency: of(2.4e9), Times: collector.CPUTimes{User: 10.5, Nice: 0.25, System: 4, Idle: 3000, IOWait: 1.5,
				IRQ: 0, SoftIRQ: 0.75, Steal: of(0.5), Guest: of(2), GuestNice: of(0)}},
			{ID: 2, Times: collector.CPUTimes{User: 11, Idle: 3001}},
		}}),
		Load:      read(collector.Load{One: 0.5, Five: 0.25, Fifteen: 0.125, Running: 3, Blocked: 1, Tasks: 300}),
		Memory:    read(collector.Memory{Total: 1 << 30, Lines: counters("MemTotal_bytes", 1<<30, "Active_anon_bytes", 4096, "HugePages_Total", 2)}),
		Swap:      read(collector.Swap{Total: 1 << 29}),
		Mounts:    read(fullMounts()),
		Disks:     read(fullDisks()),
		Network:   read(fullNetwork()),
		Processes: read(collector.Processes{Total: 120, Listed: 120, Running: 2, Sleeping: 80, Blocked: 1, Stopped: 1, Zombie: 1, Idle: 35, Threads: 300}),
		Pressure: read(collector.Pressure{
			CPU:    collector.ResourcePressure{Some: collector.PressureStall{Stalled: of(12.5)}},
			Memory: collector.ResourcePressure{Some: collector.PressureStall{Stalled: of(1.5)}, Full: collector.PressureStall{Stalled: of(1)}},
			IO:     collector.ResourcePressure{Some: collector.PressureStall{Stalled: of(3.5)}, Full: collector.PressureStall{Stalled: of(3)}},
			IRQ:    collector.ResourcePressure{Full: collector.PressureStall{Stalled: of(0.5)}},
		}),
		Kernel: read(collector.Kernel{
			ContextSwitches: of(1e6), Interrupts: of(5e5), Forks: of(1200), SoftIRQs: of(3e5),
			Softnet: collector.Softnet{Cores: []collector.SoftnetCore{{ID: 0, Processed: 5000, Dropped: 2}, {ID: 2, Processed: 4000, Squeezed: 1}}},
			Limits: collector.KernelLimits{Entropy: of(256), EntropyPool: of(256), OpenFiles: of(1500), OpenFilesMax: of(9.2e18),
				ThreadsMax: of(127000), PIDMax: of(4194304)},
			VMStat: counters("pgfault", 1234567, "oom_kill", 1),
		}),
		Sockets: read(collector.Sockets{
			Netstat:   counters("Tcp_InSegs", 5000, "TcpExt_ListenDrops", 3),
			Sockstat:  counters("TCP_inuse", 12, "TCP_mem_bytes", 8192, "sockets_used", 80),
			Conntrack: collector.Conntrack{Used: of(7), Limit: of(262144)},
		}),
		Connections: read(collector.Connections{Established: 4, SYNReceived: 1, NewSYNReceived: 2, Listen: 3, TimeWait: 6, All: 16}),
		Sensors:     read(fullSensors()),
		RAID:        read(fullRAID()),
		ZFS: read(collector.ZFS{
			ARC: collector.ZFSCache{Size: of(1 << 28), Target: of(1 << 29), Minimum: of(1 << 26), Maximum: of(1 << 30), Hits: of(900), Misses: of(100)},
			Pools: []collector.ZFSPool{
				{Name: "tank", State: "ONLINE", Status: collector.OK, Reads: of(10), Writes: of(20), ReadBytes: of(40960), WrittenBytes: of(81920)},
				{Name: "stuck", Status: collector.Stale},
			},
		}),
		Cgroups: read(collector.Cgroups{Hierarchy: "v2", Cgroups: fullCgroups()}),
		GPUs:    read(collector.GPUs{Devices: []collector.GPU{fullGPU()}}),
		Clock:   read(fullClock()),
		Self:    read(collector.Self{CPUSeconds: 1.25, Resident: 20 << 20, Goroutines: 12}),
	}
}

func fullMounts() collector.Mounts {
	of := collector.Of
	return collector.Mounts{Mounts: []collector.Mount{
		{Mountpoint: "/", Device: "/dev/nvme0n1p2", FSType: "ext4", Status: collector.OK,
			Size: of(1e11), Free: of(5e10), Available: of(4.5e10), Inodes: of(6e6), InodesFree: of(5e6)},
		{Mountpoint: "/boot/efi", Device: "/dev/nvme0n1p1", FSType: "vfat", ReadOnly: true, Status: collector.OK,
			Size: of(5e8), Free: of(4e8), Available: of(4e8)},
		{Mountpoint: "/backup", Device: "nas:/export", FSType: "nfs4", Status: collector.Stale, Size: collector.Missing(collector.Stale)},
		{Mountpoint: "/mnt/iso", Device: "/dev/loop0", FSType: "iso9660", Status: collector.OK, Size: of(1e9), Free: of(0), Available: of(0)},
		{Mountpoint: "/mnt/image", Device: "/dev/loop1", FSType: "erofs", Status: collector.OK, Size: of(1e9), Free: of(0), Available: of(0)},
		{Mountpoint: "/var/lib/docker/volumes/v/_data", Device: "/dev/sdb1", FSType: "xfs", Status: collector.OK, Size: of(1e9), Free: of(0), Available: of(0)},
	}}
}

func fullDisks() []collector.Disk {
	of := collector.Of
	totals := collector.DiskCounters{
		Reads: 1000, ReadsMerged: 10, ReadBytes: 4096000, ReadSeconds: 1.5, Writes: 2000, WritesMerged: 20, WriteBytes: 8192000, WriteSeconds: 2.5,
		InFlight: 1, BusySeconds: 3.25, WeightedSeconds: 4.125,
	}
	discards := totals
	discards.Discards, discards.DiscardsMerged, discards.DiscardBytes, discards.DiscardSeconds = of(5), of(1), of(51200), of(0.25)
	discards.Flushes, discards.FlushSeconds = of(7), of(0.125)
	return []collector.Disk{
		{Name: "nvme0n1", Label: "Samsung SSD 980", Major: 259, Totals: discards},
		{Name: "nvme0n1p2", Parent: "nvme0n1", Major: 259, Minor: 2, Totals: totals},
		{Name: "dm-0", Label: "vg-root", Major: 254, Totals: totals, Stacked: true},
		{Name: "zram0", Major: 252, Totals: totals},
		{Name: "loop7", Major: 7, Minor: 7, Totals: totals},
		{Name: "mmcblk0p1", Parent: "mmcblk0", Major: 179, Minor: 1, Totals: totals},
	}
}

func fullNetwork() []collector.Interface {
	of := collector.Of
	return []collector.Interface{
		{
			Name: "eth0", Kind: collector.KindPhysical, State: "up", StateStatus: collector.OK, Speed: of(1e9), MTU: of(1500),
			Address: "02:fc:00:00:00:01", Index: of(2), Duplex: "full", Carrier: of(1), CarrierChanges: of(3),
			Class: &collector.InterfaceClass{
				Broadcast: "ff:ff:ff:ff:ff:ff", Flags: of(0x1003), Link: of(2), Type: of(1), TransmitQueue: of(1000), AddressAssignType: of(0),
				NameAssignType: of(4), CarrierUps: of(2), CarrierDowns: of(1), DeviceID: of(0), Dormant: of(0), Group: of(0), LinkMode: of(0),
			},
			Receive:          collector.Traffic{BytesTotal: 1 << 40, PacketsTotal: 1 << 30, ErrorsTotal: 1, DropsTotal: 2, FIFOTotal: 3, CompressedTotal: 4},
			Transmit:         collector.Traffic{BytesTotal: 1 << 39, PacketsTotal: 1 << 29, ErrorsTotal: 5, DropsTotal: 6, FIFOTotal: 7, CompressedTotal: 8},
			FrameErrorsTotal: 9, MulticastTotal: 10, CollisionsTotal: 11, CarrierErrorsTotal: 12,
		},
		{Name: "wg0", State: "unknown", StateStatus: collector.OK},
	}
}

func fullSensors() collector.Sensors {
	of, none := collector.Of, collector.Missing(collector.Stale)
	return collector.Sensors{
		Temperatures: []collector.Sensor{
			{Kind: collector.TemperatureSensor, Chip: "coretemp", Device: "platform/coretemp.0", Input: "temp1", Label: "Package id 0",
				Value: of(45.5), High: of(80), Critical: of(100)},
			{Kind: collector.TemperatureSensor, Chip: "nvme", Device: "pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0", Input: "temp1", Label: "Composite", Value: none},
			{Kind: collector.TemperatureSensor, Chip: "x86_pkg_temp", Device: "virtual/thermal/thermal_zone3", Input: "thermal_zone3", Label: "x86_pkg_temp", Value: of(46)},
		},
		Fans: []collector.Sensor{{Kind: collector.FanSensor, Chip: "nct6775", Device: "platform/nct6775.656", Input: "fan2", Label: "fan2", Value: of(1200), Low: of(300)}},
		Voltages: []collector.Sensor{{Kind: collector.VoltageSensor, Chip: "nct6775", Device: "platform/nct6775.656", Input: "in0", Label: "Vcore",
			Value: of(1.05), Low: of(0.9), High: of(1.5), LowCritical: of(0.8)}},
		Currents:   []collector.Sensor{{Kind: collector.CurrentSensor, Chip: "ucsi", Device: "virtual/hwmon/ucsi", Input: "curr1", Label: "curr1", Value: of(0.5)}},
		Powers:     []collector.Sensor{{Kind: collector.PowerSensor, Chip: "amdgpu", Device: "pci0000:00/0000:01:00.0", Input: "power1", Label: "PPT", Value: of(35), High: of(120)}},
		Humidities: []collector.Sensor{{Kind: collector.HumiditySensor, Chip: "sht3x", Device: "i2c-1/1-0044", Input: "humidity1", Label: "humidity1", Value: of(40)}},
		Batteries: []collector.Battery{{Name: "BAT0", Type: "Battery", Manufacturer: "SMP", ModelName: "5B10W13900 ", Status: collector.OK, Technology: "Li-ion", State: "Discharging", Charge: of(80), Energy: of(40), EnergyFull: of(50),
			EnergyDesign: of(57), Power: of(9.5), Voltage: of(12), Current: of(0.8), Cycles: of(123), Temperature: of(31)}},
		Supplies: []collector.PowerSource{{Name: "AC", Type: "Mains", Status: collector.OK, Online: of(0)}},
		EnergyMeters: []collector.EnergyMeter{
			{Name: "package-0", Meter: "intel-rapl:0", Energy: of(5000)},
			{Name: "core", Meter: "intel-rapl:0:0", Parent: "intel-rapl:0", Energy: of(3000)},
			{Name: "package-1", Meter: "intel-rapl:1", Energy: of(6000)},
			{Name: "core", Meter: "intel-rapl:1:0", Parent: "intel-rapl:1", Energy: of(4000)},
			{Name: "psys", Meter: "intel-rapl:2", Energy: collector.Missing(collector.Denied)},
			{Name: "energy1", Meter: "energy1", Chip: "amd_energy", Device: "platform/amd_energy.0", Energy: of(7000)},
		},
	}
}

func fullRAID() collector.RAID {
	of := collector.Of
	return collector.RAID{Arrays: []collector.RAIDArray{
		{Name: "md0", Active: true, Size: of(1 << 30), Wanted: of(2), Present: of(2), Degraded: of(0)},
		{Name: "md1", Active: true, Size: of(1 << 30), Wanted: of(2), Present: of(1), Failed: 1, Spare: 1, Degraded: of(1),
			Sync: collector.RAIDSync{Action: "recovery", Done: of(1 << 29), All: of(1 << 30)}},
		{Name: "md2", Size: of(1 << 20)},
		{Name: "md3", Active: true, Size: of(1 << 20), Wanted: of(2), Present: of(2), Sync: collector.RAIDSync{Action: "check", Waiting: "delayed"}},
	}}
}

func fullCgroups() []*collector.Cgroup {
	of := collector.Of
	return []*collector.Cgroup{
		{Path: "/", Name: "/", Kind: "root", CPU: collector.CgroupCPU{Usage: of(100), User: of(60), System: of(40)}},
		{Path: "/system.slice", Parent: "/", Name: "system.slice", Kind: "slice", CPU: collector.CgroupCPU{Usage: of(50)}},
		{
			Path: "/system.slice/nginx.service", Parent: "/system.slice", Name: "nginx.service", Kind: "service",
			CPU: collector.CgroupCPU{Usage: of(10), User: of(6), System: of(4), Limit: of(2), Periods: of(100), Throttled: of(5), ThrottledSeconds: of(0.5)},
			Memory: collector.CgroupMemory{Current: of(1 << 24), WorkingSet: of(1 << 23), Limit: of(1 << 28), Swap: of(0),
				OOMKills: of(1)},
			IO:   collector.CgroupIO{Read: of(4096), Written: of(8192), Reads: of(1), Writes: of(2)},
			PIDs: collector.CgroupPIDs{Current: of(5), Limit: of(4915)},
		},
		{Path: "/user.slice/user-1000.slice/session-3.scope", Name: "session-3.scope", Kind: "session", CPU: collector.CgroupCPU{Usage: of(1)}},
	}
}

func fullGPU() collector.GPU {
	of := collector.Of
	return collector.GPU{
		Device: "0000:01:00.0", Vendor: "nvidia", Name: "NVIDIA H200", Driver: "nvidia", UUID: "GPU-1", State: "active",
		Usage: of(50), MemoryController: of(25), Encoder: of(0), Decoder: of(0), MemoryUsed: of(1 << 30), MemoryTotal: of(1 << 37),
		Power: of(350), PowerLimit: of(700), Energy: of(1e6), Temperature: of(50), MemoryTemperature: of(55), SlowdownTemperature: of(87), CriticalTemperature: of(92),
		GraphicsClock: of(1.98e9), GraphicsClockMax: of(1.98e9), MemoryClock: of(3.2e9), MemoryClockMax: of(3.2e9), FanPercent: of(30), FanSpeed: of(1500),
		SharedUsed: of(4096), HotspotTemperature: of(60), ThrottleReasons: []string{"sw_power_cap"},
	}
}

func fullClock() collector.Clock {
	of := collector.Of
	return collector.Clock{
		Synchronized: of(1), Offset: of(-0.000125), MaxError: of(0.25), EstError: of(0.0005), Frequency: of(-12.5), TAIOffset: of(37), Tick: of(0.01),
		TimeConstant: of(7), StatusBits: of(0x2001), Source: "tsc", Sources: []string{"tsc", "hpet"},
	}
}
