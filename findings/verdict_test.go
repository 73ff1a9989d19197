package findings_test

import (
	"slices"
	"testing"
	"unicode"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// calm is a snapshot of a machine that is all right.
func calm() *collector.Snapshot {
	var p collector.Pressure
	p.CPU.Some.Avg10, p.Memory.Some.Avg10, p.IO.Some.Avg10 = of(0), of(0), of(0)
	return &collector.Snapshot{
		Time:     noon,
		CPU:      read(collector.CPU{Usage: collector.CPUUsage{Busy: of(12.7)}, Cores: make([]collector.Core, 2)}),
		Memory:   read(collector.Memory{Total: 16 << 30, UsedPercent: of(38)}),
		Mounts:   read(collector.Mounts{}),
		Pressure: read(p),
	}
}

func withProcesses(s *collector.Snapshot) {
	s.Processes = read(collector.ProcessesOf(
		&collector.Process{PID: 7, Name: "cc1", CPU: of(190), Resident: 1 << 30, Cgroup: "/build.scope"},
		&collector.Process{PID: 4, Name: "walwriter", CPU: of(1), Resident: 1 << 30, Cgroup: "/system.slice/pg.service", ReadBytes: missing, WriteBytes: of(1 << 20)},
		&collector.Process{PID: 3, Name: "postgres", CPU: of(5), Resident: 7 << 30, Cgroup: "/system.slice/pg.service/a", Unit: "pg.service", ReadBytes: of(30 << 20), WriteBytes: of(15 << 20)},
	))
}

func withGroups(s *collector.Snapshot) {
	group := func(path, name, kind string, pressure, memory, cpu float64) *collector.Cgroup {
		return &collector.Cgroup{
			Path: path, Name: name, Kind: kind, CPU: collector.CgroupCPU{Percent: of(cpu)}, Memory: collector.CgroupMemory{WorkingSet: of(memory)},
			Pressure: collector.CgroupPressure{Memory: of(pressure), IO: of(pressure)},
		}
	}
	s.Cgroups = read(collector.Cgroups{Cgroups: []*collector.Cgroup{
		group("/", "/", "root", 30, 12<<30, 199), group("/system.slice", "system.slice", "slice", 30, 9<<30, 9),
		group("/system.slice/pg.service", "pg.service", "service", 20, 8<<30, 6),
		group("/build.scope", "build.scope", "scope", 2, 1<<30, 190),
	}})
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*collector.Snapshot)
		want string
	}{
		{"calm", func(*collector.Snapshot) {}, "well: All is well: CPU 13 %, memory 38 % used, nothing waits"},
		{"some waiting", func(s *collector.Snapshot) { s.Pressure.Value.CPU.Some.Avg10 = of(14) },
			"well: All is well: CPU 13 %, memory 38 % used, tasks wait 14 % of the time for CPU"},
		{"a trace of waiting", func(s *collector.Snapshot) { s.Pressure.Value.CPU.Some.Avg10 = of(0.4) },
			"well: All is well: CPU 13 %, memory 38 % used, hardly anything waits"},
		{"no pressure to read", func(s *collector.Snapshot) { s.Pressure = collector.Reading[collector.Pressure]{} },
			"well: All is well: CPU 13 %, memory 38 % used"},
		{"part of the pressure", func(s *collector.Snapshot) { s.Pressure.Value.IO.Some.Avg10 = missing },
			"well: All is well: CPU 13 %, memory 38 % used"},
		{"no memory to read", func(s *collector.Snapshot) { s.Memory = collector.Reading[collector.Memory]{} },
			"unknown: Not known whether all is well: memory not read, CPU 13 %, nothing waits"},
		{"numbers of before", func(s *collector.Snapshot) { s.Memory.Err = collector.ErrStale; s.Memory.Value.UsedPercent = of(99) },
			"warning: Memory not read: no answer"},
		{"numbers of before, of what has no word for a name", func(s *collector.Snapshot) { s.CPU.Err = collector.ErrStale },
			"warning: CPU not read: no answer"},
		{"memory", func(s *collector.Snapshot) {
			s.Memory.Value.UsedPercent, s.Pressure.Value.Memory.Some.Avg10 = of(93), of(12)
			withProcesses(s)
		}, "warning: Memory is short: 93 % used, tasks wait 12 % of the time, postgres (pg.service) holds 44 %"},
		{"the group under pressure", func(s *collector.Snapshot) {
			s.Pressure.Value.Memory.Some.Avg10 = of(22)
			withProcesses(s)
			withGroups(s)
		}, "warning: Memory is short: 38 % used, tasks wait 22 % of the time, postgres (pg.service) holds 44 %"},
		{"of many processes", func(s *collector.Snapshot) {
			s.Pressure.Value.Memory.Some.Avg10 = of(22)
			withGroups(s)
			s.Processes = read(collector.ProcessesOf(&collector.Process{PID: 3, Name: "worker", Resident: 1 << 30, Cgroup: "/system.slice/pg.service"}))
		}, "warning: Memory is short: 38 % used, tasks wait 22 % of the time, pg.service holds 50 %, of it worker 6 %"},
		{"no memory held that is known", func(s *collector.Snapshot) {
			s.Pressure.Value.Memory.Some.Avg10 = of(22)
			withGroups(s)
			s.Cgroups.Value.Cgroups[2].Memory.WorkingSet = missing
		}, "warning: Memory is short: 38 % used, tasks wait 22 % of the time, pg.service waits most"},
		{"a process was killed", func(s *collector.Snapshot) {
			s.Kernel = read(collector.Kernel{Paging: collector.Paging{OOMKillRate: of(1)}})
			s.Memory.Value.UsedPercent = of(99)
		}, "critical: Memory ran out: a process was killed for it, 99 % used"},
		{"the processors", func(s *collector.Snapshot) {
			s.Pressure.Value.CPU.Some.Avg10, s.CPU.Value.Usage.Busy = of(78), of(100)
			withProcesses(s)
			withGroups(s)
		}, "warning: CPU is short: 100 % busy, tasks wait 78 % of the time, cc1 (build.scope) uses 1.9 of 2 cores"},
		{"the processors, without pressure", func(s *collector.Snapshot) {
			s.Pressure = collector.Reading[collector.Pressure]{}
			s.CPU.Value.Usage.Busy, s.Load = of(97), read(collector.Load{One: 4.2})
			withProcesses(s)
		}, "warning: CPU is short: 97 % busy, cc1 uses 1.9 of 2 cores"},
		{"busy, and no queue", func(s *collector.Snapshot) {
			s.Pressure = collector.Reading[collector.Pressure]{}
			s.CPU.Value.Usage.Busy, s.Load = of(97), read(collector.Load{One: 3.9})
		}, "well: All is well: CPU 97 %, memory 38 % used"},
		{"the disks", func(s *collector.Snapshot) {
			s.Pressure.Value.IO.Some.Avg10 = of(81)
			s.Disks = read([]collector.Disk{{Name: "sda", Utilisation: of(98.6)}, {Name: "sda1", Parent: "sda", Utilisation: of(99)}, {Name: "sdb", Utilisation: missing}})
			withProcesses(s)
			withGroups(s)
		}, "critical: I/O is short: sda 99 % busy, tasks wait 81 % of the time, postgres (pg.service) moves 45 MiB/s"},
		{"memory before what follows from it", func(s *collector.Snapshot) {
			s.Pressure.Value.CPU.Some.Avg10, s.Pressure.Value.Memory.Some.Avg10 = of(50), of(11)
		}, "warning: Memory is short: 38 % used, tasks wait 11 % of the time"},
		{"the worst first", func(s *collector.Snapshot) {
			s.Pressure.Value.Memory.Some.Avg10 = of(11)
			s.Mounts = read(collector.Mounts{Mounts: []collector.Mount{mount("/srv", 98)}})
		}, "critical: /srv nearly full: 98 % full"},
		{"an array", func(s *collector.Snapshot) {
			s.RAID = read(collector.RAID{Arrays: []collector.RAIDArray{{Name: "md0", Active: true, Degraded: of(1)}}})
		}, "critical: md0 degraded: 1 of its members missing"},
		{"a disk before the clock", func(s *collector.Snapshot) {
			s.Clock = read(collector.Clock{Synchronized: of(0)})
			s.Mounts = read(collector.Mounts{Mounts: []collector.Mount{mount("/srv", 91)}})
		}, "warning: /srv nearly full: 91 % full"},
		{"the clock", func(s *collector.Snapshot) { s.Clock = read(collector.Clock{Synchronized: of(0)}) }, "warning: Clock not synchronised: CPU 13 %, memory 38 % used, nothing waits"},
	} {
		s := calm()
		c.with(s)
		v := findings.Judge(s)
		if got := v.State() + ": " + v.Text(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if again := findings.Judge(s); again.Text() != v.Text() {
			t.Errorf("%s: %q, and then %q", c.name, v.Text(), again.Text())
		}
	}
}

