package findings_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

var missing = collector.Missing(collector.Denied)

// onlyWith is what is told of a snapshot with that section alone.
func onlyWith(with func(*collector.Snapshot)) []string {
	s := &collector.Snapshot{Time: noon}
	with(s)
	return told(s)
}

func TestKernel(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits collector.KernelLimits
		paging collector.Paging
		want   []string
	}{
		{"room", collector.KernelLimits{OpenFiles: of(79), OpenFilesMax: of(100), Tasks: of(79), ThreadsMax: of(100)}, collector.Paging{OOMKillRate: of(0), OOMKills: of(3)}, nil},
		{"files", collector.KernelLimits{OpenFiles: of(80), OpenFilesMax: of(100)}, collector.Paging{}, []string{"warning kernel open files: 80 % of what the kernel allows"}},
		{"files without an end", collector.KernelLimits{OpenFiles: of(1e6), OpenFilesMax: of(9.2e18)}, collector.Paging{}, nil},
		{"tasks", collector.KernelLimits{Tasks: of(950), ThreadsMax: of(1000), PIDMax: of(4e6)}, collector.Paging{}, []string{"critical kernel tasks: 95 % of what the kernel allows"}},
		{"numbers of processes", collector.KernelLimits{Tasks: of(27000), ThreadsMax: of(1e6), PIDMax: of(32768)}, collector.Paging{}, []string{"warning kernel tasks: 82 % of what the kernel allows"}},
		{"a bound that is not known", collector.KernelLimits{Tasks: of(27000), ThreadsMax: missing, PIDMax: of(32768)}, collector.Paging{}, []string{"warning kernel tasks: 82 % of what the kernel allows"}},
		{"no bound", collector.KernelLimits{Tasks: of(27000), ThreadsMax: missing, PIDMax: missing, OpenFiles: missing, OpenFilesMax: of(1)}, collector.Paging{OOMKillRate: missing}, nil},
		{"a bound of nothing", collector.KernelLimits{OpenFiles: of(1), OpenFilesMax: of(0)}, collector.Paging{}, nil},
		{"a kill", collector.KernelLimits{}, collector.Paging{OOMKillRate: of(0.5)}, []string{"critical kernel memory: ran out: a process was killed for it"}},
	} {
		if got := onlyWith(func(s *collector.Snapshot) { s.Kernel = read(collector.Kernel{Limits: c.limits, Paging: c.paging}) }); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		synchronised collector.Value
		want         []string
	}{
		{of(1), nil}, {missing, nil}, {collector.Missing(collector.Unsupported), nil},
		{of(0), []string{"warning clock clock: not synchronised"}},
	} {
		if got := onlyWith(func(s *collector.Snapshot) { s.Clock = read(collector.Clock{Synchronized: c.synchronised}) }); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %q, want %q", c.synchronised.Status(), got, c.want)
		}
	}
}

