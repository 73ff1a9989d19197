package findings_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func of(number float64) collector.Value { return collector.Of(number) }

func read[T any](value T) collector.Reading[T] {
	return collector.Reading[T]{Value: value, At: noon}
}

// told writes findings as "severity section subject: text".
func told(s *collector.Snapshot) []string {
	var lines []string
	for _, f := range findings.Of(s) {
		lines = append(lines, fmt.Sprintf("%v %s %s: %s", f.Severity, f.Section, f.Subject, f.Text))
	}
	return lines
}

func mount(path string, used float64) collector.Mount {
	return collector.Mount{Mountpoint: path, Status: collector.OK, UsedPercent: of(used), InodesUsedPercent: of(1)}
}

// missed is the memory that a source told so many ticks ago.
func missed(s *collector.Snapshot, ticks time.Duration) collector.Reading[collector.Memory] {
	s.Time, s.Interval = time.Unix(1e9, 0), time.Second
	r := read(collector.Memory{UsedPercent: of(50)})
	r.At, r.Err = s.Time.Add(-ticks*s.Interval), fmt.Errorf("memory: %w for %s", collector.ErrStale, ticks*time.Second)
	return r
}

func TestMachine(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*collector.Snapshot)
		want []string
	}{
		{"nothing", func(*collector.Snapshot) {}, nil},
		{"memory", func(s *collector.Snapshot) { s.Memory = read(collector.Memory{UsedPercent: of(92)}) }, []string{"warning memory memory: 92 % used"}},
		{"memory, nearly out", func(s *collector.Snapshot) { s.Memory = read(collector.Memory{UsedPercent: of(99.4)}) }, []string{"critical memory memory: 99 % used"}},
		{"memory, enough", func(s *collector.Snapshot) { s.Memory = read(collector.Memory{UsedPercent: of(91.9)}) }, nil},
		{"memory of before", func(s *collector.Snapshot) {
			s.Memory = read(collector.Memory{UsedPercent: of(99)})
			s.Memory.Err = fmt.Errorf("memory: %w for 3s", collector.ErrStale)
		}, []string{"warning memory memory: not read: no answer for 3s"}},
		{"memory of two ticks before", func(s *collector.Snapshot) { s.Memory = missed(s, 2) }, nil},
		{"memory of three ticks before", func(s *collector.Snapshot) { s.Memory = missed(s, 3) }, []string{"warning memory memory: not read: no answer for 3s"}},
		{"memory denied", func(s *collector.Snapshot) {
			s.Memory = collector.Reading[collector.Memory]{Err: fmt.Errorf("memory: /proc/meminfo: %w", fs.ErrPermission)}
		}, []string{"warning memory memory: not read: /proc/meminfo: permission denied"}},
		{"no memory to read", func(s *collector.Snapshot) {
			s.Memory = collector.Reading[collector.Memory]{Err: collector.ErrUnsupported}
		}, nil},
		{"steal", func(s *collector.Snapshot) {
			s.CPU = read(collector.CPU{Usage: collector.CPUUsage{Steal: of(31)}})
		}, []string{"critical cpu CPU: 31 % stolen by the hypervisor"}},
		{"a missing number", func(s *collector.Snapshot) {
			s.CPU = read(collector.CPU{Usage: collector.CPUUsage{Steal: collector.Missing(collector.Denied)}})
		}, nil},
		{"pressure", func(s *collector.Snapshot) {
			var p collector.Pressure
			p.CPU.Some.Avg10, p.Memory.Some.Avg10, p.IO.Some.Avg10 = of(39), of(41), of(40)
			s.Pressure = read(p)
		}, []string{"critical pressure memory: tasks waited for it 41 % of 10 s", "warning pressure I/O: tasks waited for it 40 % of 10 s"}},
		{"a broken source", func(s *collector.Snapshot) {
			s.Disks = collector.Reading[[]collector.Disk]{Err: errors.New("disks: cut short")}
		},
			[]string{"warning disks disks: not read: cut short"}},
	} {
		s := &collector.Snapshot{Time: noon}
		c.with(s)
		if got := told(s); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMounts(t *testing.T) {
	dead := collector.Mount{Mountpoint: "/mnt", Status: collector.Stale}
	cd := mount("/media/cd", 100)
	cd.ReadOnly = true
	inodes := mount("/var", 10)
	inodes.InodesUsedPercent = of(98)
	broken := collector.Mount{Mountpoint: "/data", Status: collector.Failed, Error: "statfs: input/output error", ReadOnly: true}
	secret := collector.Mount{Mountpoint: "/home/alice", Status: collector.Denied, Error: "statfs: permission denied"}
	s := &collector.Snapshot{Time: noon, Mounts: read(collector.Mounts{Mounts: []collector.Mount{mount("/", 89), mount("/home", 90), dead, broken, secret, cd, inodes}})}
	want := []string{"critical mounts /mnt: does not answer", "critical mounts /data: cannot be read: statfs: input/output error", "critical mounts /var: 98 % of the inodes in use", "warning mounts /home: 90 % full"}
	if got := told(s); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Where nothing was looked at, nothing is known to be enough.
func TestUnknown(t *testing.T) {
	first := fmt.Errorf("cpu: %w", collector.ErrNoBaseline)
	s := &collector.Snapshot{Time: noon}
	for _, c := range []struct {
		name string
		with func()
		want []string
	}{
		{"nothing read", func() {}, []string{"cpu", "memory", "mounts"}},
		{"the first reading has no rates, and is one", func() { s.CPU = read(collector.CPU{}); s.CPU.Err = first }, []string{"memory", "mounts"}},
		{"memory", func() { s.Memory = read(collector.Memory{}) }, []string{"mounts"}},
		{"all", func() { s.Mounts = read(collector.Mounts{}) }, nil},
		{"of before", func() { s.Memory.Err = collector.ErrStale }, []string{"memory"}},
		{"denied", func() { s.Memory.Err = fs.ErrPermission }, []string{"memory"}},
	} {
		c.with()
		if got := findings.Unknown(s); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// One section cannot keep the others from being heard.
func TestManyOfOneSection(t *testing.T) {
	var mounts []collector.Mount
	for i := range 300 {
		mounts = append(mounts, mount(fmt.Sprintf("/data/%d", i), 91))
	}
	mounts = append(mounts, mount("/last", 99))
	got := told(&collector.Snapshot{Time: noon, Mounts: read(collector.Mounts{Mounts: mounts}), Memory: read(collector.Memory{UsedPercent: of(93)})})
	if len(got) != 6 || got[0] != "critical mounts /last: 99 % full" || !slices.Contains(got, "warning memory memory: 93 % used") ||
		!strings.HasSuffix(got[len(got)-1], "297 more like these") {
		t.Errorf("got %q", got)
	}
}
