package collector

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// layTree makes a tree of testdata/NAME.txt: names with colons cannot be files of
// a Go module, nor can links.
func layTree(t *testing.T, name string) (ctx context.Context, dir string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	addToTree(t, dir, string(text))
	return rootedAt(t.Context(), dir), dir
}

func addToTree(t testing.TB, dir, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if path, target, ok := strings.Cut(line, " -> "); ok {
			link := filepath.Join(dir, path)
			if err := errors.Join(os.MkdirAll(filepath.Dir(link), 0o700), os.Symlink(target, link)); err != nil {
				t.Fatal(err)
			}
		} else if path, content, ok := strings.Cut(line, " = "); ok && line[0] != '#' {
			file := filepath.Join(dir, path)
			content = strings.ReplaceAll(content, `\n`, "\n") + "\n"
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// mustSense reads a machine that has sensors.
func mustSense(t *testing.T, ctx context.Context, collect Collector[Sensors]) Sensors {
	t.Helper()
	s, err := collect(ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	checkSensors(t, s)
	return s
}

// checkSensors holds what no machine may break.
func checkSensors(t *testing.T, s Sensors) {
	t.Helper()
	for _, list := range [][]Sensor{s.Temperatures, s.Fans, s.Voltages, s.Currents, s.Powers, s.Humidities} {
		for _, x := range list {
			if x.Status != x.Value.Status() || x.Label == "" || x.Unit == "" || x.Device == "" {
				t.Errorf("%s %s is %+v", x.Chip, x.Input, x)
			}
			for _, v := range []Value{x.Value, x.Last, x.High, x.Critical, x.Low, x.LowCritical} {
				if number, ok := v.Get(); ok && (math.Abs(number) > 1e6 || x.Kind == TemperatureSensor && (number < -60 || number > 250)) {
					t.Errorf("%s %s has the number %v", x.Chip, x.Input, number)
				}
			}
		}
	}
	for _, b := range s.Batteries {
		checkBattery(t, b)
	}
	for _, m := range s.EnergyMeters {
		if watts, ok := m.Power.Get(); ok && watts < 0 {
			t.Errorf("%s draws %v W", m.Meter, watts)
		}
	}
}

func find(t *testing.T, list []Sensor, chip, input string) Sensor {
	t.Helper()
	for _, s := range list {
		if s.Chip == chip && s.Input == input {
			return s
		}
	}
	t.Fatalf("no %s of %s", input, chip)
	return Sensor{}
}

func TestSensorsOfADesktop(t *testing.T) {
	ctx, _ := layTree(t, "sensors-desktop")
	collect := NewSensors()
	s, err := collect(ctx)
	if !errors.Is(err, ErrNoBaseline) {
		t.Errorf("first reading: %v", err)
	}
	checkSensors(t, s)

	var temperatures []string
	for _, x := range s.Temperatures {
		temperatures = append(temperatures, x.Chip+"/"+x.Input+" "+x.Label)
	}
	want := []string{
		"sht3x/temp1 temp1", "nvme/temp1 Composite", "nvme/temp2 Sensor 1",
		"coretemp/temp1 Package id 0", "coretemp/temp2 Core 0", "coretemp/temp10 Core 8",
		"nct6798/temp1 SYSTIN", "nct6798/temp2 CPUTIN", "nct6798/temp3 temp3", "nct6798/temp4 temp4", "nct6798/temp5 temp5",
		"acpitz/temp1 temp1", "acpitz/temp2 temp2", "x86_pkg_temp/thermal_zone2 x86_pkg_temp",
	}
	if !slices.Equal(slices.Sorted(slices.Values(temperatures)), slices.Sorted(slices.Values(want))) {
		t.Errorf("temperatures are %q", temperatures)
	}

	pkg := find(t, s.Temperatures, "coretemp", "temp1")
	wantNumber(t, "package", pkg.Value, 54)
	wantNumber(t, "package high", pkg.High, 80)
	wantNumber(t, "package critical", pkg.Critical, 100)
	wantMissing(t, "package low", pkg.Low, Unsupported)
	if pkg.Device != "platform/coretemp.0" || pkg.Alarm || pkg.Unit != "celsius" {
		t.Errorf("package is %+v", pkg)
	}
	if core := find(t, s.Temperatures, "coretemp", "temp2"); !core.Alarm || core.Critical.Status() != Unsupported {
		t.Errorf("core 0 is %+v", core)
	}

	zone := find(t, s.Temperatures, "x86_pkg_temp", "thermal_zone2")
	wantNumber(t, "zone", zone.Value, 54)
	wantNumber(t, "zone hot", zone.High, 95)
	wantNumber(t, "zone critical", zone.Critical, 105)

	nvme := find(t, s.Temperatures, "nvme", "temp1")
	wantNumber(t, "nvme", nvme.Value, 38.85)
	wantMissing(t, "nvme low", nvme.Low, Unsupported)
	wantMissing(t, "nvme sensor", find(t, s.Temperatures, "nvme", "temp2").Value, Failed)
	wantMissing(t, "nvme sensor high", find(t, s.Temperatures, "nvme", "temp2").High, Unsupported)

	for input, why := range map[string]Status{"temp2": Failed, "temp3": Failed, "temp4": Failed} {
		wantMissing(t, "nct6798 "+input, find(t, s.Temperatures, "nct6798", input).Value, why)
	}
	wantNumber(t, "below zero", find(t, s.Temperatures, "nct6798", "temp5").Value, -5.5)
	wantMissing(t, "limit of 127", find(t, s.Temperatures, "nct6798", "temp1").High, Unsupported)

	wantNumber(t, "fan that stands", find(t, s.Fans, "nct6798", "fan1").Value, 0)
	wantMissing(t, "its limit", find(t, s.Fans, "nct6798", "fan1").Low, Unsupported)
	wantNumber(t, "fan", find(t, s.Fans, "nct6798", "fan2").Value, 912)
	wantNumber(t, "its limit", find(t, s.Fans, "nct6798", "fan2").Low, 300)
	wantMissing(t, "fan of a bad tachometer", find(t, s.Fans, "nct6798", "fan3").Value, Failed)

	wantNumber(t, "voltage", find(t, s.Voltages, "nct6798", "in0").Value, 1.064)
	wantNumber(t, "its limit", find(t, s.Voltages, "nct6798", "in0").High, 1.744)
	wantMissing(t, "limit of 0 V", find(t, s.Voltages, "nct6798", "in1").High, Unsupported)
	wantNumber(t, "current", find(t, s.Currents, "sht3x", "curr1").Value, -1.5)
	wantNumber(t, "humidity", find(t, s.Humidities, "sht3x", "humidity1").Value, 41.23)

	power := find(t, s.Powers, "amdgpu", "power1")
	wantNumber(t, "power", power.Value, 31)
	wantNumber(t, "its cap", power.High, 186)
}

// TestSensorsOfOtherBoots: the numbers of hwmon directories change between boots,
// and the order and the devices of the sensors do not.
func TestSensorsOfOtherBoots(t *testing.T) {
	names := func(s Sensors) (all []string) {
		for _, x := range s.Temperatures {
			all = append(all, x.Device+" "+x.Input)
		}
		return all
	}
	ctx, dir := layTree(t, "sensors-desktop")
	before := names(mustSense(t, ctx, NewSensors()))
	class := filepath.Join(dir, "sys/class/hwmon")
	for _, move := range [][2]string{{"hwmon1", "x"}, {"hwmon5", "hwmon1"}, {"x", "hwmon5"}, {"hwmon2", "hwmon10"}} {
		if err := os.Rename(filepath.Join(class, move[0]), filepath.Join(class, move[1])); err != nil {
			t.Fatal(err)
		}
	}
	if after := names(mustSense(t, ctx, NewSensors())); !slices.Equal(before, after) {
		t.Errorf("sensors were %q, are %q", before, after)
	}
}

// TestSensorsAreReadAnew: a tick may come a little early. The inputs of a processor
// wake its cores, and are not read at each.
func TestSensorsAreReadAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		chip := filepath.Join(dir, "sys/devices/platform/coretemp.0/hwmon/hwmon2")
		zone := filepath.Join(dir, "sys/devices/virtual/thermal/thermal_zone2/temp")
		board := filepath.Join(dir, "sys/devices/platform/nct6775.656/hwmon/hwmon3/fan2_input")
		collect := NewSensors()
		mustSense(t, ctx, collect)
		writeFile(t, filepath.Join(chip, "temp1_input"), "61000\n")
		writeFile(t, filepath.Join(chip, "temp2_input"), "no number\n")
		writeFile(t, zone, "62000\n")
		writeFile(t, board, "1000\n")
		for range 4 {
			time.Sleep(time.Second)
			s := mustSense(t, ctx, collect)
			wantNumber(t, "package within 5 s", find(t, s.Temperatures, "coretemp", "temp1").Value, 54)
			wantNumber(t, "zone within 5 s", find(t, s.Temperatures, "x86_pkg_temp", "thermal_zone2").Value, 54)
			wantNumber(t, "fan", find(t, s.Fans, "nct6798", "fan2").Value, 1000)
		}
		time.Sleep(900 * time.Millisecond)
		s := mustSense(t, ctx, collect)
		wantNumber(t, "package", find(t, s.Temperatures, "coretemp", "temp1").Value, 61)
		wantNumber(t, "zone", find(t, s.Temperatures, "x86_pkg_temp", "thermal_zone2").Value, 62)
		broken := find(t, s.Temperatures, "coretemp", "temp2")
		wantMissing(t, "core", broken.Value, Failed)
		if !strings.Contains(broken.Error, "no number") {
			t.Errorf("its error is %q", broken.Error)
		}
	})
}

