package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBatteries(t *testing.T) {
	ctx, _ := layTree(t, "sensors-laptop")
	s := mustSense(t, ctx, NewSensors())
	if len(s.Batteries) != 3 || len(s.Supplies) != 1 {
		t.Fatalf("%d batteries, %d sources", len(s.Batteries), len(s.Supplies))
	}
	ac := s.Supplies[0]
	if ac.Name != "AC" || ac.Type != "Mains" || ac.Status != OK {
		t.Errorf("AC is %+v", ac)
	}
	wantNumber(t, "AC", ac.Online, 0)

	b := s.Batteries[0]
	if b.Name != "BAT0" || b.State != "Discharging" || b.Model != "SMP 5B10W13930" || b.Peripheral || !strings.HasSuffix(b.Device, "PNP0C0A:00/power_supply/BAT0") {
		t.Errorf("battery is %+v", b)
	}
	if b.Type != "Battery" || b.Manufacturer != "SMP" || b.ModelName != "5B10W13930" {
		t.Errorf("battery is %+v", b)
	}
	ups := (&powerSupply{name: "ups0", kind: "UPS"}).reading(nil).battery
	if ups == nil || ups.Type != "UPS" {
		t.Errorf("UPS is %+v", ups)
	}
	wantNumber(t, "charge", b.Charge, 74)
	wantNumber(t, "energy", b.Energy, 30)
	wantNumber(t, "health", b.Health, 80)
	wantNumber(t, "power", b.Power, 7.5)
	wantNumber(t, "lasts", b.ToEmpty, 4*3600)
	wantMissing(t, "until full", b.ToFull, Idle)
	wantNumber(t, "cycles", b.Cycles, 119)

	b = s.Batteries[1] // counts charge
	wantNumber(t, "energy", b.Energy, 24)
	wantNumber(t, "energy when full", b.EnergyFull, 42)
	wantNumber(t, "charge", b.Charge, 100*2.4/4.2)
	wantNumber(t, "health of a new one", b.Health, 100)
	wantNumber(t, "current", b.Current, 1.5)
	wantNumber(t, "power", b.Power, 18)
	wantNumber(t, "until full", b.ToFull, 3600)
	wantMissing(t, "cycles that are not counted", b.Cycles, Unsupported)

	b = s.Batteries[2]
	if !b.Peripheral || b.State != "Unknown" || b.ChargeLevel != "Low" || b.Model != "Logitech Wireless Mouse MX Master 3" {
		t.Errorf("mouse is %+v", b)
	}
	wantMissing(t, "charge of the mouse", b.Charge, Unsupported)
	wantMissing(t, "energy of the mouse", b.Energy, Unsupported)
}

func TestBatteryStates(t *testing.T) {
	const full = "POWER_SUPPLY_STATUS=Full\nPOWER_SUPPLY_ENERGY_FULL_DESIGN=50000000\nPOWER_SUPPLY_ENERGY_FULL=51000000\nPOWER_SUPPLY_ENERGY_NOW=51500000\nPOWER_SUPPLY_POWER_NOW=0\n"
	parse := func(text string) Battery {
		t.Helper()
		p, err := parseUevent(text)
		if err != nil {
			t.Fatal(err)
		}
		b := p.battery()
		checkBattery(t, b)
		return b
	}
	b := parse(full)
	wantNumber(t, "full", b.Charge, 100)
	wantNumber(t, "health", b.Health, 100)
	wantMissing(t, "full lasts", b.ToEmpty, Idle)
	wantNumber(t, "more than full", parse(full+"POWER_SUPPLY_CAPACITY=103\n").Charge, 100)
	wantMissing(t, "nonsense", parse(full+"POWER_SUPPLY_CAPACITY=65535\n").Charge, Failed)

	b = parse("POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_ENERGY_FULL=50000000\nPOWER_SUPPLY_ENERGY_NOW=0\nPOWER_SUPPLY_POWER_NOW=-9000000\n")
	wantNumber(t, "empty", b.Charge, 0)
	wantNumber(t, "empty lasts", b.ToEmpty, 0)
	wantNumber(t, "power", b.Power, 9)

	b = parse("POWER_SUPPLY_STATUS=Unknown\nPOWER_SUPPLY_CHARGE_NOW=-1000\nPOWER_SUPPLY_CHARGE_FULL=0\nPOWER_SUPPLY_VOLTAGE_NOW=12000000\nPOWER_SUPPLY_CURRENT_NOW=-1\n")
	wantMissing(t, "unknown", b.Charge, Failed)
	wantMissing(t, "unknown energy", b.Energy, Failed)
	wantMissing(t, "unknown health", b.Health, Unsupported)

	b = parse("POWER_SUPPLY_PRESENT=0\nPOWER_SUPPLY_STATUS=Unknown\nPOWER_SUPPLY_VOLTAGE_NOW=0\n")
	if b.Status != Unsupported || b.State != "" {
		t.Errorf("an empty bay is %+v", b)
	}
	wantMissing(t, "voltage of an empty bay", b.Voltage, Unsupported)

	b = parse("POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_TIME_TO_EMPTY_NOW=5400\nPOWER_SUPPLY_CAPACITY=40\n")
	wantNumber(t, "the driver's own estimate", b.ToEmpty, 5400)
	wantMissing(t, "its energy", b.Energy, Unsupported)
	wantMissing(t, "lasts without power", parse("POWER_SUPPLY_STATUS=Discharging\n").ToEmpty, Unsupported)
}

