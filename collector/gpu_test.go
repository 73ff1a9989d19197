package collector

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/nvml"
)

// newSysfsGPUs is a collector that never starts a helper.
func newSysfsGPUs() Collector[GPUs] {
	return newGPUs(nvml.NewClient(nvml.Config{Program: func() ([]byte, error) { return nil, errors.New("no helper here") }}), new(deviceRests))
}

// readGPUs waits for every card, unless ctx has a deadline.
func readGPUs(t *testing.T, collect Collector[GPUs], ctx context.Context) []GPU {
	t.Helper()
	if _, ok := ctx.Deadline(); !ok {
		patient, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		ctx = patient
	}
	gpus, err := collect(ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	return gpus.Devices
}

func TestAMD(t *testing.T) {
	ctx, _ := fixture(t, "gpu-amd")
	gpus := readGPUs(t, newSysfsGPUs(), ctx)
	if len(gpus) != 2 {
		t.Fatalf("%d GPUs", len(gpus))
	}
	g := gpus[0]
	if g.Index != 0 || g.Device != "0000:0a:00.0" || g.Vendor != "amd" || g.Name != "AMD 1002:73bf" || g.Node != "card1" ||
		g.Driver != "amdgpu" || g.DriverVersion != "6.3.6" || g.State != "active" || g.Error != "" {
		t.Errorf("got %+v", g)
	}
	for name, want := range map[string]struct {
		got  Value
		want float64
	}{
		"usage":               {g.Usage, 37},
		"memory controller":   {g.MemoryController, 12},
		"memory used":         {g.MemoryUsed, 4290772992},
		"memory total":        {g.MemoryTotal, 17163091968},
		"memory used percent": {g.MemoryUsedPercent, 25},
		"shared":              {g.SharedUsed, 134217728},
		"power":               {g.Power, 213},
		"power limit":         {g.PowerLimit, 272},
		"temperature":         {g.Temperature, 58},
		"hotspot":             {g.HotspotTemperature, 74},
		"memory temperature":  {g.MemoryTemperature, 66},
		"critical":            {g.CriticalTemperature, 100},
		"fan":                 {g.FanPercent, 40},
		"fan speed":           {g.FanSpeed, 1234},
		"clock":               {g.GraphicsClock, 1985e6},
		"clock max":           {g.GraphicsClockMax, 2575e6},
		"memory clock":        {g.MemoryClock, 1e9},
		"memory clock max":    {g.MemoryClockMax, 1e9},
	} {
		if name == "memory used percent" {
			used, _ := want.got.Get()
			if used < 24.99 || used > 25.01 {
				t.Errorf("%s is %v", name, used)
			}
			continue
		}
		wantNumber(t, name, want.got, want.want)
	}
	for name, v := range map[string]Value{"encoder": g.Encoder, "energy": g.Energy, "PCIe": g.PCIeSent, "slowdown": g.SlowdownTemperature} {
		wantMissing(t, name, v, Unsupported)
	}
	if g.ProcessesStatus != Unsupported || g.Processes != nil || g.ThrottleReasons != nil {
		t.Errorf("processes %v (%v), throttled by %v", g.Processes, g.ProcessesStatus, g.ThrottleReasons)
	}
	apu := gpus[1]
	wantNumber(t, "APU's power", apu.Power, 11)
	wantNumber(t, "APU's usage", apu.Usage, 0)
	wantMissing(t, "APU's fan", apu.FanPercent, Unsupported)
	wantMissing(t, "APU's memory controller", apu.MemoryController, Unsupported)
}

func TestAMDProductName(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	writeFile(t, filepath.Join(dir, "sys/class/drm/card1/device/product_name"), "AMD Instinct MI210\n")
	if g := readGPUs(t, newSysfsGPUs(), ctx)[0]; g.Name != "AMD Instinct MI210" {
		t.Errorf("name is %q", g.Name)
	}
}

func TestGPUFilesThatSayNothing(t *testing.T) {
	for text, want := range map[string]Status{"": Failed, "\n": Failed, "37": OK, "101\n": Failed, "-1\n": Failed, "n/a\n": Failed, "1e1\n": Failed} {
		ctx, dir := fixture(t, "gpu-amd")
		writeFile(t, filepath.Join(dir, "sys/class/drm/card1/device/gpu_busy_percent"), text)
		g := readGPUs(t, newSysfsGPUs(), ctx)[0]
		if g.Usage.Status() != want || g.Power.Status() != OK {
			t.Errorf("%q is %v, and power %v", text, g.Usage.Status(), g.Power.Status())
		}
	}
}

func TestGPUFileThatMayNotBeRead(t *testing.T) {
	ctx, dir := fixture(t, "gpu-i915")
	energy := filepath.Join(dir, "sys/class/drm/card0/device/hwmon/hwmon1/energy1_input")
	writeFile(t, energy, "1\n")
	deny(t, energy)
	card := cardsOf(t, ctx)[0]
	gpus, err := card.read()
	if err != nil {
		t.Fatal(err)
	}
	wantMissing(t, "energy", gpus[0].Energy, Denied)
	wantMissing(t, "power", gpus[0].Power, Denied)
}

// cardsOf is for tests whose rights are those of one thread: the collector reads
// cards on others.
func cardsOf(t *testing.T, ctx context.Context) []*gpuCard {
	t.Helper()
	cards, err := findCards(ctx, new(deviceRests))
	if err != nil || len(cards) == 0 {
		t.Fatalf("%d cards (%v)", len(cards), err)
	}
	return cards
}

func TestDriversErrors(t *testing.T) {
	for want, errs := range map[Status][]error{
		Unsupported: {
			&os.PathError{Op: "read", Err: unix.EOPNOTSUPP}, &os.PathError{Op: "read", Err: unix.EINVAL}, &os.PathError{Op: "open", Err: unix.ENOENT},
		},
		Denied: {&os.PathError{Op: "open", Err: unix.EACCES}},
		Failed: {&os.PathError{Op: "read", Err: unix.EPERM}, &os.PathError{Op: "read", Err: unix.EBUSY}, &os.PathError{Op: "read", Err: unix.EIO}},
	} {
		for _, err := range errs {
			if got := gpuStatus(err); got != want {
				t.Errorf("%v is %v, want %v", err, got, want)
			}
		}
	}
}

func TestIntegratedIntel(t *testing.T) {
	ctx, dir := fixture(t, "gpu-i915")
	collect := newSysfsGPUs()
	patient, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	gpus, err := collect(patient)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "gpu: ") {
		t.Fatal(err)
	}
	g := gpus.Devices[0]
	if g.Name != "Intel 8086:9a49" || g.Vendor != "intel" || g.Device != "0000:00:02.0" || g.Node != "card0" {
		t.Errorf("got %+v", g)
	}
	wantNumber(t, "clock", g.GraphicsClock, 450e6)
	wantNumber(t, "clock max", g.GraphicsClockMax, 1350e6)
	wantMissing(t, "usage", g.Usage, NoBaseline)
	wantMissing(t, "memory", g.MemoryUsed, Unsupported)
	wantMissing(t, "power", g.Power, Unsupported)

	// The counter stands still while the GPU is awake.
	wantNumber(t, "usage of one that was never idle", readGPUs(t, collect, ctx)[0].Usage, 100)
	counter := filepath.Join(dir, "sys/class/drm/card0/gt/gt0/rc6_residency_ms")
	rewrite(t, counter, "100000", "900000")
	wantNumber(t, "usage of one that was always idle", readGPUs(t, collect, ctx)[0].Usage, 0)
	rewrite(t, counter, "900000", "5")
	wantMissing(t, "usage after a reset", readGPUs(t, collect, ctx)[0].Usage, NoBaseline)
}

