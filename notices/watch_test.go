package notices_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/notices"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func of(number float64) collector.Value { return collector.Of(number) }

// machine makes snapshots, one a second, of a machine that tests change.
type machine struct {
	seq   uint64
	now   time.Time
	watch notices.Watch
	told  []notices.Notice
}

func newMachine() *machine { return &machine{now: noon, watch: notices.Watch{Run: "run"}} }

func read[T any](m *machine, value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: m.now}
}

// tick takes a snapshot and returns what is told of it.
func (m *machine) tick(set func(*collector.Snapshot)) []notices.Notice {
	m.seq++
	m.now = m.now.Add(time.Second)
	s := &collector.Snapshot{Seq: m.seq, Time: m.now, Interval: time.Second}
	s.Host = read(m, collector.Host{Name: "atlas", Uptime: 86400})
	if set != nil {
		set(s)
	}
	found := m.watch.Next(s)
	m.told = append(m.told, found...)
	return found
}

// lines writes what was told as "second kind severity section subject: text".
func (m *machine) lines() []string {
	var lines []string
	for _, n := range m.told {
		lines = append(lines, fmt.Sprintf("%.0f %s %s %s %s: %s", n.Time.Sub(noon).Seconds(), n.Kind, n.Severity, n.Section, n.Subject, n.Text))
	}
	return lines
}

func (m *machine) want(t *testing.T, want ...string) {
	t.Helper()
	if got := m.lines(); !slices.Equal(got, want) {
		t.Errorf("told was\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// ways are how each kind is when it is not so, and when it is.
var ways = []struct {
	kind     string
	fine     func(*machine, *collector.Snapshot)
	bad      func(*machine, *collector.Snapshot)
	begin    int // seconds that it must last
	end      int
	one, two string // what is told of it
}{
	{"link_down", link(1), link(0), 0, 10, "warning network eth0: link is down", "; over after"},
	{"space", mount(50, 1), mount(91.5, 1), 2, 10, "warning mounts /srv: 91 % full", "; over after"},
	{"inodes", mount(50, 1), mount(50, 98), 2, 10, "critical mounts /srv: 98 % of the inodes in use", "; over after"},
	{"mount_silent", mount(50, 1), silent, 2, 10, "critical mounts /srv: does not answer", "; over after"},
	{"pressure", stall(5), stall(45), 10, 30, "critical pressure memory: tasks waited for it 45 % of 10 s", "; over after"},
	{"sensor", heat(60), heat(96), 5, 60, "critical sensors Core 0: 96 °C, critical is 95", "; over after"},
	{"battery", charge(60), charge(12), 5, 10, "warning sensors BAT0: 12 % left", "; over after"},
	{"gpu", gpu(60), gpu(91), 5, 60, "warning gpus H200: 91 °C, slows down at 90", "; over after"},
	{"array", array(0), array(1), 2, 10, "critical raid md0: degraded: 1 of its members missing", "; over after"},
	{"pool", pool("ONLINE"), pool("DEGRADED"), 2, 10, "critical zfs tank: pool is DEGRADED", "; over after"},
	{"source", load(nil), load(errors.New("load: cut short")), 2, 10, "warning load load: not read: cut short", "; over after"},
}

func link(carrier float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.Network = read(m, []collector.Interface{{Name: "eth0", Kind: collector.KindPhysical, Carrier: of(carrier)}, {Name: "veth1", Kind: collector.KindVirtual, Carrier: of(0)}})
	}
}

func mount(used, inodes float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.Mounts = read(m, collector.Mounts{Mounts: []collector.Mount{
			{Mountpoint: "/srv", Status: collector.OK, UsedPercent: of(used), InodesUsedPercent: of(inodes)},
			{Mountpoint: "/media/cd", Status: collector.OK, UsedPercent: of(100), ReadOnly: true},
		}})
	}
}

func silent(m *machine, s *collector.Snapshot) {
	s.Mounts = read(m, collector.Mounts{Mounts: []collector.Mount{{Mountpoint: "/srv", Status: collector.Stale}}})
}

func stall(share float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		var p collector.Pressure
		p.Memory.Some.Avg10 = of(share)
		s.Pressure = read(m, p)
	}
}

func heat(celsius float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.Sensors = read(m, collector.Sensors{Temperatures: []collector.Sensor{{Label: "Core 0", Unit: "celsius", Value: of(celsius), Critical: of(95)}}})
	}
}

func charge(percent float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.Sensors = read(m, collector.Sensors{Batteries: []collector.Battery{{Name: "BAT0", State: "Discharging", Charge: of(percent)}}})
	}
}

