package collector

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/nvml"
	"github.com/tacho-monitor/tacho/nvml/nvmltest"
	"github.com/tacho-monitor/tacho/nvml/wire"
)

// addNVIDIA has NVIDIA's driver in a fixture have these GPUs. Their directories
// have names that a module may not have in it.
func addNVIDIA(t *testing.T, dir string, addresses ...string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, "sys/module/nvidia/version"), "550.54.14\n")
	writeFile(t, filepath.Join(dir, "sys/bus/pci/drivers/nvidia/bind"), "")
	for _, pci := range addresses {
		device := filepath.Join(dir, "sys/bus/pci/drivers/nvidia", pci)
		writeFile(t, filepath.Join(device, "uevent"), "DRIVER=nvidia\nPCI_CLASS=30200\nPCI_ID=10DE:2335\nPCI_SLOT_NAME="+pci+"\n")
		writeFile(t, filepath.Join(device, "power/runtime_status"), "active\n")
		writeFile(t, filepath.Join(device, "power/control"), "on\n")
	}
}

func nvidiaClient(t testing.TB, library string) *nvml.Client {
	t.Helper()
	if _, err := nvmltest.Program(); err != nil {
		t.Fatal(err)
	}
	c := nvml.NewClient(nvml.Config{Program: nvmltest.Program, Library: library, Pause: -1})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// nvidiaOf reads the GPUs of NVIDIA's driver alone, without a fence.
func nvidiaOf(t *testing.T, c *nvml.Client, addresses ...string) *nvidiaGPUs {
	t.Helper()
	dir := t.TempDir()
	addNVIDIA(t, dir, addresses...)
	found, err := findNVIDIA(rootedAt(t.Context(), dir))
	if err != nil || len(found) != len(addresses) {
		t.Fatalf("%d GPUs (%v)", len(found), err)
	}
	return &nvidiaGPUs{client: c, devices: found}
}

func TestNVIDIA(t *testing.T) {
	n := nvidiaOf(t, nvidiaClient(t, nvmltest.Library(t)), nvmltest.H200, nvmltest.GeForce, nvmltest.Lost, nvmltest.Unknown)
	gpus, err := n.read()
	if err != nil {
		t.Fatal(err)
	}
	g := gpus[0]
	if g.Device != nvmltest.H200 || g.Vendor != "nvidia" || g.Name != "NVIDIA H200" || g.Node != "nvidia0" || g.Driver != "nvidia" ||
		g.DriverVersion != "550.54.15" || g.UUID != "GPU-6f3c1f0e-5a0b-4f6a-9a54-0123456789ab" || g.State != "active" || g.PerformanceState != "P0" || g.MIG != "disabled" {
		t.Errorf("got %+v", g)
	}
	for name, test := range map[string]struct {
		got  Value
		want float64
	}{
		"usage":              {g.Usage, 97},
		"memory controller":  {g.MemoryController, 41},
		"encoder":            {g.Encoder, 12},
		"decoder":            {g.Decoder, 34},
		"memory used":        {g.MemoryUsed, 141733920768},
		"memory total":       {g.MemoryTotal, 150754820096},
		"power":              {g.Power, 612.345},
		"power limit":        {g.PowerLimit, 700},
		"energy":             {g.Energy, 8123456789012.345},
		"temperature":        {g.Temperature, 61},
		"memory temperature": {g.MemoryTemperature, 73},
		"slowdown":           {g.SlowdownTemperature, 87},
		"critical":           {g.CriticalTemperature, 92},
		"clock":              {g.GraphicsClock, 1830e6},
		"clock max":          {g.GraphicsClockMax, 1980e6},
		"memory clock":       {g.MemoryClock, 3201e6},
		"memory clock max":   {g.MemoryClockMax, 3202e6},
	} {
		wantNumber(t, name, test.got, test.want)
	}
	wantMissing(t, "fan", g.FanPercent, Unsupported)
	wantMissing(t, "PCIe received", g.PCIeReceived, NoBaseline)
	wantMissing(t, "PCIe sent", g.PCIeSent, Unsupported)
	if want := []string{"sw_power_cap", "sw_thermal_slowdown", "other"}; !reflect.DeepEqual(g.ThrottleReasons, want) {
		t.Errorf("throttled by %q", g.ThrottleReasons)
	}
	if len(g.Processes) != 2 || g.ProcessesStatus != OK || g.Processes[0] != (GPUProcess{PID: 4711, Kind: "compute", Memory: Of(70866960384)}) {
		t.Errorf("processes are %+v (%v)", g.Processes, g.ProcessesStatus)
	}
	old := gpus[1]
	wantMissing(t, "usage", old.Usage, Unsupported)
	wantMissing(t, "power limit", old.PowerLimit, Denied)
	wantNumber(t, "memory used percent", old.MemoryUsedPercent, 25)
	wantNumber(t, "fan", old.FanPercent, 100)
	if old.PerformanceState != "" || old.ThrottleReasons != nil || len(old.Processes) != nvmltest.GeForceProcesses || old.Processes[0] != (GPUProcess{PID: 1000, Kind: "both", Memory: Of(1 << 20)}) {
		t.Errorf("got %+v", old)
	}
	for _, lost := range gpus[2:] {
		wantMissing(t, "usage of "+lost.Device, lost.Usage, Failed)
		if lost.State != "error" || lost.Error == "" || lost.DriverVersion == "" || lost.Name == "" {
			t.Errorf("got %+v", lost)
		}
	}
	gpus, _ = n.read()
	wantNumber(t, "PCIe received", gpus[0].PCIeReceived, 0)
}

// TestHangingNVIDIA: neither the tick nor a GPU of another driver waits for it.
func TestHangingNVIDIA(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	addNVIDIA(t, dir, nvmltest.Hanging)
	collect := newGPUs(nvidiaClient(t, nvmltest.Library(t)), new(deviceRests))
	gpus := readGPUs(t, collect, soon(t, ctx))
	if g := gpus[0]; g.Device != nvmltest.Hanging || g.State != "stale" || g.Name != "NVIDIA 10de:2335" || g.DriverVersion != "550.54.14" {
		t.Errorf("got %+v", g)
	}
	wantMissing(t, "usage", gpus[0].Usage, Stale)
	wantNumber(t, "the other's usage", gpus[1].Usage, 37)
	if len(gpus) != 3 || gpus[2].Index != 2 {
		t.Errorf("%d GPUs, the last is number %d", len(gpus), gpus[len(gpus)-1].Index)
	}
}

func TestNVMLThatDoesNotWork(t *testing.T) {
	for macro, want := range map[string]struct {
		Status
		text string
	}{
		"INIT_RETURNS=18":  {Failed, "restart the machine"},
		"INIT_RETURNS=4":   {Denied, "tacho-nvidia.conf"},
		"INIT_RETURNS=999": {Failed, "NVML error 999"},
	} {
		gpus, err := nvidiaOf(t, nvidiaClient(t, nvmltest.Library(t, macro)), nvmltest.H200).read()
		if err != nil {
			t.Fatal(err)
		}
		wantMissing(t, macro+": usage", gpus[0].Usage, want.Status)
		if !strings.Contains(gpus[0].Error, want.text) || gpus[0].ProcessesStatus != want.Status {
			t.Errorf("%s: %+v", macro, gpus[0])
		}
	}
}

// TestSuspendedNVIDIAHasNoHelper: none is started for it, and one that runs ends.
func TestSuspendedNVIDIAHasNoHelper(t *testing.T) {
	starts := 0
	client := nvml.NewClient(nvml.Config{Library: nvmltest.Library(t), Pause: -1, Program: func() ([]byte, error) {
		starts++
		return nvmltest.Program()
	}})
	defer client.Close()
	n := nvidiaOf(t, client, nvmltest.H200)
	for i, step := range []struct {
		status, state string
		starts        int
	}{{"suspended", "suspended", 0}, {"active", "active", 1}, {"suspended", "suspended", 1}, {"active", "active", 2}} {
		writeFile(t, filepath.Join(n.devices[0].dir, "power/runtime_status"), step.status+"\n")
		gpus, err := n.read()
		if err != nil || gpus[0].State != step.state || gpus[0].Error != "" || starts != step.starts {
			t.Errorf("step %d: %d starts, %+v (%v)", i, starts, gpus, err)
		}
		if step.status == "suspended" {
			wantMissing(t, "usage", gpus[0].Usage, Idle)
		}
		if i > 0 && gpus[0].Name != "NVIDIA H200" {
			t.Errorf("step %d: name is %q", i, gpus[0].Name)
		}
	}
}

// TestNVIDIAsCardIsListedOnce: its driver has a card in /sys/class/drm as well.
func TestNVIDIAsCardIsListedOnce(t *testing.T) {
	dir := t.TempDir()
	addNVIDIA(t, dir, nvmltest.H200)
	writeFile(t, filepath.Join(dir, "sys/bus/pci/drivers/nvidia", nvmltest.H200, "power/runtime_status"), "suspended\n")
	writeFile(t, filepath.Join(dir, "sys/class/drm/card0/device/uevent"), "DRIVER=nvidia\nPCI_ID=10DE:2335\nPCI_SLOT_NAME="+nvmltest.H200+"\n")
	if gpus := readGPUs(t, newSysfsGPUs(), rootedAt(t.Context(), dir)); len(gpus) != 1 || gpus[0].State != "suspended" {
		t.Errorf("got %+v", gpus)
	}
}

func TestNVMLNumbers(t *testing.T) {
	for name, test := range map[string]struct{ got, want Value }{
		"a percentage":           {nvmlPercent(wire.Number{N: 100}), Of(100)},
		"no percentage":          {nvmlPercent(wire.Number{N: 101}), Missing(Failed)},
		"below zero":             {nvmlTemperature(wire.Number{N: 0xfffffffb}), Of(-5)},
		"no temperature":         {nvmlTemperature(wire.Number{N: 1 << 40}), Missing(Failed)},
		"not supported":          {nvmlValue(wire.Number{N: 1, Return: wire.NotSupported}, 1), Missing(Unsupported)},
		"an unknown field":       {nvmlValue(wire.Number{Return: 2}, 1), Missing(Unsupported)},
		"an unknown function":    {nvmlValue(wire.Number{Return: wire.FunctionNotFound}, 1), Missing(Unsupported)},
		"denied":                 {nvmlFan(wire.Number{Return: wire.NoPermission}), Missing(Denied)},
		"lost":                   {nvmlTemperature(wire.Number{Return: wire.GPUIsLost}), Missing(Failed)},
		"an error not yet known": {nvmlPercent(wire.Number{Return: 12345}), Missing(Failed)},
	} {
		if test.got != test.want {
			t.Errorf("%s is %v, want %v", name, test.got, test.want)
		}
	}
}

func TestThrottleReasons(t *testing.T) {
	for bits, want := range map[uint64]string{0: "[]", 1: "[]", 0x41: "[hw_thermal_slowdown]", 1 << 20: "[other]"} {
		if got := throttleReasons(bits); got == nil || fmt.Sprint(got) != want {
			t.Errorf("%#x is %v", bits, got)
		}
	}
}

func TestGPUProcesses(t *testing.T) {
	memory := func(n uint64) wire.Number { return wire.Number{N: n} }
	unknown := wire.Number{Return: wire.NotSupported}
	got := gpuProcesses([]wire.Process{
		{PID: 9, Memory: memory(10)}, {PID: 9, Memory: memory(5)}, // two MIG instances
		{PID: 3, Graphics: true, Memory: memory(7)},
		{PID: 5, Memory: unknown}, {PID: 5, Graphics: true, Memory: memory(4)},
		{PID: 6, Memory: memory(8)}, {PID: 6, Graphics: true, Memory: memory(2)},
		{PID: 7, Memory: memory(8)}, {PID: 7, Memory: unknown},
	})
	want := []GPUProcess{
		{3, "graphics", Of(7)}, {5, "both", Of(4)}, {6, "both", Of(8)}, {7, "compute", Missing(Unsupported)}, {9, "compute", Of(15)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}
