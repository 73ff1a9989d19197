package api_test

import (
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var tick = time.Date(2026, 11, 20, 21, 4, 5, 123456789, time.UTC)

// read is a reading of this tick, which a collector had soon after it began.
func read[T any](value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: tick.Add(2 * time.Millisecond)}
}

// full is a snapshot in which nothing is missing.
func full() *collector.Snapshot {
	return &collector.Snapshot{
		Seq:      42,
		Time:     tick,
		Interval: time.Second,
		Host: read(collector.Host{
			Name: "mill", OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0-26-amd64", Architecture: "x86_64", Virtualization: "KVM guest",
			BootTime: tick.Add(-time.Hour).Truncate(time.Second), Uptime: 3600.12, UsersStatus: collector.OK,
			Users: []collector.User{{Name: "ann", Terminal: "pts/0", From: "192.0.2.7", Since: tick.Add(-time.Minute).Truncate(time.Second)}},
		}),
		CPU:    read(cpu()),
		Load:   read(collector.Load{One: 0.38, Five: 0.29, Fifteen: 0.16, Running: 2, Blocked: 1, Tasks: 85}),
		Memory: read(complete(memory())),
		Swap: read(collector.Swap{
			Total: 2 << 30, Used: 512 << 20, Free: 1536 << 20, Cached: collector.Of(4096), UsedPercent: collector.Of(25),
			In: collector.Of(8192), Out: collector.Of(0), InTotal: collector.Of(1 << 20), OutTotal: collector.Of(2 << 20),
		}),
		Mounts:  read(mounts()),
		Disks:   read([]collector.Disk{disk()}),
		Network: read([]collector.Interface{complete(network())}),

		Processes:   read(processes()),
		Pressure:    read(pressure()),
		Kernel:      read(kernel()),
		Sockets:     read(sockets()),
		Connections: read(complete(collector.Connections{})),
		Sensors:     read(sensors()),
		RAID:        read(raid()),
		ZFS:         read(zfs()),
		Cgroups:     read(cgroups()),
		GPUs:        slowly(gpus()),
		Clock:       read(clock()),

		Self: read(complete(collector.Self{CPU: collector.Of(0.3), CPUSeconds: 12.34, Resident: 18 << 20, Goroutines: 14})),
	}
}

// slowly is a reading of three seconds ago, of a source that is read every five.
func slowly[T any](value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: tick.Add(-3 * time.Second), Every: 5 * time.Second}
}

// complete gives each number of data that is missing or 0 one of its own, in the
// order of the members, so that none is null and none can be taken for another.
func complete[T any](data T) T {
	next := 100.0
	fill(reflect.ValueOf(&data).Elem(), "", &next)
	return data
}

func fill(v reflect.Value, name string, next *float64) {
	if v.Type() == reflect.TypeFor[collector.Value]() {
		if v.IsZero() {
			v.Set(reflect.ValueOf(collector.Of(numberFor(name, next))))
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fill(v.Elem(), name, next)
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), name, next)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if name := field.Tag.Get("json"); field.IsExported() && name != "-" && field.Type != reflect.TypeFor[time.Time]() {
				fill(v.Field(i), name, next)
			}
		}
	case reflect.Int, reflect.Uint32, reflect.Uint64:
		if v.IsZero() {
			v.Set(reflect.ValueOf(numberFor(name, next)).Convert(v.Type()))
		}
	}
}

// numberFor is a percentage where the name says so, else a whole number.
func numberFor(name string, next *float64) float64 {
	*next++
	if strings.HasSuffix(name, "percent") {
		return (*next - 100) / 8
	}
	return *next
}

func processes() collector.Processes {
	return complete(collector.Processes{Top: []*collector.Process{{
		PID: 4321, Parent: 1, Started: tick.Add(-time.Minute).Truncate(10 * time.Millisecond), Name: "postgres", CommandLine: "postgres -D /srv/pg --port 5432",
		CommandLineStatus: collector.OK, User: "postgres", State: "R", CPU: collector.Of(187.5), CPUSeconds: 3601.25, Nice: -5,
		Cgroup: "/system.slice/docker-4f0c.scope", Unit: "docker-4f0c.scope", Slice: "system.slice", Container: "4f0c", Runtime: "docker",
	}}})
}