func TestAwakeShare(t *testing.T) {
	at := time.Now()
	for name, test := range map[string]struct {
		before, current Value
		want            Value
	}{
		"half":           {Of(1000), Of(1500), Of(50)},
		"not used":       {Of(0), Of(0), Missing(Unsupported)},
		"no baseline":    {Value{}, Of(1500), Missing(NoBaseline)},
		"unread":         {Of(1000), Missing(Failed), Missing(Failed)},
		"more than time": {Of(1000), Of(2001), Of(0)},
	} {
		got := awakeShare(gpuCounters{at: at, idle: test.before}, gpuCounters{at: at.Add(time.Second), idle: test.current})
		if got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestDiscreteIntel(t *testing.T) {
	ctx, dir := fixture(t, "gpu-xe")
	collect := newSysfsGPUs()
	g := readGPUs(t, collect, ctx)[0]
	wantNumber(t, "clock", g.GraphicsClock, 2850e6)
	wantNumber(t, "clock max", g.GraphicsClockMax, 2900e6)
	wantNumber(t, "temperature", g.Temperature, 51)
	wantNumber(t, "memory temperature", g.MemoryTemperature, 54)
	wantNumber(t, "energy", g.Energy, 9)
	wantNumber(t, "power limit", g.PowerLimit, 190)
	wantNumber(t, "fan speed", g.FanSpeed, 1101)
	wantMissing(t, "power", g.Power, NoBaseline)
	g = readGPUs(t, collect, ctx)[0]
	wantNumber(t, "power without energy", g.Power, 0)
	wantNumber(t, "usage", g.Usage, 100)
	rewrite(t, filepath.Join(dir, "sys/class/drm/card0/device/hwmon/hwmon2/energy1_input"), "9000000", "10000000")
	if watts, ok := readGPUs(t, collect, ctx)[0].Power.Get(); !ok || watts <= 0 {
		t.Errorf("power is %v", watts)
	}
}

// TestSuspendedGPUIsNotTouched: its files are such that to open one would block.
func TestSuspendedGPUIsNotTouched(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	device := filepath.Join(dir, "sys/class/drm/card1/device")
	collect := newSysfsGPUs()
	readGPUs(t, collect, ctx)
	rewrite(t, filepath.Join(device, "power/runtime_status"), "active", "suspended")
	block(t, filepath.Join(device, "gpu_busy_percent"))
	g := readGPUs(t, collect, ctx)[0]
	if g.State != "suspended" || g.Error != "" || g.ProcessesStatus != Unsupported {
		t.Errorf("got %+v", g)
	}
	wantMissing(t, "usage", g.Usage, Idle)
	wantMissing(t, "power", g.Power, Idle)
	wantNumber(t, "memory total", g.MemoryTotal, 17163091968)

	g = readGPUs(t, newSysfsGPUs(), ctx)[0]
	wantMissing(t, "memory total of one that was never awake", g.MemoryTotal, Idle)
	wantMissing(t, "its usage", g.Usage, Idle)
}

// block puts a pipe in place of a file, whose opening waits until the test ends.
func block(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK, 0); err == nil {
			unix.Close(fd)
		}
	})
}

