package collector

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func meterOf(t *testing.T, s Sensors, name string) EnergyMeter {
	t.Helper()
	for _, m := range s.EnergyMeters {
		if m.Meter == name {
			return m
		}
	}
	t.Fatalf("no meter %s in %+v", name, s.EnergyMeters)
	return EnergyMeter{}
}

func TestRAPL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-desktop")
		collect := NewSensors()
		s := mustSense(t, ctx, collect)
		if len(s.EnergyMeters) != 3 { // the copy of the package in mmio is left out
			t.Fatalf("meters are %+v", s.EnergyMeters)
		}
		core := meterOf(t, s, "intel-rapl:0:0")
		wantNumber(t, "core", core.Energy, 1)
		wantMissing(t, "core at first", core.Power, NoBaseline)
		if core.Name != "core" || core.Parent != "intel-rapl:0" || meterOf(t, s, "intel-rapl:0").Parent != "" {
			t.Errorf("core is %+v", core)
		}

		time.Sleep(2 * time.Second)
		zone := filepath.Join(dir, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0")
		rewrite(t, filepath.Join(zone, "energy_uj"), "262143000000", "99671150")
		rewrite(t, filepath.Join(zone, "intel-rapl:0:0/energy_uj"), "1000000", "31000000")
		rewrite(t, filepath.Join(dir, "sys/class/hwmon/hwmon4/energy1_input"), "5000000000", "5080000000")
		s = mustSense(t, ctx, collect)
		wantNumber(t, "package over the wrap", meterOf(t, s, "intel-rapl:0").Power, 50)
		wantNumber(t, "core", meterOf(t, s, "intel-rapl:0:0").Power, 15)
		wantNumber(t, "graphics", meterOf(t, s, "energy1").Energy, 5080)
		wantNumber(t, "graphics", meterOf(t, s, "energy1").Power, 40)
	})
}

func TestPowerOfCounter(t *testing.T) {
	const wrap = 262143328850
	for name, c := range map[string]struct {
		previous, current, wrap uint64
		elapsed                 time.Duration
		want                    Value
	}{
		"runs":              {1000, 3_001_000, wrap, time.Second, Of(3)},
		"stands":            {1000, 1000, wrap, time.Second, Of(0)},
		"wraps":             {wrap - 1_000_000, 1_000_000, wrap, time.Second, Of(2)},
		"wraps at the end":  {wrap, 0, wrap, time.Second, Of(0)},
		"reset":             {100_000_000_000, 0, wrap, time.Second, Missing(NoBaseline)},
		"may wrap twice":    {1000, 2000, wrap, 132 * time.Second, Missing(NoBaseline)},
		"cannot wrap twice": {0, 130_000_000, wrap, 130 * time.Second, Of(1)},
		"beyond the wrap":   {wrap + 1, 0, wrap, time.Second, Missing(NoBaseline)},
		"wrap not known":    {1000, 0, 0, time.Second, Missing(NoBaseline)},
		"at once":           {0, 1000, wrap, 0, Missing(NoBaseline)},
	} {
		if got := powerOfCounter(c.previous, c.current, c.wrap, c.elapsed); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func FuzzPowerOfCounter(f *testing.F) {
	f.Add(uint64(5), uint64(3), uint64(9), int64(time.Second))
	f.Fuzz(func(t *testing.T, previous, current, wrap uint64, elapsed int64) {
		if watts, ok := powerOfCounter(previous, current, wrap, time.Duration(elapsed)).Get(); ok && !(watts >= 0) {
			t.Errorf("from %d to %d with a wrap at %d in %d ns: %v W", previous, current, wrap, elapsed, watts)
		}
	})
}

func TestDeniedRAPL(t *testing.T) {
	ctx, dir := layTree(t, "sensors-desktop")
	zone := filepath.Join(dir, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0")
	deny(t, filepath.Join(zone, "energy_uj"))
	collect := NewSensors()
	for range 2 {
		s := mustSense(t, ctx, collect)
		m := meterOf(t, s, "intel-rapl:0")
		wantMissing(t, "energy", m.Energy, Denied)
		wantMissing(t, "power", m.Power, Denied)
		if m.Status != Denied || m.Error == "" {
			t.Errorf("meter is %+v", m)
		}
		wantNumber(t, "what may be read", meterOf(t, s, "intel-rapl:0:0").Energy, 1)
	}
}

func TestBrokenRAPL(t *testing.T) {
	for _, text := range []string{"", "no number\n", "-5\n", "99999999999999999999999\n"} {
		ctx, dir := layTree(t, "sensors-desktop")
		writeFile(t, filepath.Join(dir, "sys/class/powercap/intel-rapl:0/energy_uj"), text)
		m := meterOf(t, mustSense(t, ctx, NewSensors()), "intel-rapl:0")
		wantMissing(t, "energy of "+text, m.Energy, Failed)
		wantMissing(t, "power of "+text, m.Power, Failed)
	}
}
