package collector

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// supplyPause is between two readings of a power supply: they go through the
// firmware, which takes its time, and change slowly.
const supplyPause = 5 * time.Second

// findPowerSupplies lists /sys/class/power_supply.
func findPowerSupplies(ctx context.Context) []*sensorDevice {
	var devices []*sensorDevice
	for _, entry := range listClass(ctx, "power_supply") {
		kind := readLine(entry.dir, "type")
		supply := &powerSupply{dir: entry.dir, name: entry.name, kind: kind, device: devicePath(ctx, entry.target)}
		devices = append(devices, &sensorDevice{
			key: entry.key, path: supply.device, read: supply.read, blank: supply.reading(nil),
		})
	}
	return devices
}

// powerSupply is one directory of /sys/class/power_supply. See
// Documentation/ABI/testing/sysfs-class-power.
type powerSupply struct {
	dir, name, kind, device string
	pacer                   pacer
}

// read is the call for the fence. One file has all properties.
func (p *powerSupply) read(began time.Time) (deviceReading, error) {
	text, err := readText(filepath.Join(p.dir, "uevent"))
	if err != nil {
		return deviceReading{}, err
	}
	properties, err := parseUevent(text)
	if err != nil {
		return deviceReading{}, err
	}
	reading := p.reading(properties)
	reading.at = time.Now()
	reading.pause = max(supplyPause, p.pacer.pauseAfter(reading.at.Sub(began)))
	return reading, nil
}

func (p *powerSupply) reading(properties supplyProperties) deviceReading {
	if p.kind == "Battery" || p.kind == "UPS" {
		b := properties.battery()
		b.Name, b.Device, b.Type = p.name, p.device, p.kind
		return deviceReading{battery: &b}
	}
	s := PowerSource{Name: p.name, Device: p.device, Type: p.kind}
	s.Online, s.Status = properties.number("ONLINE", 1, 0, 1e3), OK
	if online, ok := s.Online.Get(); ok {
		s.Online = Of(min(1, online)) // 2 is a supply of programmable voltage
	}
	return deviceReading{source: &s}
}

// supplyProperties are the lines POWER_SUPPLY_NAME=VALUE of uevent, by NAME.
type supplyProperties map[string]string

func parseUevent(text string) (supplyProperties, error) {
	if err := wholeLines(text); err != nil {
		return nil, err
	}
	properties := make(supplyProperties)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if name, ours := strings.CutPrefix(name, "POWER_SUPPLY_"); ok && ours {
			properties[name] = value
		}
	}
	if len(properties) == 0 {
		return nil, errors.New("uevent has no property of a power supply")
	}
	return properties, nil
}

// number is a property in units of 1/divisor, missing as error out of range.
func (p supplyProperties) number(name string, divisor, least, most float64) Value {
	text, ok := p[name]
	if !ok {
		return Missing(Unsupported)
	}
	number, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if value := float64(number) / divisor; err == nil && value >= least && value <= most {
		return Of(value)
	}
	return Missing(Failed)
}

// mostWattHours is more than any battery of a machine, or of its UPS, holds.
const mostWattHours = 1e6

func (p supplyProperties) battery() Battery {
	b := Battery{
		Model:        strings.TrimSpace(p["MANUFACTURER"] + " " + p["MODEL_NAME"]),
		Manufacturer: p["MANUFACTURER"],
		ModelName:    p["MODEL_NAME"],
		Technology:   p["TECHNOLOGY"],
		Peripheral:   p["SCOPE"] == "Device",
		State:        p["STATUS"],
		ChargeLevel:  p["CAPACITY_LEVEL"],
		Status:       OK,
		Voltage:      p.number("VOLTAGE_NOW", 1e6, 0, 1e3),
		Current:      magnitude(p.number("CURRENT_NOW", 1e6, -1e4, 1e4)),
		Cycles:       p.number("CYCLE_COUNT", 1, 0, 1e6),
		Temperature:  p.number("TEMP", 10, temperatureQuantity.least, temperatureQuantity.most),
	}
	if cycles, ok := b.Cycles.Get(); ok && cycles == 0 {
		b.Cycles = Missing(Unsupported) // firmware that does not count says 0
	}
	if p["PRESENT"] == "0" {
		b.miss(Unsupported, "there is no battery in it")
		return b
	}
	b.Energy, b.EnergyFull, b.EnergyDesign = p.energy("NOW"), p.energy("FULL"), p.energy("FULL_DESIGN")
	b.Charge, b.Health = p.charge(), p.health()
	b.Power = p.power(b.Voltage, b.Current)
	b.ToEmpty, b.ToFull = p.timesLeft(&b)
	return b
}