func pressure() collector.Pressure {
	p := complete(collector.Pressure{})
	p.Memory.Some = collector.PressureStall{
		Share: collector.Of(12.345), Avg10: collector.Of(0.5), Avg60: collector.Of(0.25), Avg300: collector.Of(0.125), Stalled: collector.Of(61.250001),
	}
	return p
}

func kernel() collector.Kernel {
	return complete(collector.Kernel{
		Paging: collector.Paging{OOMKillRate: collector.Of(0)},
		Limits: collector.KernelLimits{OpenFilesMax: collector.Of(9223372036854775807), Tasks: collector.Of(85), ThreadsMax: collector.Of(63432)},
	})
}

func sockets() collector.Sockets {
	return complete(collector.Sockets{
		TCP:       collector.TCPSockets{RetransmitPercent: collector.Of(0.75), ListenOverflowRate: collector.Of(2.5)},
		Conntrack: collector.Conntrack{Used: collector.Of(4096), Limit: collector.Of(65536), Percent: collector.Of(6.25)},
	})
}

func sensors() collector.Sensors {
	sensor := func(kind collector.SensorKind, input, unit string, value float64) collector.Sensor {
		return complete(collector.Sensor{
			Kind: kind, Chip: "nct6798", Device: "platform/nct6775.656", Input: input, Label: "CPU " + input, Unit: unit, Status: collector.OK,
			Value: collector.Of(value), Last: collector.Of(value), Age: collector.Of(0),
			High: collector.Of(2 * value), Critical: collector.Of(3 * value), Low: collector.Of(value / 2), LowCritical: collector.Of(value / 4),
		})
	}
	s := collector.Sensors{
		Temperatures: []collector.Sensor{sensor(collector.TemperatureSensor, "temp1", "celsius", 61.5)},
		Fans:         []collector.Sensor{sensor(collector.FanSensor, "fan1", "rpm", 1180)},
		Voltages:     []collector.Sensor{sensor(collector.VoltageSensor, "in0", "volts", 1.216)},
		Currents:     []collector.Sensor{sensor(collector.CurrentSensor, "curr1", "amperes", 3.25)},
		Powers:       []collector.Sensor{sensor(collector.PowerSensor, "power1", "watts", 45.5)},
		Humidities:   []collector.Sensor{sensor(collector.HumiditySensor, "humidity1", "percent", 41)},
		Batteries: []collector.Battery{{
			Name: "BAT0", Device: "PNP0C0A:00", Model: "SMP 02DL007", Technology: "Li-poly", State: "Discharging", Status: collector.OK,
			Charge: collector.Of(66.7), ChargeLevel: "Normal", Energy: collector.Of(38.02),
		}},
		Supplies:     []collector.PowerSource{{Name: "AC", Device: "ACPI0003:00", Type: "Mains", Status: collector.OK, Online: collector.Of(0)}},
		EnergyMeters: []collector.EnergyMeter{{Name: "package-0", Meter: "intel-rapl:0", Device: "virtual/powercap/intel-rapl:0", Status: collector.OK, Power: collector.Of(12.75)}},
	}
	return complete(s)
}

func raid() collector.RAID {
	return complete(collector.RAID{
		Personalities: []string{"raid1"},
		Arrays: []collector.RAIDArray{{
			Name: "md0", Level: "raid1", Active: true, ReadOnly: "auto-read-only", State: "clean", Slots: "U_",
			Wanted: collector.Of(2), Present: collector.Of(1), Failed: 1, Spare: 1, Degraded: collector.Of(1),
			Sync:    collector.RAIDSync{Action: "recovery", Waiting: "delayed", Percent: collector.Of(33.3)},
			Members: []collector.RAIDMember{{Device: "sda1", State: "active", WriteMostly: true}, {Device: "sdb1", State: "spare", Replacement: true}},
		}},
	})
}

func zfs() collector.ZFS {
	return complete(collector.ZFS{
		Pools: []collector.ZFSPool{{Name: "tank", State: "ONLINE", Status: collector.OK, Age: collector.Of(0)}},
		ARC:   collector.ZFSCache{HitPercent: collector.Of(99.5)},
	})
}

