package api_test

import (
	"fmt"
	"io/fs"
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
		Memory: read(memory()),
		Swap: read(collector.Swap{
			Total: 2 << 30, Used: 512 << 20, Free: 1536 << 20, Cached: collector.Of(4096), UsedPercent: collector.Of(25),
			In: collector.Of(8192), Out: collector.Of(0), InTotal: collector.Of(1 << 20), OutTotal: collector.Of(2 << 20),
		}),
		Mounts:  read(mounts()),
		Disks:   read([]collector.Disk{disk()}),
		Network: read([]collector.Interface{network()}),
		Self:    read(collector.Self{CPU: collector.Of(0.3), CPUSeconds: 12.34, Resident: 18 << 20, Goroutines: 14}),
	}
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
			InodesUsedPercent: collector.Of(1.639),
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
		Receive: traffic, Transmit: traffic,
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