// soon is for readings that something in them hangs: each waits for most of it.
func soon(t *testing.T, ctx context.Context) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestStuckDriverHoldsUpNoOther(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	collect := newSysfsGPUs()
	readGPUs(t, collect, ctx)
	block(t, filepath.Join(dir, "sys/class/drm/card1/device/gpu_busy_percent"))
	for range 2 {
		gpus := readGPUs(t, collect, soon(t, ctx))
		if g := gpus[0]; g.State != "stale" || !strings.HasPrefix(g.Error, "no answer for ") || g.Name != "AMD 1002:73bf" {
			t.Errorf("got %+v", g)
		}
		wantMissing(t, "usage", gpus[0].Usage, Stale)
		wantMissing(t, "memory total", gpus[0].MemoryTotal, Stale)
		wantNumber(t, "the other's usage", gpus[1].Usage, 0)
	}
}

func TestNoGPU(t *testing.T) {
	for name, prepare := range map[string]func(dir string){
		"no sysfs": func(string) {},
		"no card":  func(dir string) { writeFile(t, filepath.Join(dir, "sys/class/drm/version"), "drm 1.1.0 20060810\n") },
		"a BMC": func(dir string) {
			writeFile(t, filepath.Join(dir, "sys/class/drm/card0/device/uevent"), "DRIVER=ast\nPCI_ID=1A03:2000\nPCI_SLOT_NAME=0000:03:00.0\n")
		},
		"a driver of NVIDIA without GPUs": func(dir string) { writeFile(t, filepath.Join(dir, "sys/bus/pci/drivers/nvidia/new_id"), "") },
	} {
		dir := t.TempDir()
		prepare(dir)
		_, err := newSysfsGPUs()(rootedAt(t.Context(), dir))
		if !errors.Is(err, ErrUnsupported) || !strings.HasPrefix(err.Error(), "gpu: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGPUListThatMayNotBeRead(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	deny(t, filepath.Join(dir, "sys/class/drm"))
	_, err := newSysfsGPUs()(ctx)
	if (Reading[GPUs]{Err: err}).Status() != Denied {
		t.Errorf("error is %v", err)
	}
}

func TestGPUComesAndGoes(t *testing.T) {
	ctx, dir := fixture(t, "gpu-amd")
	c := &gpuCollector{rests: new(deviceRests), last: make(map[string]GPU)}
	readGPUs(t, c.collect, ctx)
	if err := os.RemoveAll(filepath.Join(dir, "sys/class/drm/card0")); err != nil {
		t.Fatal(err)
	}
	gone := readGPUs(t, c.collect, ctx)[1]
	wantMissing(t, "usage of one that has just gone", gone.Usage, Unsupported)
	kept := c.readers["0000:0a:00.0"]
	c.looked = time.Time{}
	if gpus := readGPUs(t, c.collect, ctx); len(gpus) != 1 || gpus[0].Node != "card1" || c.readers["0000:0a:00.0"] != kept {
		t.Errorf("got %+v", gpus)
	}
}

// TestGPUValuesAreAll holds values against the type.
func TestGPUValuesAreAll(t *testing.T) {
	fields := 0
	for field := range reflect.TypeFor[GPU]().Fields() {
		if field.Type == reflect.TypeFor[Value]() {
			fields++
		}
	}
	if listed := len(new(GPU).values()); listed != fields {
		t.Errorf("%d of %d values", listed, fields)
	}
}

func TestEveryGPUFieldHasItsOrigin(t *testing.T) {
	for _, of := range []reflect.Type{reflect.TypeFor[GPU](), reflect.TypeFor[GPUProcess]()} {
		for field := range of.Fields() {
			if source, _, _ := strings.Cut(field.Tag.Get("from"), ": "); source == "" && field.Name != "Processes" {
				t.Errorf("%s.%s has none", of, field.Name)
			}
		}
	}
}

func TestRest(t *testing.T) {
	device := t.TempDir()
	writeFile(t, filepath.Join(device, "power/control"), "auto\n")
	writeFile(t, filepath.Join(device, "power/autosuspend_delay_ms"), "5000\n")
	var r gpuRest
	r.probe(device, false)
	at := time.Now()
	after := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
	saw := func(seconds int, busy, want bool) {
		t.Helper()
		r.saw(busy, after(seconds))
		if r.isOn(after(seconds)) != want {
			t.Errorf("after %d s a rest is %v", seconds, !want)
		}
	}
	saw(0, false, false)
	saw(4, true, false)
	saw(5, false, false)
	saw(9, false, false)
	saw(10, false, true)
	if !r.isOn(after(16)) || r.isOn(after(17)) {
		t.Error("it does not rest for the delay and 2 s")
	}
	saw(17, false, false)
	saw(76, false, false)
	saw(77, false, true)
	saw(84, false, false)
	saw(84+119, false, false)
	saw(84+120, false, true)
	r.slept()
	saw(300, false, false)
	saw(305, false, true)

	for name, change := range map[string]func(r *gpuRest){
		"a display":        func(r *gpuRest) { r.probe(device, true) },
		"no runtime PM":    func(r *gpuRest) { r.probe(t.TempDir(), false) },
		"always on":        func(r *gpuRest) { writeFile(t, device+"/power/control", "on\n"); r.probe(device, false) },
		"an endless delay": func(r *gpuRest) { writeFile(t, device+"/power/autosuspend_delay_ms", "-1\n"); r.probe(device, false) },
		"a delay of a hour": func(r *gpuRest) {
			writeFile(t, device+"/power/autosuspend_delay_ms", "3600000\n")
			r.probe(device, false)
		},
	} {
		writeFile(t, device+"/power/control", "auto\n")
		r := gpuRest{}
		change(&r)
		r.saw(false, at)
		r.saw(false, after(3600))
		if r.isOn(after(3600)) {
			t.Errorf("%s, and it rests", name)
		}
	}
}

func TestRestingCardIsNotTouched(t *testing.T) {
	ctx, _ := fixture(t, "gpu-xe")
	card := cardsOf(t, ctx)[0]
	card.rest.until = time.Now().Add(time.Hour)
	card.dir += "-elsewhere"
	if gpus, err := card.read(); err != nil || gpus[0].State != "resting" || gpus[0].Usage != Missing(Idle) {
		t.Errorf("got %+v (%v)", gpus, err)
	}
}

func TestDisplayIsSeen(t *testing.T) {
	ctx, _ := fixture(t, "gpu-amd")
	for _, card := range cardsOf(t, ctx) {
		if want := card.identity.Node == "card1"; card.hasDisplay() != want {
			t.Errorf("%s has a display: %v", card.identity.Node, !want)
		}
	}
}

func TestParseClockLevels(t *testing.T) {
	for text, want := range map[string]float64{
		"0: 500Mhz *\n":             500,
		"S: 19Mhz *\n0: 500Mhz\n":   500,
		"1: 2575Mhz *\n0: 500Mhz\n": 2575,
		"":                          0,
		"0: *\n":                    0,
		"0: 8.0GT/s, x16\n":         0,
		"0: -5Mhz\n":                0,
	} {
		if got, err := parseClockLevels(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %v (%v)", text, got, err)
		}
	}
}

func FuzzParseGPU(f *testing.F) {
	f.Add("0: 500Mhz \n1: 2575Mhz *\n")
	f.Add("DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:0a:00.0\n")
	f.Add("255")
	f.Add("-273150")
	f.Fuzz(func(t *testing.T, text string) {
		for name, bound := range map[string]struct {
			parse     func(string) (float64, error)
			low, high float64
		}{
			"levels":      {parseClockLevels, 1, 1 << 32},
			"amount":      {parseAmount, 0, 1 << 64},
			"percent":     {parsePercent, 0, 100},
			"pulse width": {parsePulseWidth, 0, 255},
			"temperature": {parseTemperature, -273150, 250000},
		} {
			if n, err := bound.parse(text); err == nil && !(n >= bound.low && n <= bound.high) {
				t.Errorf("%s of %q is %v", name, text, n)
			}
		}
		if g, ok := parseGPUEvent(text); ok && (g.Device == "" || g.Vendor == "" || g.Name == "") {
			t.Errorf("%q is %+v", text, g)
		}
	})
}