func cgroups() collector.Cgroups {
	return complete(collector.Cgroups{
		Hierarchy: "v2", Total: 1, Truncated: true,
		Top: []*collector.Cgroup{{
			Path: "/kubepods.slice/pod1/4f0c", Parent: "/kubepods.slice/pod1", Name: "web", NameStatus: collector.OK, Kind: "container",
			Unit: "kubepods.slice", Slice: "kubepods.slice", Container: "4f0c", Runtime: "containerd", Pod: "1", PodName: "shop/web-0",
			State: "populated", ReadAt: tick.Add(time.Millisecond),
			CPU:    collector.CgroupCPU{Percent: collector.Of(12.5), Limit: collector.Of(1.5)},
			Memory: collector.CgroupMemory{LimitedBy: "/kubepods.slice", Percent: collector.Of(87.5), OOMKillsRate: collector.Of(0)},
		}},
	})
}

func gpus() collector.GPUs {
	return complete(collector.GPUs{Devices: []collector.GPU{{
		Device: "0000:01:00.0", Vendor: "nvidia", Name: "NVIDIA H200", Node: "nvidia0", Driver: "nvidia", DriverVersion: "570.86.15", UUID: "GPU-5ca1ab1e",
		State: "active", PerformanceState: "P0", MIG: "disabled", ThrottleReasons: []string{"power"}, ProcessesStatus: collector.OK,
		Power: collector.Of(421.75), Temperature: collector.Of(64.5), Processes: []collector.GPUProcess{{Kind: "compute"}},
	}}})
}

func clock() collector.Clock {
	return complete(collector.Clock{
		Synchronized: collector.Of(1), Offset: collector.Of(-0.000012345), Frequency: collector.Of(-12.5), StatusNames: []string{"PLL", "NANO"},
		LeapState: "ok", Source: "tsc", Sources: []string{"tsc", "hpet"},
	})
}

func cpu() collector.CPU {
	usage := collector.CPUUsage{
		Busy: collector.Of(100.0 / 3), User: collector.Of(20), Nice: collector.Of(1), System: collector.Of(10), Idle: collector.Of(66.6666),
		IOWait: collector.Of(0.5), IRQ: collector.Of(0), SoftIRQ: collector.Of(0.25), Steal: collector.Of(0.125), Guest: collector.Of(0),
	}
	times := collector.CPUTimes{
		User: 1000.25, Nice: 1.5, System: 500, Idle: 80000.75, IOWait: 20, IRQ: 0, SoftIRQ: 3.01, Steal: collector.Of(0.02), Guest: collector.Of(0), GuestNice: collector.Of(0),
	}
	return collector.CPU{
		Model: "Example CPU @ 2.50GHz", Usage: usage, Times: times, Frequency: collector.Of(2.5e9),
		Cores: []collector.Core{{ID: 0, Usage: usage, Times: times, Frequency: collector.Of(2.5e9)}},
	}
}

func memory() collector.Memory {
	return collector.Memory{
		Total: 8 << 30, Used: 3 << 30, Available: 5 << 30, KernelAvailable: collector.Of(4 << 30), Free: 1 << 30, Buffers: collector.Of(64 << 20), Cached: collector.Of(3 << 30),
		Slab: collector.Of(300 << 20), SlabReclaimable: collector.Of(200 << 20), Dirty: collector.Of(40960), Writeback: collector.Of(4096), Shared: collector.Of(16 << 20), HugePages: collector.Of(2), HugePagesFree: collector.Of(1),
		HugePageSize: collector.Of(2 << 20), ARC: collector.Of(1 << 30), UsedPercent: collector.Of(37.5),
	}
}

func mounts() collector.Mounts {
	return collector.Mounts{
		Mounts: []collector.Mount{{
			Mountpoint: "/srv/data", Device: "/dev/sda1", FSType: "ext4", Options: []string{"rw", "relatime"}, ReadOnly: true, Major: 8, Minor: 1,
			Status: collector.OK, Size: collector.Of(1e12), Used: collector.Of(25e10), Free: collector.Of(75e10), Available: collector.Of(7e11),
			UsedPercent: collector.Of(26.3157), Inodes: collector.Of(61e6), InodesUsed: collector.Of(1e6), InodesFree: collector.Of(6e7),
			InodesUsedPercent: collector.Of(1.639), FullIn: collector.Of(11520),
		}},
		Skipped: []collector.SkippedMount{{Mountpoint: "/proc", FSType: "proc", Reason: "pseudo file system"}},
	}
}