func gpu(celsius float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.GPUs = read(m, collector.GPUs{Devices: []collector.GPU{{Name: "H200", State: "active", Temperature: of(celsius), SlowdownTemperature: of(90)}}})
	}
}

func array(degraded float64) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.RAID = read(m, collector.RAID{Arrays: []collector.RAIDArray{{Name: "md0", Active: true, Degraded: of(degraded)}}})
	}
}

func pool(state string) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.ZFS = read(m, collector.ZFS{Pools: []collector.ZFSPool{{Name: "tank", State: state, Status: collector.OK}}})
	}
}

func load(err error) func(*machine, *collector.Snapshot) {
	return func(m *machine, s *collector.Snapshot) {
		s.Load = read(m, collector.Load{})
		s.Load.Err = err
	}
}

// Each thing is told when it has lasted, and once more when it is over.
func TestBeginsAndEnds(t *testing.T) {
	for _, way := range ways {
		t.Run(way.kind, func(t *testing.T) {
			m := newMachine()
			for i := range 300 {
				m.tick(func(s *collector.Snapshot) {
					if i < 3 || i >= 103 {
						way.fine(m, s)
					} else {
						way.bad(m, s)
					}
				})
			}
			began, over := 4+way.begin, 104+way.end
			m.want(t, fmt.Sprintf("%d %s %s", began, way.kind, way.one), fmt.Sprintf("%d %s %s%s 100 s", over, way.kind, way.one, way.two))
			if len(m.told) == 2 && (m.told[1].Follows != m.told[0].ID || !m.told[1].Ended || m.told[0].Ended || !m.told[1].Began.Equal(noon.Add(4*time.Second))) {
				t.Errorf("told was %+v", m.told)
			}
		})
	}
}

// What was so when it was seen first is a finding. Only its end is told.
func TestNothingIsToldOfWhatWasSo(t *testing.T) {
	for _, way := range ways {
		t.Run(way.kind, func(t *testing.T) {
			m := newMachine()
			for range 100 {
				m.tick(func(s *collector.Snapshot) { way.bad(m, s) })
			}
			m.want(t)
			for range 100 {
				m.tick(func(s *collector.Snapshot) { way.fine(m, s) })
			}
			if len(m.told) != 1 || !m.told[0].Ended || !m.told[0].Began.IsZero() || !strings.HasSuffix(m.told[0].Text, "; over") {
				t.Errorf("told was %q", m.lines())
			}
		})
	}
}

// A moment is no matter, neither of trouble nor of its absence.
func TestMomentsAreNotTold(t *testing.T) {
	for _, way := range ways {
		t.Run(way.kind, func(t *testing.T) {
			m := newMachine()
			for i := range 600 {
				m.tick(func(s *collector.Snapshot) {
					if i%2 == 0 {
						way.fine(m, s)
					} else {
						way.bad(m, s)
					}
				})
			}
			if want := min(1, 1-min(1, way.begin)); len(m.told) != want {
				t.Errorf("of what changes each second, told was %q", m.lines())
			}
		})
	}
}

// What is a little below its bound is not over.
func TestHysteresis(t *testing.T) {
	m := newMachine()
	for _, used := range []float64{85, 91, 89, 88.5, 91, 88.1} {
		for range 60 {
			m.tick(func(s *collector.Snapshot) { mount(used, 1)(m, s) })
		}
	}
	m.want(t, "63 space warning mounts /srv: 91 % full")
	for range 60 {
		m.tick(func(s *collector.Snapshot) { mount(87.9, 1)(m, s) })
	}
	m.want(t, "63 space warning mounts /srv: 91 % full", "371 space warning mounts /srv: 91 % full; over after 5 min")
}

func TestWarningBecomesCritical(t *testing.T) {
	m := newMachine()
	for _, used := range []float64{50, 91, 97.5, 91, 98, 50} {
		for range 20 {
			m.tick(func(s *collector.Snapshot) { mount(used, 1)(m, s) })
		}
	}
	m.want(t, "23 space warning mounts /srv: 91 % full", "43 space critical mounts /srv: 97 % full", "111 space critical mounts /srv: 97 % full; over after 80 s")
	if m.told[1].Follows != m.told[0].ID || m.told[2].Follows != m.told[1].ID {
		t.Errorf("they do not follow on each other: %+v", m.told)
	}
}

