package collector

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCPUCounters(t *testing.T) {
	ctx, _ := fixture(t, "debian12")
	cpu, err := NewCPU()(ctx)
	if !errors.Is(err, ErrNoBaseline) {
		t.Fatalf("the first call says %v, want ErrNoBaseline", err)
	}
	want := CPUTimes{
		User: 9800, Nice: 50, System: 2340, Idle: 160200, IOWait: 110, IRQ: 0,
		SoftIRQ: 25.5, Steal: Of(7.5), Guest: Of(300), GuestNice: Of(1.5),
	}
	if cpu.Times != want {
		t.Errorf("times of the host are %+v, want %+v", cpu.Times, want)
	}
	if cpu.Model != "Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz" {
		t.Errorf("model is %q", cpu.Model)
	}
	if len(cpu.Cores) != 4 || cpu.Cores[2].ID != 2 || cpu.Cores[2].Times.User != 2600 {
		t.Errorf("cores are %+v", cpu.Cores)
	}
	wantMissing(t, "busy", cpu.Usage.Busy, NoBaseline)
	wantMissing(t, "guest of a core", cpu.Cores[3].Usage.Guest, NoBaseline)
}

func TestCPUUsage(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	collect := NewCPU()
	collect(ctx)
	// Of 400 ticks: 100 user of which 40 guest, 30 nice of which 10 guest, 50
	// system, 150 idle, 20 iowait, 5 irq, 15 softirq, 30 steal.
	rewrite(t, filepath.Join(dir, "proc/stat"),
		"cpu  980000 5000 234000 16020000 11000 0 2550 750 30000 150\n",
		"cpu  980100 5030 234050 16020150 11020 5 2565 780 30040 160\n")
	cpu, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	usage := cpu.Usage
	for name, mode := range map[string]struct {
		value Value
		want  float64
	}{
		"busy": {usage.Busy, 57.5}, "user": {usage.User, 15}, "nice": {usage.Nice, 5},
		"system": {usage.System, 12.5}, "idle": {usage.Idle, 37.5}, "iowait": {usage.IOWait, 5},
		"irq": {usage.IRQ, 1.25}, "softirq": {usage.SoftIRQ, 3.75}, "steal": {usage.Steal, 7.5},
		"guest": {usage.Guest, 12.5},
	} {
		wantNumber(t, name, mode.value, mode.want)
	}
	if sum := modeSum(usage); math.Abs(sum-100) > 1e-9 {
		t.Errorf("the modes add up to %v", sum)
	}
	wantMissing(t, "busy of a core whose counters stand still", cpu.Cores[0].Usage.Busy, NoBaseline)
}

// modeSum leaves out what is missing.
func modeSum(u CPUUsage) float64 {
	sum := 0.0
	for _, mode := range []Value{u.User, u.Nice, u.System, u.Idle, u.IOWait, u.IRQ, u.SoftIRQ, u.Steal, u.Guest} {
		number, _ := mode.Get()
		sum += number
	}
	return sum
}

func TestCPUMoreGuestThanUser(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	collect := NewCPU()
	collect(ctx)
	rewrite(t, filepath.Join(dir, "proc/stat"),
		"cpu  980000 5000 234000 16020000 11000 0 2550 750 30000 150\n",
		"cpu  980009 5000 234000 16020030 11000 0 2550 750 30010 150\n")
	cpu, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantNumber(t, "user", cpu.Usage.User, 0)
	wantNumber(t, "guest", cpu.Usage.Guest, 25)
	if sum := modeSum(cpu.Usage); math.Abs(sum-100) > 1e-9 {
		t.Errorf("the modes add up to %v", sum)
	}
}

func TestCPUFewerColumns(t *testing.T) {
	ctx, dir := fixture(t, "linux4.4")
	collect := NewCPU()
	collect(ctx)
	rewrite(t, filepath.Join(dir, "proc/stat"),
		"cpu  5000 100 2000 90000 800 0 60 40\n", "cpu  5050 100 2000 90040 800 0 60 50\n")
	cpu, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantNumber(t, "busy", cpu.Usage.Busy, 60)
	wantNumber(t, "user", cpu.Usage.User, 50)
	wantNumber(t, "steal", cpu.Usage.Steal, 10)
	wantMissing(t, "guest", cpu.Usage.Guest, Unsupported)
	wantMissing(t, "guest since boot", cpu.Times.Guest, Unsupported)
	wantMissing(t, "nice guest since boot", cpu.Times.GuestNice, Unsupported)
	wantMissing(t, "frequency", cpu.Frequency, Unsupported)
	if cpu.Model != "Cortex-A53" {
		t.Errorf("model is %q", cpu.Model)
	}
}

