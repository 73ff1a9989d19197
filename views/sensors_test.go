package views

import (
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

// TestSensorsNameTheirOwnSource wants each kind of sensor to name a path that the
// snapshot has, and no two the same.
func TestSensorsNameTheirOwnSource(t *testing.T) {
	one := []collector.Sensor{{Chip: "chip", Label: "label"}}
	groups := sensorGroups(collector.Sensors{Temperatures: one, Fans: one, Voltages: one, Currents: one, Powers: one, Humidities: one})
	if len(groups) != 6 {
		t.Fatalf("%d groups", len(groups))
	}
	seen := map[string]bool{}
	for _, g := range groups {
		o, known := originsByKey()[originKey{"sensors", g.path}]
		if !known || seen[g.path] {
			t.Errorf("%s: no source of its own at %s", g.name, g.path)
		}
		if want := "chip · label\n" + join(o.Formula, o.Source); sensorTitle(one[0], g) != want {
			t.Errorf("%s: title is %q, not %q", g.name, sensorTitle(one[0], g), want)
		}
		seen[g.path] = true
	}
}

func TestGPUProcessNames(t *testing.T) {
	var s collector.Snapshot
	if names := gpuProcessNames(&s); names != nil {
		t.Errorf("without a GPU there are names: %v", names)
	}
	s.Processes.Value = collector.ProcessesOf(&collector.Process{PID: 7, Name: "train\x1b"}, &collector.Process{PID: 8, Name: "init"})
	s.GPUs.Value.Devices = []collector.GPU{{Processes: []collector.GPUProcess{{PID: 7}, {PID: 9}}}, {Processes: []collector.GPUProcess{{PID: 7}}}}
	names := gpuProcessNames(&s)
	if len(names) != 2 {
		t.Errorf("names are %v", names)
	}
	for pid, want := range map[uint32]string{7: clean("train\x1b") + " 7", 9: "pid 9"} {
		if got := gpuProcessName(collector.GPUProcess{PID: pid}, names); got != want {
			t.Errorf("%d is %q, not %q", pid, got, want)
		}
	}
}