func TestGone(t *testing.T) {
	m := newMachine()
	for i := range 60 {
		m.tick(func(s *collector.Snapshot) {
			s.Mounts = read(m, collector.Mounts{})
			if i < 40 {
				mount(map[bool]float64{true: 99}[i > 10], 1)(m, s)
			}
		})
	}
	m.want(t, "14 space critical mounts /srv: 99 % full", "51 space critical mounts /srv: 99 % full; gone after 29 s")
}

// A source that does not answer says nothing about what it is the source of.
func TestSilenceIsNoEnd(t *testing.T) {
	m := newMachine()
	for i := range 100 {
		m.tick(func(s *collector.Snapshot) {
			mount(map[bool]float64{true: 99}[i > 10], 1)(m, s)
			if i > 20 {
				s.Mounts.Err = fmt.Errorf("mounts: %w for 3s", collector.ErrStale)
			}
		})
	}
	m.want(t, "14 space critical mounts /srv: 99 % full", "24 source warning mounts mounts: not read: no answer for 3s")
}

func TestHappenings(t *testing.T) {
	gap := func(reason string, seconds float64) func(*collector.Snapshot) {
		return func(s *collector.Snapshot) { s.Gap = &collector.Gap{Reason: reason, Seconds: seconds} }
	}
	for _, c := range []struct {
		set  func(*collector.Snapshot)
		want string
	}{
		{gap("suspend", 28800), "2 suspend info host atlas: slept for 8 h"},
		{gap("clock_step", 3600), "2 clock_step warning clock clock: was set forward by 60 min"},
		{gap("clock_step", -2.5), "2 clock_step warning clock clock: was set back by 2 s"},
		{gap("late", 12), "2 gap warning self tacho: read nothing for 12 s: it was stopped, or got no processor"},
	} {
		m := newMachine()
		m.tick(nil)
		m.tick(c.set)
		m.tick(nil)
		m.want(t, c.want)
	}
}

func TestReboot(t *testing.T) {
	m := newMachine()
	up := func(s *collector.Snapshot) { s.Host.Value.Uptime, s.Host.Value.Kernel = 130, "6.1.0" }
	m.tick(func(s *collector.Snapshot) { s.Host = collector.Reading[collector.Host]{} })
	m.tick(up)
	m.tick(up)
	m.want(t, "2 reboot warning host atlas: started 2 min ago, kernel 6.1.0")
}

// memory is a tick of a machine with so many kills, in a group if it has a path,
// and these processes.
func memory(m *machine, kills float64, path string, list ...*collector.Process) func(*collector.Snapshot) {
	return func(s *collector.Snapshot) {
		s.Kernel = read(m, collector.Kernel{Paging: collector.Paging{OOMKills: of(kills)}})
		s.Memory = read(m, collector.Memory{Total: 8 << 30})
		s.Processes = read(m, collector.ProcessesOf(list...))
		if path != "" {
			groups := []*collector.Cgroup{}
			for _, above := range []string{"/", "/system.slice", path} {
				groups = append(groups, &collector.Cgroup{Path: above, Name: strings.TrimPrefix(above, "/system.slice/"), Memory: collector.CgroupMemory{OOMKills: of(kills)}})
			}
			s.Cgroups = read(m, collector.Cgroups{Cgroups: groups})
		}
	}
}

func TestKills(t *testing.T) {
	process := func(pid int, name string, resident uint64, unit string) *collector.Process {
		return &collector.Process{PID: pid, Start: 1, Name: name, Resident: resident, Unit: unit, Cgroup: "/system.slice/" + unit, State: "S"}
	}
	mysqld, hog, cron := process(812, "mysqld", 3<<30, "mysql.service"), process(99, "hog", 4<<30, "hog.service"), process(7, "cron", 2<<20, "cron.service")
	dying := process(99, "hog", 1<<20, "hog.service")
	for _, c := range []struct {
		name        string
		kills       float64
		path        string
		then, later []*collector.Process
		want        []string
	}{
		{"none", 4, "", []*collector.Process{cron}, nil, nil},
		{"the largest that has ended", 5, "", []*collector.Process{mysqld, hog, cron}, []*collector.Process{mysqld},
			[]string{"2 oom_kill critical kernel memory: ran out: a process was killed, probably hog of hog.service (PID 99, 4.0 GiB)"}},
		{"one that takes its time", 6, "", []*collector.Process{mysqld, cron, dying}, []*collector.Process{mysqld, cron, dying},
			[]string{"2 oom_kill critical kernel memory: ran out: 2 processes were killed, probably hog of hog.service (PID 99, 4.0 GiB)"}},
		{"nothing large has ended", 5, "", []*collector.Process{mysqld, hog}, []*collector.Process{mysqld, hog},
			[]string{"2 oom_kill critical kernel memory: ran out: a process was killed"}},
		{"in a group", 5, "/system.slice/mysql.service", []*collector.Process{cron}, []*collector.Process{cron},
			[]string{"2 oom_kill critical cgroups mysql.service: ran out of memory: a process was killed, probably mysqld (PID 812, 3.0 GiB)"}},
	} {
		m := newMachine()
		m.tick(memory(m, 4, c.path, mysqld, hog, cron))
		m.tick(memory(m, c.kills, c.path, c.then...))
		m.tick(memory(m, c.kills, c.path, c.later...))
		m.tick(memory(m, c.kills, c.path, c.later...))
		if got := m.lines(); !slices.Equal(got, c.want) {
			t.Errorf("%s: told was %q, want %q", c.name, got, c.want)
		}
	}
}

