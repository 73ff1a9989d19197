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
		Self:    reading(collector.Self{CPU: of(0.3), Resident: 17 * mib, Goroutines: 14}),
	}
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
			{Mountpoint: "/data", Device: "tank/data", FSType: "zfs", Status: collector.OK, Size: of(gib), Used: of(gib / 2), Available: of(gib / 2), UsedPercent: of(50)},
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
	return s
}