func TestSensorChipsComeAndGo(t *testing.T) {
	ctx, dir := layTree(t, "sensors-desktop")
	collect := NewSensors()
	mustSense(t, ctx, collect)
	const chip = `sys/class/hwmon/hwmon6 -> ../../devices/usb1/1-1/hwmon/hwmon6
sys/devices/usb1/1-1/hwmon/hwmon6/device -> ../..
sys/devices/usb1/1-1/hwmon/hwmon6/name = corsair
sys/devices/usb1/1-1/hwmon/hwmon6/temp1_input = 30000
`
	remove := func() {
		if err := errors.Join(os.Remove(filepath.Join(dir, "sys/class/hwmon/hwmon6")), os.RemoveAll(filepath.Join(dir, "sys/devices/usb1"))); err != nil {
			t.Fatal(err)
		}
	}
	addToTree(t, dir, chip)
	rewrite(t, filepath.Join(dir, "sys/class/hwmon/hwmon1/temp1_input"), "38850", "45850")
	s := mustSense(t, ctx, collect)
	wantNumber(t, "plugged in", find(t, s.Temperatures, "corsair", "temp1").Value, 30)
	wantNumber(t, "a drive, whose turn it is not", find(t, s.Temperatures, "nvme", "temp1").Value, 38.85)
	remove()
	for _, s := range mustSense(t, ctx, collect).Temperatures {
		if s.Chip == "corsair" {
			t.Errorf("a chip that is gone has %+v", s)
		}
	}
	addToTree(t, dir, strings.ReplaceAll(chip, "30000", "31000"))
	wantNumber(t, "plugged in again", find(t, mustSense(t, ctx, collect).Temperatures, "corsair", "temp1").Value, 31)
}