func TestNetwork(t *testing.T) {
	link := func(name, kind, state string, received, sent collector.Value) collector.Interface {
		return collector.Interface{Name: name, Kind: kind, State: state, Receive: collector.Traffic{Errors: received}, Transmit: collector.Traffic{Errors: sent}}
	}
	got := onlyWith(func(s *collector.Snapshot) {
		s.Network = read([]collector.Interface{
			link("eth0", collector.KindPhysical, "up", of(0), of(0)),
			link("eth1", collector.KindPhysical, "down", of(0), of(0)),
			link("eth2", collector.KindPhysical, "up", of(2), of(0.5)),
			link("eth3", collector.KindPhysical, "up", of(0.01), missing),
			link("eth4", collector.KindPhysical, "up", missing, missing),
			link("veth5", collector.KindVirtual, "up", of(7), of(7)),
		})
	})
	if want := []string{"warning network eth2: 2.5 errors per second", "warning network eth3: <0.1 errors per second"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSockets(t *testing.T) {
	for _, c := range []struct {
		overflows, tracked collector.Value
		want               []string
	}{
		{of(0), of(79.9), nil}, {missing, missing, nil},
		{of(12), of(80), []string{
			"warning sockets TCP: 12 connections per second dropped: a listening program does not keep up",
			"warning sockets connection tracking: 80 % of what the kernel allows",
		}},
		{of(0), of(99.9), []string{"critical sockets connection tracking: 99 % of what the kernel allows"}},
	} {
		got := onlyWith(func(s *collector.Snapshot) {
			s.Sockets = read(collector.Sockets{TCP: collector.TCPSockets{ListenOverflowRate: c.overflows}, Conntrack: collector.Conntrack{Percent: c.tracked}})
		})
		if !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSensors(t *testing.T) {
	heat := collector.Sensor{Kind: collector.TemperatureSensor, Label: "Package", Unit: "celsius"}
	for _, c := range []struct {
		name string
		with func(*collector.Sensor)
		want string
	}{
		{"cool", func(s *collector.Sensor) { s.Value, s.High, s.Critical = of(40), of(80), of(100) }, ""},
		{"hot", func(s *collector.Sensor) { s.Value, s.High, s.Critical = of(80), of(80), of(100) }, "warning sensors Package: 80 °C, high is 80"},
		{"too hot", func(s *collector.Sensor) { s.Value, s.High, s.Critical = of(101.5), of(80), of(100) }, "critical sensors Package: 101.5 °C, critical is 100"},
		{"cold", func(s *collector.Sensor) { s.Value, s.Low, s.LowCritical = of(1), of(5), of(0) }, "warning sensors Package: 1 °C, low is 5"},
		{"too cold", func(s *collector.Sensor) { s.Value, s.Low, s.LowCritical = of(-1), of(5), of(0) }, "critical sensors Package: -1 °C, lowest allowed is 0"},
		{"at its lower limit", func(s *collector.Sensor) { s.Value, s.Low = of(5), of(5) }, ""},
		{"no limit", func(s *collector.Sensor) { s.Value = of(200) }, ""},
		{"an alarm of a limit", func(s *collector.Sensor) { s.Value, s.Alarm, s.High = of(20), true, of(80) }, "warning sensors Package: 20 °C"},
		{"an alarm without a number", func(s *collector.Sensor) { s.Alarm, s.High = true, of(80) }, "warning sensors Package: alarm"},
		{"an alarm of no limit", func(s *collector.Sensor) { s.Value, s.Alarm = of(20), true }, ""},
		{"no number", func(s *collector.Sensor) { s.Value, s.Critical = missing, of(100) }, ""},
		{"power at its cap", func(s *collector.Sensor) {
			s.Kind, s.Unit, s.Value, s.High = collector.PowerSensor, "watts", of(250), of(250)
		}, ""},
		{"power beyond what is critical", func(s *collector.Sensor) {
			s.Kind, s.Unit, s.Value, s.Critical = collector.PowerSensor, "watts", of(300), of(299)
		}, "critical sensors Package: 300 W, critical is 299"},
	} {
		one := heat
		c.with(&one)
		got := onlyWith(func(s *collector.Snapshot) {
			s.Sensors = read(collector.Sensors{Temperatures: []collector.Sensor{one}})
		})
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEveryKindOfSensor(t *testing.T) {
	slow := []collector.Sensor{{Label: "x", Value: of(1), Low: of(2), Unit: "rpm"}}
	for name, s := range map[string]collector.Sensors{
		"temperatures": {Temperatures: slow}, "fans": {Fans: slow}, "voltages": {Voltages: slow},
		"currents": {Currents: slow}, "powers": {Powers: slow}, "humidities": {Humidities: slow},
	} {
		got := onlyWith(func(snapshot *collector.Snapshot) { snapshot.Sensors = read(s) })
		if want := []string{"warning sensors x: 1 rpm, low is 2"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestBatteries(t *testing.T) {
	for _, c := range []struct {
		state, level string
		charge       collector.Value
		peripheral   bool
		want         string
	}{
		{"Discharging", "", of(21), false, ""},
		{"Discharging", "", of(20), false, "warning sensors BAT0: 20 % left"},
		{"Discharging", "", of(7), false, "critical sensors BAT0: 7 % left"},
		{"Discharging", "", of(3), true, "warning sensors BAT0: 3 % left"},
		{"Charging", "", of(3), false, ""},
		{"Not charging", "", of(3), false, ""},
		{"Discharging", "Low", missing, false, "warning sensors BAT0: nearly empty"},
		{"Discharging", "Critical", missing, false, "critical sensors BAT0: nearly empty"},
		{"Discharging", "Critical", of(50), false, ""},
		{"Discharging", "Normal", missing, false, ""},
		{"", "", missing, false, ""},
	} {
		b := collector.Battery{Name: "BAT0", State: c.state, ChargeLevel: c.level, Charge: c.charge, Peripheral: c.peripheral}
		got := onlyWith(func(s *collector.Snapshot) { s.Sensors = read(collector.Sensors{Batteries: []collector.Battery{b}}) })
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%+v: got %q, want %q", c, got, c.want)
		}
	}
}

func TestRAID(t *testing.T) {
	for _, c := range []struct {
		name  string
		array collector.RAIDArray
		want  string
	}{
		{"whole", collector.RAIDArray{Active: true, Degraded: of(0), State: "clean"}, ""},
		{"degraded", collector.RAIDArray{Active: true, Degraded: of(1), Failed: 1}, "critical raid md0: degraded: 1 of its members missing"},
		{"on its way back", collector.RAIDArray{Active: true, Degraded: of(1), Sync: collector.RAIDSync{Action: "recovery", Percent: of(42.9)}},
			"critical raid md0: degraded: 1 of its members missing, recovery at 43 %"},
		{"a spare took over", collector.RAIDArray{Active: true, Degraded: of(0), Failed: 1}, "warning raid md0: 1 of its members failed"},
		{"inactive", collector.RAIDArray{}, "critical raid md0: not active"},
		{"broken", collector.RAIDArray{Active: true, State: "broken"}, "critical raid md0: broken"},
		{"checked", collector.RAIDArray{Active: true, Degraded: of(0), Sync: collector.RAIDSync{Action: "check", Percent: of(1)}}, ""},
	} {
		c.array.Name = "md0"
		got := onlyWith(func(s *collector.Snapshot) { s.RAID = read(collector.RAID{Arrays: []collector.RAIDArray{c.array}}) })
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestZFS(t *testing.T) {
	pool := func(name, state string, status collector.Status) collector.ZFSPool {
		return collector.ZFSPool{Name: name, State: state, Status: status}
	}
	got := onlyWith(func(s *collector.Snapshot) {
		s.ZFS = read(collector.ZFS{Pools: []collector.ZFSPool{
			pool("fine", "ONLINE", collector.OK), pool("worn", "DEGRADED", collector.OK), pool("held", "SUSPENDED", collector.OK),
			pool("silent", "", collector.Stale), pool("secret", "", collector.Denied),
			{Name: "odd", Status: collector.Failed, Error: "no state: \"\""},
		}})
	})
	want := []string{"critical zfs worn: pool is DEGRADED", "critical zfs held: pool is SUSPENDED", "critical zfs silent: does not answer",
		"critical zfs odd: cannot be read: no state: \"\""}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCgroups(t *testing.T) {
	for _, c := range []struct {
		name  string
		group collector.Cgroup
		want  string
	}{
		{"calm", collector.Cgroup{CPU: collector.CgroupCPU{ThrottledPercent: of(24.9)}}, ""},
		{"throttled", collector.Cgroup{CPU: collector.CgroupCPU{ThrottledPercent: of(80)}}, "warning cgroups web: throttled in 80 % of its periods by its CPU limit"},
		{"without a limit", collector.Cgroup{CPU: collector.CgroupCPU{ThrottledPercent: collector.Missing(collector.Idle)}}, ""},
		{"killed", collector.Cgroup{Memory: collector.CgroupMemory{OOMKillsRate: of(1)}}, "critical cgroups web: ran out of memory: a process of it was killed"},
		{"full of what it needs", collector.Cgroup{Memory: collector.CgroupMemory{LimitedBy: "/web", Limit: of(1000), WorkingSet: of(955), Percent: of(99)}},
			"warning cgroups web: 96 % of its memory limit"},
		{"full of cache", collector.Cgroup{Memory: collector.CgroupMemory{LimitedBy: "/web", Limit: of(1000), WorkingSet: of(300), Percent: of(99)}}, ""},
		{"cache not known", collector.Cgroup{Memory: collector.CgroupMemory{LimitedBy: "/web", Limit: of(1000), WorkingSet: missing, Percent: of(99)}},
			"critical cgroups web: 99 % of its memory limit"},
		{"the limit of another", collector.Cgroup{Memory: collector.CgroupMemory{LimitedBy: "/", Limit: of(1000), WorkingSet: of(999), Percent: of(99)}}, ""},
		{"no limit", collector.Cgroup{Memory: collector.CgroupMemory{Limit: missing, Percent: missing}}, ""},
	} {
		c.group.Name, c.group.Path = "web", "/web"
		got := onlyWith(func(s *collector.Snapshot) {
			s.Cgroups = read(collector.Cgroups{Cgroups: []*collector.Cgroup{&c.group}})
		})
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A kill counts in every group above. It is told of where it happened.
func TestKillsAreToldOnce(t *testing.T) {
	group := func(path, parent string, rate float64) *collector.Cgroup {
		return &collector.Cgroup{Path: path, Parent: parent, Name: path, Memory: collector.CgroupMemory{OOMKillsRate: of(rate)}}
	}
	got := onlyWith(func(s *collector.Snapshot) {
		s.Cgroups = read(collector.Cgroups{Cgroups: []*collector.Cgroup{
			group("/", "", 1), group("/a", "/", 1), group("/a/b", "/a", 1), group("/a/c", "/a", 0), group("/d", "/", 0),
		}})
	})
	if want := []string{"critical cgroups /a/b: ran out of memory: a process of it was killed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGPUs(t *testing.T) {
	for _, c := range []struct {
		name string
		gpu  collector.GPU
		want string
	}{
		{"cool", collector.GPU{State: "active", Temperature: of(60), SlowdownTemperature: of(90), CriticalTemperature: of(95)}, ""},
		{"hot", collector.GPU{State: "active", Temperature: of(90), SlowdownTemperature: of(90), CriticalTemperature: of(95)}, "warning gpus H200: 90 °C, slows down at 90"},
		{"too hot", collector.GPU{State: "active", Temperature: of(95.5), SlowdownTemperature: of(90), CriticalTemperature: of(95)}, "critical gpus H200: 95.5 °C, shuts down at 95"},
		{"no limits", collector.GPU{State: "active", Temperature: of(95), SlowdownTemperature: missing, CriticalTemperature: missing}, ""},
		{"no temperature", collector.GPU{State: "active", Temperature: missing, SlowdownTemperature: of(0)}, ""},
		{"fallen off the bus", collector.GPU{State: "error", Error: "GPU is lost"}, "critical gpus H200: not read: GPU is lost"},
		{"hung", collector.GPU{State: "stale", Error: "no answer for 3s"}, "critical gpus H200: not read: no answer for 3s"},
		{"denied", collector.GPU{State: "denied", Error: "permission denied"}, ""},
		{"asleep", collector.GPU{State: "suspended"}, ""},
	} {
		c.gpu.Name = "H200"
		got := onlyWith(func(s *collector.Snapshot) { s.GPUs = read(collector.GPUs{Devices: []collector.GPU{c.gpu}}) })
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	nameless := collector.GPU{Index: 2, State: "error", Error: "gone"}
	if got := onlyWith(func(s *collector.Snapshot) { s.GPUs = read(collector.GPUs{Devices: []collector.GPU{nameless}}) }); len(got) != 1 || !strings.Contains(got[0], "GPU 2: ") {
		t.Errorf("without a name: %q", got)
	}
}

// Of no section are more told than five, and of the rest how many there are.
func TestEachSectionHasItsShare(t *testing.T) {
	s := &collector.Snapshot{Time: noon}
	for i := range 40 {
		name := fmt.Sprint(i)
		s.Network.Value = append(s.Network.Value, collector.Interface{Name: name, Kind: collector.KindPhysical, Receive: collector.Traffic{Errors: of(1)}})
		s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &collector.Cgroup{Name: name, Path: "/" + name, CPU: collector.CgroupCPU{ThrottledPercent: of(99)}})
		s.Sensors.Value.Fans = append(s.Sensors.Value.Fans, collector.Sensor{Label: name, Value: of(1), Low: of(2)})
		s.GPUs.Value.Devices = append(s.GPUs.Value.Devices, collector.GPU{Name: name, State: "error"})
		s.RAID.Value.Arrays = append(s.RAID.Value.Arrays, collector.RAIDArray{Name: name})
		s.ZFS.Value.Pools = append(s.ZFS.Value.Pools, collector.ZFSPool{Name: name, State: "FAULTED"})
	}
	s.Network.At, s.Cgroups.At, s.Sensors.At, s.GPUs.At, s.RAID.At, s.ZFS.At = noon, noon, noon, noon, noon, noon
	of := make(map[string]int)
	for _, f := range findings.Of(s) {
		of[f.Section]++
	}
	for _, section := range []string{"network", "cgroups", "sensors", "gpus", "raid", "zfs"} {
		if of[section] != 5 {
			t.Errorf("%d findings about %s", of[section], section)
		}
	}
}

// What does not answer is told of, and not judged by what it said before.
func TestNothingIsJudgedByOldNumbers(t *testing.T) {
	stale := fmt.Errorf("x: %w", collector.ErrStale)
	s := &collector.Snapshot{Time: noon}
	s.Network = read([]collector.Interface{{Name: "eth0", Kind: collector.KindPhysical, Receive: collector.Traffic{Errors: of(1)}}})
	s.Kernel = read(collector.Kernel{Paging: collector.Paging{OOMKillRate: of(1)}})
	s.Sockets = read(collector.Sockets{TCP: collector.TCPSockets{ListenOverflowRate: of(1)}})
	s.Sensors = read(collector.Sensors{Fans: []collector.Sensor{{Value: of(1), Low: of(2)}}})
	s.RAID = read(collector.RAID{Arrays: make([]collector.RAIDArray, 1)})
	s.ZFS = read(collector.ZFS{Pools: []collector.ZFSPool{{State: "FAULTED"}}})
	s.Cgroups = read(collector.Cgroups{Cgroups: []*collector.Cgroup{{Path: "/web", Parent: "/", Memory: collector.CgroupMemory{OOMKillsRate: of(1)}}}})
	s.GPUs = read(collector.GPUs{Devices: []collector.GPU{{State: "error"}}})
	s.Clock = read(collector.Clock{Synchronized: of(0)})
	if n := len(findings.Of(s)); n != 9 {
		t.Errorf("%d findings of now, want one a section: %q", n, told(s))
	}
	s.Network.Err, s.Kernel.Err, s.Sockets.Err, s.Sensors.Err, s.RAID.Err = stale, stale, stale, stale, stale
	s.ZFS.Err, s.Cgroups.Err, s.GPUs.Err, s.Clock.Err = stale, stale, stale, errors.New("clock: odd")
	for _, line := range told(s) {
		if !strings.HasPrefix(line, "warning ") || !strings.Contains(line, ": not read: ") {
			t.Errorf("said of numbers of before: %s", line)
		}
	}
}