// miss leaves b without numbers.
func (b *Battery) miss(why Status, reason string) {
	none := Missing(why)
	b.Status, b.Error, b.State, b.ChargeLevel = why, reason, "", ""
	b.Charge, b.Energy, b.EnergyFull, b.EnergyDesign, b.Health = none, none, none, none, none
	b.Power, b.Voltage, b.Current, b.Cycles, b.Temperature = none, none, none, none, none
	b.ToEmpty, b.ToFull = none, none
}

// energy is in watt-hours. Charge is taken at the voltage that the maker gives,
// for the one of the moment would make a full battery look larger.
func (p supplyProperties) energy(which string) Value {
	if energy := p.number("ENERGY_"+which, 1e6, 0, mostWattHours); energy.Status() != Unsupported {
		return energy
	}
	charge := p.number("CHARGE_"+which, 1e6, 0, mostWattHours)
	voltage := p.number("VOLTAGE_MIN_DESIGN", 1e6, 0, 1e3)
	if volts, ok := voltage.Get(); !ok || volts == 0 {
		voltage = p.number("VOLTAGE_NOW", 1e6, 0, 1e3)
	}
	return productOf(charge, voltage)
}

// productOf is missing as whichever factor is.
func productOf(a, b Value) Value {
	x, ok := a.Get()
	if !ok {
		return a
	}
	y, ok := b.Get()
	if !ok {
		return b
	}
	return Of(x * y)
}

func magnitude(v Value) Value {
	if number, ok := v.Get(); ok && number < 0 {
		return Of(-number)
	}
	return v
}

// charge is in percent. A battery that holds more than it last did when full says
// more than 100.
func (p supplyProperties) charge() Value {
	if _, says := p["CAPACITY"]; says {
		capacity := p.number("CAPACITY", 1, 0, 200)
		if percent, ok := capacity.Get(); ok {
			return Of(min(100, percent))
		}
		return capacity
	}
	return p.share("NOW", "FULL")
}

func (p supplyProperties) health() Value { return p.share("FULL", "FULL_DESIGN") }

// share is of two amounts of energy or else of charge.
func (p supplyProperties) share(part, whole string) Value {
	for _, of := range []string{"ENERGY_", "CHARGE_"} {
		a, b := p.number(of+part, 1, 0, 1e12), p.number(of+whole, 1, 0, 1e12)
		x, hasPart := a.Get()
		y, hasWhole := b.Get()
		switch {
		case hasPart && hasWhole && y > 0:
			return percentOf(x, y)
		case a.Status() == Failed || b.Status() == Failed:
			return Missing(Failed)
		}
	}
	return Missing(Unsupported)
}

// power is in watts. Some drivers give it a sign, and not all of them the same.
func (p supplyProperties) power(voltage, current Value) Value {
	if power := magnitude(p.number("POWER_NOW", 1e6, -1e6, 1e6)); power.Status() != Unsupported {
		return power
	}
	return productOf(current, voltage)
}

// timesLeft are how long the battery lasts and takes to be full, each idle while
// it does not do that.
func (p supplyProperties) timesLeft(b *Battery) (toEmpty, toFull Value) {
	toEmpty, toFull = Missing(Idle), Missing(Idle)
	const longest = 1e7 // seconds; the highest numbers of a register mean unknown
	switch b.State {
	case "Discharging":
		toEmpty = p.number("TIME_TO_EMPTY_NOW", 1, 1, longest)
		if toEmpty.Status() != OK {
			toEmpty = secondsAt(b.Power, b.Energy, Of(0))
		}
	case "Charging":
		toFull = p.number("TIME_TO_FULL_NOW", 1, 1, longest)
		if toFull.Status() != OK {
			toFull = secondsAt(b.Power, b.EnergyFull, b.Energy)
		}
	}
	return toEmpty, toFull
}

// secondsAt is how long it takes between two amounts at a power, in seconds.
func secondsAt(power, most, least Value) Value {
	watts, known := power.Get()
	from, hasMost := most.Get()
	to, hasLeast := least.Get()
	switch {
	case !known:
		return power
	case !hasMost:
		return most
	case !hasLeast:
		return least
	case watts == 0:
		return Missing(Idle)
	}
	return Of(3600 * max(0, from-to) / watts)
}