// TestSensorsAddedToAChip: a driver may show more inputs later, and change its
// limits.
func TestSensorsAddedToAChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		chip := filepath.Join(dir, "sys/devices/platform/coretemp.0/hwmon/hwmon2")
		collect := NewSensors()
		mustSense(t, ctx, collect)
		writeFile(t, filepath.Join(chip, "temp3_input"), "50000\n")
		writeFile(t, filepath.Join(chip, "temp1_max"), "85000\n")
		time.Sleep(sensorRefresh)
		s := mustSense(t, ctx, collect)
		wantNumber(t, "new input", find(t, s.Temperatures, "coretemp", "temp3").Value, 50)
		wantNumber(t, "new limit", find(t, s.Temperatures, "coretemp", "temp1").High, 85)
		wantNumber(t, "old input", find(t, s.Temperatures, "coretemp", "temp10").Value, 52)
	})
}

// TestDrivesAreReadSeldom: each reading of a drive's temperature is a command.
func TestDrivesAreReadSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		collect := NewSensors()
		mustSense(t, ctx, collect)
		rewrite(t, filepath.Join(dir, "sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon1/temp1_input"), "38850", "45850")
		time.Sleep(9 * time.Second)
		drive := find(t, mustSense(t, ctx, collect).Temperatures, "nvme", "temp1")
		wantNumber(t, "after 9 s", drive.Value, 38.85)
		wantNumber(t, "its age", drive.Age, 9)
		time.Sleep(time.Second)
		drive = find(t, mustSense(t, ctx, collect).Temperatures, "nvme", "temp1")
		wantNumber(t, "after 10 s", drive.Value, 45.85)
		wantNumber(t, "its age", drive.Age, 0)
	})
}

func TestSleepingDeviceIsNotWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		collect := NewSensors()
		mustSense(t, ctx, collect)
		time.Sleep(3 * time.Second)
		device := filepath.Join(dir, "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0")
		rewrite(t, filepath.Join(device, "power/runtime_status"), "active", "suspended")
		rewrite(t, filepath.Join(device, "hwmon/hwmon4/power1_average"), "31000000", "7000000")
		power := find(t, mustSense(t, ctx, collect).Powers, "amdgpu", "power1")
		wantMissing(t, "while it sleeps", power.Value, Stale)
		wantNumber(t, "before", power.Last, 31)
		wantNumber(t, "its age", power.Age, 3)
		if !strings.Contains(power.Error, "sleeps") {
			t.Errorf("error is %q", power.Error)
		}
		time.Sleep(sensorRefresh)
		wantMissing(t, "when labels are due", find(t, mustSense(t, ctx, collect).Powers, "amdgpu", "power1").Value, Stale)
		rewrite(t, filepath.Join(device, "power/runtime_status"), "suspended", "active")
		wantNumber(t, "awake", find(t, mustSense(t, ctx, collect).Powers, "amdgpu", "power1").Value, 7)
	})
}

// readersOf counts the goroutines that are in the reading of a chip.
func readersOf() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), ".(*sensorChip).read(")
}

