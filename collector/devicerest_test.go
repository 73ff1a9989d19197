package collector

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/nvml"
)

// aCard makes the graphics processor of sensors-desktop one that the kernel may
// suspend after three seconds.
const aCard = `sys/class/drm/card1/device -> ../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0
sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/uevent = DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:01:00.0
sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/gpu_busy_percent = 40
sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/power/control = auto
sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/power/autosuspend_delay_ms = 3000
`

// TestSensorsRestWithTheirGPU: nobody asks a GPU while it is to fall asleep.
func TestSensorsRestWithTheirGPU(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		addToTree(t, dir, aCard)
		rests := new(deviceRests)
		sense := newSensors(rests)
		watch := newGPUs(nvml.NewClient(nvml.Config{Program: func() ([]byte, error) { return nil, errors.New("no helper here") }}), rests)
		device := filepath.Join(dir, "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0")
		tick := func() (GPU, Sensor) {
			gpu := readGPUs(t, watch, ctx)[0]
			power := find(t, mustSense(t, ctx, sense).Powers, "amdgpu", "power1")
			time.Sleep(time.Second)
			return gpu, power
		}
		for range 20 {
			gpu, power := tick()
			if gpu.State != "active" || power.Status != OK {
				t.Fatalf("busy: %s, and its sensors %v", gpu.State, power.Status)
			}
		}
		writeFile(t, filepath.Join(device, "gpu_busy_percent"), "0\n")
		rested := 0
		for range 20 {
			gpu, power := tick()
			if gpu.State != "resting" {
				continue
			}
			rested++
			wantMissing(t, "power of one that rests", power.Value, Stale)
			wantNumber(t, "its power before", power.Last, 31)
			if power.Error == "" {
				t.Error("nothing says why")
			}
		}
		if rested != 4 {
			t.Errorf("it rested for %d s", rested)
		}
		if gpu, power := tick(); gpu.State != "active" || power.Status != OK {
			t.Errorf("after its rest: %s, and its sensors %v", gpu.State, power.Status)
		}
	})
}

func TestNewSensorsAndGPUs(t *testing.T) {
	ctx, dir := layTree(t, "sensors-desktop")
	addToTree(t, dir, aCard)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	sense, watch := NewSensorsAndGPUs()
	find(t, mustSense(t, ctx, sense).Powers, "amdgpu", "power1")
	if gpus := readGPUs(t, watch, ctx); len(gpus) != 1 || gpus[0].Device != "0000:01:00.0" {
		t.Errorf("got %+v", gpus)
	}
}

func TestDeviceRests(t *testing.T) {
	var r deviceRests
	now := time.Now()
	r.set("a", now.Add(time.Second))
	for device, want := range map[string]bool{"a": true, "b": false} {
		if r.isOn(device, now) != want {
			t.Errorf("%s rests: %v", device, !want)
		}
	}
	if r.isOn("a", now.Add(time.Second)) {
		t.Error("it rests after its time")
	}
	r.set("a", time.Time{})
	if r.isOn("a", now) || len(r.until) != 0 {
		t.Errorf("after its end: %v", r.until)
	}
}