// A machine that kills all the time is told of in a few words.
func TestManyKills(t *testing.T) {
	m := newMachine()
	for i := range 300 {
		m.tick(memory(m, float64(i), ""))
	}
	if n := len(m.told); n < 5 || n > 10 {
		t.Errorf("of 300 kills in 5 minutes, %d notices: %q", n, m.lines())
	}
	if last := m.told[len(m.told)-1]; !strings.HasSuffix(last.Text, "more like these") {
		t.Errorf("the last is %+v", last)
	}
}

// However a machine of two thousand mounts behaves, it is told of in a few words,
// and what ends has begun.
func TestNoiseIsBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	m := newMachine()
	const seconds = 600
	for range seconds {
		m.tick(func(s *collector.Snapshot) {
			mounts := make([]collector.Mount, 2000)
			for i := range mounts {
				mounts[i] = collector.Mount{Mountpoint: fmt.Sprint("/", i), Status: collector.OK, UsedPercent: of(float64(40 + 60*((int(m.seq)+i*7)/20%2)))}
				if random.IntN(50) == 0 {
					mounts[i].UsedPercent = of(100 * random.Float64())
				}
			}
			s.Mounts = read(m, collector.Mounts{Mounts: mounts})
			if random.IntN(3) == 0 {
				s.Gap = &collector.Gap{Reason: "late", Seconds: 3}
			}
		})
	}
	ids := map[notices.ID]bool{}
	for _, n := range m.told {
		if ids[n.ID] {
			t.Errorf("two of id %v", n.ID)
		}
		ids[n.ID] = true
		if n.Ended && !n.Began.IsZero() && !ids[n.Follows] {
			t.Errorf("an end without a begin: %+v", n)
		}
	}
	if most := 2 * (2*5 + 2*seconds/60); len(m.told) > most {
		t.Errorf("%d notices in %d s, want at most %d", len(m.told), seconds, most)
	}
}

func TestIDs(t *testing.T) {
	n := notices.Notice{ID: notices.ID{Run: "9f1c04ae", Seq: 812, Index: 1}}
	for id, after := range map[string]bool{
		"9f1c04ae-812.0": true, "9f1c04ae-812.1": false, "9f1c04ae-812.2": false, "9f1c04ae-812": false, "9f1c04ae-811": true, "9f1c04ae-811.9": true,
		"9f1c04ae-813.0": false, "00000000-900": true,
	} {
		parsed, err := notices.ParseID(id)
		if err != nil || n.After(parsed) != after {
			t.Errorf("after %s: %v, want %v (%v)", id, n.After(parsed), after, err)
		}
	}
	for _, id := range []string{"", "812", "-812", "run-", "run--1", "run-1.", "run-1.-2", "run-1.x", strings.Repeat("9", 100) + "-x"} {
		if got, err := notices.ParseID(id); err == nil {
			t.Errorf("%q is read as %v", id, got)
		}
	}
	if parsed, err := notices.ParseID(n.ID.String()); err != nil || parsed != n.ID {
		t.Errorf("%v is read as %v, %v", n.ID, parsed, err)
	}
}

func TestKeep(t *testing.T) {
	var kept []notices.Notice
	for i := range 300 {
		kept = notices.Keep(kept, []notices.Notice{{ID: notices.ID{Seq: uint64(i)}}})
	}
	if len(kept) != 200 || kept[0].ID.Seq != 100 || kept[199].ID.Seq != 299 {
		t.Errorf("%d kept, from %v to %v", len(kept), kept[0].ID, kept[len(kept)-1].ID)
	}
}