// TestStuckChip has a chip whose file never answers: a FIFO that nobody writes.
func TestStuckChip(t *testing.T) {
	ctx, dir := layTree(t, "sensors-desktop")
	file := filepath.Join(dir, "sys/devices/platform/nct6775.656/hwmon/hwmon3/in0_input")
	if err := errors.Join(os.Remove(file), unix.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	r := &sensorReader{}
	for tick := range 5 {
		s := mustSense(t, ctx, r.read)
		stuck := find(t, s.Voltages, "nct6798", "in0")
		wantMissing(t, "stuck chip", stuck.Value, Stale)
		if !strings.HasPrefix(stuck.Error, "no answer for ") {
			t.Errorf("tick %d: its error is %q", tick, stuck.Error)
		}
		wantMissing(t, "its other sensors", find(t, s.Fans, "nct6798", "fan2").Value, Stale)
		wantNumber(t, "another chip", find(t, s.Temperatures, "coretemp", "temp1").Value, 54)
		wantNumber(t, "a thermal zone", find(t, s.Temperatures, "x86_pkg_temp", "thermal_zone2").Value, 54)
		if n := readersOf(); n != 1 {
			t.Fatalf("tick %d: %d calls are parked, want 1", tick, n)
		}
	}
	r.answer(t, file)
	mustSense(t, ctx, r.read)
	s := mustSense(t, ctx, r.read)
	wantNumber(t, "two ticks after it answered", find(t, s.Voltages, "nct6798", "in0").Value, 1.5)
	wantNumber(t, "its other sensors", find(t, s.Fans, "nct6798", "fan2").Value, 912)
	if n := readersOf(); n != 0 {
		t.Errorf("%d calls are parked", n)
	}
}

// answer writes to the FIFO of the one call that is out, puts a file in its
// place and waits for the call to return.
func (r *sensorReader) answer(t *testing.T, file string) {
	t.Helper()
	var out []*fencedCall[deviceReading]
	for _, call := range r.fence.out {
		out = append(out, call)
	}
	pipe, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil || len(out) != 1 {
		t.Fatalf("%d calls are out, %v", len(out), err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	writeFile(t, file, "1500\n")
	if _, err := pipe.WriteString("1400\n"); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	<-out[0].done
}

// TestSlowChipIsNotStale: what takes long each time is read less often, and the
// reading before stands in for it.
func TestSlowChipIsNotStale(t *testing.T) {
	now := time.Now()
	d := &sensorDevice{last: deviceReading{at: now, pause: 7 * time.Second}, stuck: now.Add(7 * time.Second)}
	for age, want := range map[time.Duration]bool{8 * time.Second: false, 15 * time.Second: true} {
		if got := d.isStale(now.Add(age)); got != want {
			t.Errorf("a reading of %s is stale: %v", age, got)
		}
	}
}

func TestPacer(t *testing.T) {
	var p pacer
	for i, step := range []struct{ took, want time.Duration }{
		{time.Millisecond, 0},
		{70 * time.Millisecond, 0},
		{time.Millisecond, 0},
		{70 * time.Millisecond, 0},
		{50 * time.Millisecond, 5 * time.Second},
		{time.Hour, 5 * time.Second},
		{time.Hour, 10 * time.Second},
	} {
		if got := p.pauseAfter(step.took); got != step.want {
			t.Errorf("reading %d of %s: a pause of %s, want %s", i, step.took, got, step.want)
		}
	}
}

// TestChipsOfOldKernels have their files at the device.
func TestChipsOfOldKernels(t *testing.T) {
	dir := t.TempDir()
	addToTree(t, dir, `sys/class/hwmon/hwmon0 -> ../../devices/platform/coretemp.0/hwmon/hwmon0
sys/devices/platform/coretemp.0/hwmon/hwmon0/device -> ../../../coretemp.0
sys/devices/platform/coretemp.0/name = coretemp
sys/devices/platform/coretemp.0/temp2_label = Core 0
sys/devices/platform/coretemp.0/temp2_input = 40000
`)
	core := find(t, mustSense(t, rootedAt(t.Context(), dir), NewSensors()).Temperatures, "coretemp", "temp2")
	wantNumber(t, "core", core.Value, 40)
	if core.Label != "Core 0" || core.Device != "platform/coretemp.0" {
		t.Errorf("core is %+v", core)
	}
}

func TestNoSensors(t *testing.T) {
	for name, c := range map[string]struct{ tree, want string }{
		"bare metal": {"sys/class/hwmon/none = \nproc/cpuinfo = flags : fpu", "drivers may not be loaded"},
		"guest":      {"sys/class/power_supply/none = \nsys/devices/system/clocksource/clocksource0/available_clocksource = kvm-clock tsc", "KVM guest"},
	} {
		dir := t.TempDir()
		addToTree(t, dir, c.tree)
		os.RemoveAll(filepath.Join(dir, "sys/class/hwmon"))
		os.RemoveAll(filepath.Join(dir, "sys/class/power_supply"))
		s, err := NewSensors()(rootedAt(t.Context(), dir))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	collect := NewSensors()
	ctx := rootedAt(t.Context(), t.TempDir())
	for range 2 {
		if _, err := collect(ctx); err == nil || errors.Is(err, ErrUnsupported) || !strings.HasSuffix(err.Error(), "(is /sys mounted?)") {
			t.Errorf("without /sys: %v", err)
		}
	}
}

func TestEmptySensorListsAreLists(t *testing.T) {
	for _, tree := range []string{"sensors-laptop", "sensors-desktop"} {
		ctx, _ := layTree(t, tree)
		text, err := json.Marshal(mustSense(t, ctx, NewSensors()))
		if err != nil {
			t.Fatal(err)
		}
		var lists map[string][]any
		if err := json.Unmarshal(text, &lists); err != nil || len(lists) != 9 {
			t.Fatalf("%s, %v", text, err)
		}
		for name, list := range lists {
			if list == nil {
				t.Errorf("%s: %s is null", tree, name)
			}
		}
	}
}

// TestInputFaults: what the errors of drivers mean for a sensor.
func TestInputFaults(t *testing.T) {
	for errno, want := range map[unix.Errno]Status{
		unix.EIO: Failed, unix.EAGAIN: Failed, unix.ETIMEDOUT: Failed, unix.EINVAL: Failed,
		unix.ENODATA: Unsupported, unix.ENXIO: Unsupported, unix.ENODEV: Unsupported, unix.EOPNOTSUPP: Unsupported,
		unix.EACCES: Denied, unix.EPERM: Denied,
	} {
		got := inputFault(&os.PathError{Op: "read", Path: "temp1_input", Err: errno})
		wantMissing(t, errno.Error(), got.value, want)
		if got.err == "" {
			t.Errorf("%v has no words", errno)
		}
	}
}

func FuzzSensorInput(f *testing.F) {
	for _, text := range []string{"45000", "-5500", "127500", "3892314", "65261850", "0", "", "-", "1e3", "9223372036854775807", "-9223372036854775808"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i := range sensorQuantities {
			q := &sensorQuantities[i]
			for name, v := range map[string]Value{"value": q.parse([]byte(text)).value, "upper": q.limit(text, true), "lower": q.limit(text, false)} {
				number, ok := v.Get()
				if ok && !(number >= q.least && number <= q.most) {
					t.Errorf("%s: %s of %q is %v", q.kind, name, text, number)
				}
			}
		}
	})
}

func FuzzInputName(f *testing.F) {
	f.Add("temp1_input")
	f.Add("power2_average")
	f.Add("in_input")
	f.Fuzz(func(t *testing.T, name string) {
		if q, input, ok := inputOf(name); ok && (q == nil || !strings.HasPrefix(name, input) || len(input) <= len(q.prefix)) {
			t.Errorf("%q is %q", name, input)
		}
	})
}