func TestCPUUnknownModel(t *testing.T) {
	ctx, dir := fixture(t, "linux4.4")
	rewrite(t, filepath.Join(dir, "proc/cpuinfo"), "0xd03", "0xfff")
	if cpu, _ := NewCPU()(ctx); cpu.Model != "" {
		t.Errorf("model is %q", cpu.Model)
	}
}

func TestCPUCountersStandStill(t *testing.T) {
	ctx, _ := fixture(t, "debian12")
	collect := NewCPU()
	collect(ctx)
	cpu, err := collect(ctx)
	if !errors.Is(err, ErrNoBaseline) {
		t.Errorf("error is %v, want ErrNoBaseline", err)
	}
	wantMissing(t, "busy", cpu.Usage.Busy, NoBaseline)
}

func TestCPUHotplug(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	collect := NewCPU()
	collect(ctx)
	stat := filepath.Join(dir, "proc/stat")
	const core1 = "cpu1 240000 1500 58000 4010000 2500 0 400 180 0 0\n"
	rewrite(t, stat, core1, "")
	rewrite(t, stat, "cpu  980000", "cpu  980100")
	cpu, err := collect(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasSuffix(err.Error(), "other cores than before") ||
		len(cpu.Cores) != 3 || cpu.Cores[1].ID != 2 {
		t.Fatalf("without core 1: %v, cores %+v", err, cpu.Cores)
	}
	wantMissing(t, "busy of the host without core 1", cpu.Usage.Busy, NoBaseline)

	rewrite(t, stat, "cpu2 ", "cpu1 240050 1500 58000 4010000 2500 0 400 180 0 0\ncpu2 ")
	rewrite(t, stat, "cpu2 260000", "cpu2 260100")
	rewrite(t, stat, "cpu  980100", "cpu  980200")
	if cpu, err = collect(ctx); !errors.Is(err, ErrNoBaseline) || len(cpu.Cores) != 4 {
		t.Fatalf("with core 1 again: %v, cores %+v", err, cpu.Cores)
	}
	wantMissing(t, "busy of core 1", cpu.Cores[1].Usage.Busy, NoBaseline)
	wantNumber(t, "busy of core 2", cpu.Cores[2].Usage.Busy, 100)

	rewrite(t, stat, "cpu  980200", "cpu  980300")
	rewrite(t, stat, "cpu1 240050", "cpu1 240090")
	if cpu, err = collect(ctx); err != nil {
		t.Fatalf("the call after says %v", err)
	}
	wantNumber(t, "busy of the host", cpu.Usage.Busy, 100)
	wantNumber(t, "busy of core 1", cpu.Cores[1].Usage.Busy, 100)

	rewrite(t, stat, "intr ", "cpu4 0 0 0 0 0 0 0 0 0 0\nintr ")
	writeFile(t, filepath.Join(dir, "sys/devices/system/cpu/cpu4/cpufreq/scaling_cur_freq"), "4000000\n")
	cpu, _ = collect(ctx)
	wantNumber(t, "frequency of a core that was never there", cpu.Cores[4].Frequency, 4e9)
}

func TestCPUFrequency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "debian12")
		cpufreq := func(core string) string {
			return filepath.Join(dir, "sys/devices/system/cpu", core, "cpufreq/scaling_cur_freq")
		}
		// Core 1 has no cpufreq, core 2 a driver that does not know.
		if err := os.Remove(cpufreq("cpu1")); err != nil {
			t.Fatal(err)
		}
		writeFile(t, cpufreq("cpu2"), "<unknown>\n")
		collect := NewCPU()
		cpu, _ := collect(ctx)
		for core, hertz := range []float64{0.8e9, 1.8e9, 1.9e9, 3.2e9} {
			wantNumber(t, "frequency of a core", cpu.Cores[core].Frequency, hertz)
		}
		wantNumber(t, "mean", cpu.Frequency, 1.925e9)

		writeFile(t, cpufreq("cpu0"), "1200000\n")
		time.Sleep(4 * time.Second)
		cpu, _ = collect(ctx)
		wantNumber(t, "frequency within 5 s", cpu.Cores[0].Frequency, 0.8e9)
		time.Sleep(time.Second)
		cpu, _ = collect(ctx)
		wantNumber(t, "frequency after 5 s", cpu.Cores[0].Frequency, 1.2e9)
	})
}

