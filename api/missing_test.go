package api_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"testing"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
)

// missingOf is what a channel says of the numbers that it lacks.
func missingOf(t *testing.T, s *collector.Snapshot, channel string) map[string]string {
	t.Helper()
	var got map[string]struct{ Missing map[string]string }
	object := append([]byte(`{"x":{}`), api.Segment(s, index(t, channel))...)
	if err := json.Unmarshal(append(object, '}'), &got); err != nil {
		t.Fatal(err)
	}
	return got[channel].Missing
}

func TestMissingNumbersSayWhy(t *testing.T) {
	core := func(id int, frequency, busy collector.Value) collector.Core {
		c := cpu().Cores[0]
		c.ID, c.Frequency, c.Usage.Busy = id, frequency, busy
		return c
	}
	absent, early := collector.Missing(collector.Unsupported), collector.Missing(collector.NoBaseline)
	reading := cpu()
	reading.Usage.Steal = collector.Missing(collector.Denied)
	reading.Cores = []collector.Core{
		core(0, absent, collector.Of(1)),
		core(1, absent, early),
		core(2, absent, collector.Of(0)),
	}
	got := missingOf(t, &collector.Snapshot{Time: tick, CPU: read(reading)}, "cpu")
	want := map[string]string{
		"usage.steal_percent":         "denied",
		"cores[].frequency_hertz":     "unsupported",
		"cores[1].usage.busy_percent": "no_baseline",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMissingInSomeElements(t *testing.T) {
	reading := cpu()
	reading.Cores = make([]collector.Core, 10)
	for i := range reading.Cores {
		reading.Cores[i] = cpu().Cores[0]
		if i == 1 || 4 <= i && i <= 7 || i == 9 {
			reading.Cores[i].Frequency = collector.Missing(collector.Denied)
		}
	}
	got := missingOf(t, &collector.Snapshot{Time: tick, CPU: read(reading)}, "cpu")
	if want := map[string]string{"cores[1,4-7,9].frequency_hertz": "denied"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMissingForDifferentReasons(t *testing.T) {
	disks := []collector.Disk{disk(), disk()}
	disks[0].Size, disks[1].Size = collector.Missing(collector.Denied), collector.Missing(collector.Failed)
	got := missingOf(t, &collector.Snapshot{Time: tick, Disks: read(disks)}, "disks")
	if want := map[string]string{"[0].size_bytes": "denied", "[1].size_bytes": "error"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Within a list of lists the inner elements are told together.
func TestMissingInListsOfLists(t *testing.T) {
	one := gpus().Devices[0]
	none := collector.GPUProcess{PID: 7, Memory: collector.Missing(collector.Denied)}
	one.Processes = []collector.GPUProcess{{PID: 1, Memory: collector.Of(1)}, none, none}
	got := missingOf(t, &collector.Snapshot{Time: tick, GPUs: read(collector.GPUs{Devices: []collector.GPU{gpus().Devices[0], one}})}, "gpus")
	if want := map[string]string{"devices[1].processes[1-2].memory_bytes": "denied"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What is behind a pointer counts, and what is not there has nothing to say.
func TestMissingBehindPointers(t *testing.T) {
	process := *processes().Top[0]
	process.Swap = collector.Missing(collector.NoBaseline)
	reading := processes()
	reading.Top = append(reading.Top, &process)
	got := missingOf(t, &collector.Snapshot{Time: tick, Processes: read(reading)}, "processes")
	if want := map[string]string{"top[1].swap_bytes": "no_baseline"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	reading.Top = nil
	if got := missingOf(t, &collector.Snapshot{Time: tick, Processes: read(reading)}, "processes"); got != nil {
		t.Errorf("without processes: %v", got)
	}
}

// The path of a missing number is the one that /api/v1/fields has, but for the
// numbers of elements.
func TestMissingNumbersAreFields(t *testing.T) {
	elements := regexp.MustCompile(`\[[0-9,-]+\]`)
	s := &collector.Snapshot{
		Time: tick, CPU: read(collector.CPU{Cores: make([]collector.Core, 2)}), Memory: read(collector.Memory{}), Kernel: read(collector.Kernel{}),
		Disks: read(make([]collector.Disk, 2)), Network: read(make([]collector.Interface, 1)), Sockets: read(collector.Sockets{}),
		Processes: read(collector.Processes{Top: []*collector.Process{{}}}), Pressure: read(collector.Pressure{}), Clock: read(collector.Clock{}),
		Sensors: read(collector.Sensors{Temperatures: make([]collector.Sensor, 3), Batteries: make([]collector.Battery, 1)}),
		Cgroups: read(collector.Cgroups{Top: []*collector.Cgroup{{}}}), GPUs: read(collector.GPUs{Devices: make([]collector.GPU, 1)}),
		RAID: read(collector.RAID{Arrays: make([]collector.RAIDArray, 1)}), ZFS: read(collector.ZFS{Pools: make([]collector.ZFSPool, 1)}),
	}
	for _, channel := range []string{"cpu", "memory", "kernel", "disks", "network", "sockets", "processes", "pressure", "clock", "sensors", "cgroups", "gpus", "raid", "zfs"} {
		missing := missingOf(t, s, channel)
		if len(missing) == 0 {
			t.Errorf("%s: nothing is missing of nothing", channel)
		}
		for path, why := range missing {
			if _, known := collector.OriginOf(channel, elements.ReplaceAllString(path, "[]")); !known {
				t.Errorf("%s: %s (%s) is no field", channel, path, why)
			}
		}
	}
}