func disk() collector.Disk {
	return collector.Disk{
		Name: "sda1", Label: "Example SSD", Major: 8, Minor: 1, Parent: "sda", Stacked: true, Size: collector.Of(1e12),
		Totals: collector.DiskCounters{
			Reads: 1, ReadsMerged: 2, ReadBytes: 512, ReadSeconds: 0.003, Writes: 4, WritesMerged: 5, WriteBytes: 1024, WriteSeconds: 0.006,
			InFlight: 7, BusySeconds: 0.008, WeightedSeconds: 0.009, Discards: collector.Of(10), DiscardsMerged: collector.Of(11),
			DiscardBytes: collector.Of(1536), DiscardSeconds: collector.Of(0.012), Flushes: collector.Of(13), FlushSeconds: collector.Of(0.014),
		},
		ReadBytes: collector.Of(4096), WriteBytes: collector.Of(8192.5), Reads: collector.Of(1), Writes: collector.Of(2), Utilisation: collector.Of(12.5),
		ReadAwait: collector.Of(0.002), WriteAwait: collector.Of(0.004), Queue: collector.Of(0.75),
	}
}

func network() collector.Interface {
	traffic := collector.Traffic{
		Bytes: collector.Of(1500.5), Packets: collector.Of(10), Errors: collector.Of(0), Drops: collector.Of(0.5),
		BytesTotal: 1 << 40, PacketsTotal: 1 << 30, ErrorsTotal: 1, DropsTotal: 2,
	}
	return collector.Interface{
		Name: "eth0", Kind: "physical", State: "up", StateStatus: collector.OK, Speed: collector.Of(1e9), MTU: collector.Of(1500), Address: "02:00:5e:10:00:01",
		Alias: "uplink", Duplex: "full", Receive: traffic, Transmit: traffic,
	}
}

// firstTick has counters and no rates, on a machine with little in it.
func firstTick() *collector.Snapshot {
	s := &collector.Snapshot{
		Seq: 1, Time: tick, Interval: 250 * time.Millisecond,
		CPU:     read(collector.CPU{Cores: []collector.Core{{}}}),
		Mounts:  read(collector.Mounts{Mounts: []collector.Mount{}, Skipped: []collector.SkippedMount{}}),
		Disks:   read([]collector.Disk{{Name: "vda"}}),
		Network: read([]collector.Interface{}),
		Self:    read(collector.Self{CPU: collector.Missing(collector.NoBaseline), CPUSeconds: 0.25}),
	}
	s.CPU.Err = fmt.Errorf("cpu: %w", collector.ErrNoBaseline)
	s.Disks.Err = fmt.Errorf("disks: %w", collector.ErrNoBaseline)
	s.Self.Err = fmt.Errorf("self: %w", collector.ErrNoBaseline)
	return s
}

// statuses has a section in each state but ok, after a suspend.
func statuses() *collector.Snapshot {
	s := full()
	s.Gap = &collector.Gap{Reason: "suspend", Seconds: 3600.5}
	s.Host = collector.Reading[collector.Host]{Err: &fs.PathError{Op: "open", Path: "/proc/sys/kernel/hostname", Err: fs.ErrPermission}}
	s.CPU.Err = fmt.Errorf("cpu: %w", collector.ErrNoBaseline)
	s.Load.Err, s.Load.At = fmt.Errorf("load: %w for 1m3s", collector.ErrStale), tick.Add(-63*time.Second)
	s.Memory = collector.Reading[collector.Memory]{Err: fmt.Errorf("memory: %w for 2s", collector.ErrStale)}
	s.Swap = collector.Reading[collector.Swap]{Err: fmt.Errorf("swap: %w", collector.ErrUnsupported)}
	s.Mounts = collector.Reading[collector.Mounts]{Err: fmt.Errorf("mounts: %w", fs.ErrInvalid)}
	s.Network = collector.Reading[[]collector.Interface]{}
	return s
}