func TestCPUFrequencyDenied(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeFile(t, filepath.Join(dir, "proc/cpuinfo"), "processor\t: 0\n")
	deny(t, filepath.Join(dir, "sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq"))
	cpu, _ := NewCPU()(ctx)
	wantMissing(t, "frequency of core 3", cpu.Cores[3].Frequency, Denied)
	wantNumber(t, "mean of the others", cpu.Frequency, 1.6e9)
}

func TestCPUUnknownFrequency(t *testing.T) {
	for text, why := range map[string]Status{"": Failed, "0\n": Failed, "-1\n": Failed, "fast\n": Failed} {
		wantMissing(t, "frequency of "+text, parseScalingClock(text), why)
	}
}

func TestCPUWithoutStat(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	if err := os.Remove(filepath.Join(dir, "proc/stat")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewCPU()(ctx); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoBaseline) {
		t.Errorf("error is %v", err)
	}
}

func TestParseStatRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":               "",
		"one line":            "cpu  1 2 3 4 5 6 7 8 9 10\n",
		"cut within a number": "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 1",
		"cut between cores":   "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n",
		"few columns":         "cpu  1 2 3 4 5 6\nintr 0\n",
		"no total":            "cpu0 1 2 3 4 5 6 7 8 9 10\nintr 0\n",
		"no cpu":              "intr 0\n",
		"word":                "cpu  1 2 three 4 5 6 7 8 9 10\nintr 0\n",
		"negative":            "cpu  1 2 -3 4 5 6 7 8 9 10\nintr 0\n",
		"core without number": "cpu  1 2 3 4 5 6 7\ncpux 1 2 3 4 5 6 7\nintr 0\n",
		"core twice":          "cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\nintr 0\n",
		"binary":              "\x00\xff\x7fELF",
	} {
		if stat, err := parseStat(text); err == nil {
			t.Errorf("%s: read as %+v", name, stat)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n", "cpu  2 2 3 4 5 6 7 8 9 10\nintr 6\n")
	f.Add("cpu  1 2 3 4 5 6 7\nintr 5\n", "cpu  18446744073709551615 2 3 4 5 6 7\nintr 5\n")
	f.Add("cpu \n", "cpu")
	f.Fuzz(func(t *testing.T, before, after string) {
		previous, errBefore := parseStat(before)
		current, errAfter := parseStat(after)
		if errBefore != nil || errAfter != nil {
			return
		}
		usage := usageBetween(previous.total.ticks, current.total.ticks)
		if usage.Busy.Status() == NoBaseline {
			return
		}
		wantShares(t, usage)
	})
}

func FuzzParseStatLine(f *testing.F) {
	f.Add("cpu 1\nbtime 1790000000\nprocs_blocked 1\n")
	f.Add("btime")
	f.Fuzz(func(_ *testing.T, text string) { parseStatLine([]byte(text), "btime") })
}

func FuzzParseCPUInfoClocks(f *testing.F) {
	f.Add("processor\t: 0\ncpu MHz\t\t: 2599.998\n\nprocessor\t: 1\ncpu MHz\t\t: NaN\n")
	f.Add("cpu MHz: 1\nprocessor: 99999999999\ncpu MHz: 1e308\n")
	f.Fuzz(func(t *testing.T, text string) {
		for id, hertz := range parseCPUInfoClocks(text) {
			if id < 0 || hertz <= 0 || math.IsNaN(hertz) {
				t.Errorf("core %d runs at %v", id, hertz)
			}
		}
	})
}

func TestCPUSaysWhyThereIsNoUsage(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	stat := filepath.Join(dir, "proc/stat")
	collect := NewCPU()
	for _, step := range []struct{ old, new, why string }{
		{"", "", "first reading"},
		{"", "", "no counter has moved"},
		{"cpu  980000", "cpu  979000", "a counter went backwards"},
	} {
		if step.old != "" {
			rewrite(t, stat, step.old, step.new)
		}
		if _, err := collect(ctx); !errors.Is(err, ErrNoBaseline) || !strings.HasSuffix(err.Error(), step.why) {
			t.Errorf("error is %v, want it to end in %q", err, step.why)
		}
	}
}