// What the verdict tells is not told twice, and nothing else is lost.
func TestVerdictAndOthers(t *testing.T) {
	s := calm()
	s.Memory.Value.UsedPercent, s.Pressure.Value.Memory.Some.Avg10 = of(93), of(12)
	s.Mounts = read(collector.Mounts{Mounts: []collector.Mount{mount("/srv", 91)}})
	s.Clock = read(collector.Clock{Synchronized: of(0)})
	var others []string
	for _, f := range findings.Judge(s).Others {
		others = append(others, f.Subject)
	}
	if want := []string{"/srv", "clock"}; !slices.Equal(others, want) {
		t.Errorf("others are %q, want %q", others, want)
	}
}

func TestSourcesThatWereNotRead(t *testing.T) {
	s := calm()
	s.Mounts = read(collector.Mounts{Mounts: []collector.Mount{mount("/srv", 98)}})
	s.Clock = read(collector.Clock{Synchronized: of(0)})
	s.Kernel.Err = collector.ErrStale
	others := func() (told []string) {
		for _, f := range findings.Judge(s).Others {
			told = append(told, f.Section+": "+f.Subject+" "+f.Text)
		}
		return told
	}
	if got, want := others(), []string{"kernel: kernel not read: no answer", "clock: clock not synchronised"}; !slices.Equal(got, want) {
		t.Errorf("of one: %q, want %q", got, want)
	}
	s.Disks.Err, s.Swap.Err = collector.ErrStale, collector.ErrStale
	if got, want := others(), []string{"swap: 3 sources not read: swap, disks, kernel", "clock: clock not synchronised"}; !slices.Equal(got, want) {
		t.Errorf("of three: %q, want %q", got, want)
	}
}