func checkBattery(t *testing.T, b Battery) {
	t.Helper()
	for _, percent := range []Value{b.Charge, b.Health} {
		if number, ok := percent.Get(); ok && !(number >= 0 && number <= 100) {
			t.Errorf("%s has %v %%", b.Name, number)
		}
	}
	for _, v := range []Value{b.Energy, b.EnergyFull, b.EnergyDesign, b.Power, b.Voltage, b.Current, b.Cycles, b.ToEmpty, b.ToFull, b.Age} {
		if number, ok := v.Get(); ok && !(number >= 0) {
			t.Errorf("%s has the number %v", b.Name, number)
		}
	}
}

func TestBrokenPowerSupply(t *testing.T) {
	for _, text := range []string{"", "POWER_SUPPLY_CAPACITY=5", "nonsense\n"} {
		ctx, dir := layTree(t, "sensors-laptop")
		writeFile(t, filepath.Join(dir, "sys/class/power_supply/BAT0/uevent"), text)
		writeFile(t, filepath.Join(dir, "sys/class/power_supply/AC/uevent"), text)
		s := mustSense(t, ctx, NewSensors())
		if b := s.Batteries[0]; b.Status != Failed || b.Error == "" || b.Name != "BAT0" {
			t.Errorf("%q: battery is %+v", text, b)
		}
		wantMissing(t, "charge", s.Batteries[0].Charge, Failed)
		wantMissing(t, "online", s.Supplies[0].Online, Failed)
		wantNumber(t, "the other one", s.Batteries[1].Energy, 24)
	}
}

func TestPowerSuppliesAreReadSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := layTree(t, "sensors-laptop")
		collect := NewSensors()
		mustSense(t, ctx, collect)
		rewrite(t, filepath.Join(dir, "sys/class/power_supply/AC/uevent"), "ONLINE=0", "ONLINE=1")
		time.Sleep(supplyPause - time.Second)
		wantNumber(t, "a little earlier", mustSense(t, ctx, collect).Supplies[0].Online, 0)
		time.Sleep(time.Second)
		wantNumber(t, "then", mustSense(t, ctx, collect).Supplies[0].Online, 1)
		if err := os.Remove(filepath.Join(dir, "sys/class/power_supply/AC")); err != nil {
			t.Fatal(err)
		}
		if s := mustSense(t, ctx, collect); len(s.Supplies) != 0 {
			t.Errorf("unplugged: %+v", s.Supplies)
		}
	})
}

func FuzzUevent(f *testing.F) {
	f.Add("POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_ENERGY_NOW=30000000\nPOWER_SUPPLY_POWER_NOW=1\nPOWER_SUPPLY_ENERGY_FULL=1\n")
	f.Add("POWER_SUPPLY_STATUS=Charging\nPOWER_SUPPLY_CHARGE_NOW=-9223372036854775808\nPOWER_SUPPLY_VOLTAGE_NOW=1\nPOWER_SUPPLY_CURRENT_NOW=-9223372036854775808\n")
	f.Add("POWER_SUPPLY_CAPACITY=101\nPOWER_SUPPLY_ONLINE=2\n")
	f.Fuzz(func(t *testing.T, text string) {
		properties, err := parseUevent(text)
		if err != nil {
			return
		}
		checkBattery(t, properties.battery())
		source := (&powerSupply{kind: "Mains"}).reading(properties).source
		if online, ok := source.Online.Get(); ok && online != 0 && online != 1 {
			t.Errorf("%q is online %v", text, online)
		}
	})
}
