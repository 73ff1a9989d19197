package api_test

import (
	"encoding/json"
	"maps"
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