// The kind of a verdict is announced when it changes, so numbers that change by
// themselves are not of it.
func TestVerdictKindHasNoNumbers(t *testing.T) {
	hot := collector.Sensor{Kind: collector.TemperatureSensor, Label: "Package", Unit: "celsius", Value: of(101.5), Critical: of(100)}
	for name, with := range map[string]func(*collector.Snapshot){
		"heat": func(s *collector.Snapshot) {
			s.Sensors = read(collector.Sensors{Temperatures: []collector.Sensor{hot}})
		},
		"battery": func(s *collector.Snapshot) {
			s.Sensors = read(collector.Sensors{Batteries: []collector.Battery{{Name: "BAT", State: "Discharging", Charge: of(5)}}})
		},
		"steal": func(s *collector.Snapshot) { s.CPU.Value.Usage.Steal = of(31) },
		"sockets": func(s *collector.Snapshot) {
			s.Sockets = read(collector.Sockets{TCP: collector.TCPSockets{ListenOverflowRate: of(2)}})
		},
		"conntrack": func(s *collector.Snapshot) {
			s.Sockets = read(collector.Sockets{Conntrack: collector.Conntrack{Percent: of(99)}})
		},
		"files": func(s *collector.Snapshot) {
			s.Kernel = read(collector.Kernel{Limits: collector.KernelLimits{OpenFiles: of(99), OpenFilesMax: of(100)}})
		},
		"inodes": func(s *collector.Snapshot) {
			m := mount("/srv", 10)
			m.InodesUsedPercent = of(98)
			s.Mounts.Value.Mounts = []collector.Mount{m}
		},
		"member": func(s *collector.Snapshot) {
			s.RAID = read(collector.RAID{Arrays: []collector.RAIDArray{{Name: "md", Active: true, Degraded: of(0), Failed: 1}}})
		},
	} {
		s := calm()
		with(s)
		v := findings.Judge(s)
		for _, r := range v.Short {
			if unicode.IsDigit(r) {
				t.Errorf("%s: %q", name, v.Short)
				break
			}
		}
		if v.Severity == 0 || v.Detail == "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
