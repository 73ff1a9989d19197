package collector

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Sensors are the temperatures, fans, voltages, currents, powers and humidities
// that this machine measures, its batteries and what its processors consume.
// Source: /sys/class/hwmon, /sys/class/thermal, /sys/class/power_supply,
// /sys/class/powercap.
//
// Every list is in the order of the devices, which does not change between boots
// as the numbers of the directories do. It is empty where there is none.
type Sensors struct {
	Temperatures []Sensor      `json:"temperatures"`
	Fans         []Sensor      `json:"fans"`
	Voltages     []Sensor      `json:"voltages"`
	Currents     []Sensor      `json:"currents"`
	Powers       []Sensor      `json:"powers"`
	Humidities   []Sensor      `json:"humidities"`
	Batteries    []Battery     `json:"batteries"`
	Supplies     []PowerSource `json:"power_sources"`
	EnergyMeters []EnergyMeter `json:"energy_meters"`
}

// SensorKind is what a [Sensor] measures.
type SensorKind string

// The kinds of [Sensor].
const (
	TemperatureSensor SensorKind = "temperature"
	FanSensor         SensorKind = "fan"
	VoltageSensor     SensorKind = "voltage"
	CurrentSensor     SensorKind = "current"
	PowerSensor       SensorKind = "power"
	HumiditySensor    SensorKind = "humidity"
)

// Sensor is one input of a chip. Value and the limits are in Unit.
//
// What a sensor of its kind cannot measure is no value: a driver that has no
// diode to read gives the ends of its register. Limits of that sort, which
// nobody has set, are unsupported. Of a chip that does not answer, or is not asked
// because that would wake it or keep it from its sleep, Value is stale and Last is
// what it was; Error says which. A chip that takes long to read is read less often,
// and so is one whose reading takes a command to a drive (nvme 10 s, drivetemp a
// minute) or wakes processors (coretemp, x86_pkg_temp 5 s); Age says when.
type Sensor struct {
	Kind   SensorKind `json:"kind"`
	Chip   string     `json:"chip"`   // its driver's name for it, "coretemp"; of a thermal zone the type
	Device string     `json:"device"` // below /sys/devices: "platform/coretemp.0"
	Input  string     `json:"input"`  // "temp1", "thermal_zone0"
	Label  string     `json:"label"`  // "Package id 0"; Input where the driver has none
	Unit   string     `json:"unit"`   // "celsius", "rpm", "volts", "amperes", "watts", "percent"
	Status Status     `json:"status" from:"/sys/class/hwmon/hwmonN/KINDN_input: how reading it went; error where KINDN_fault is 1"`
	Error  string     `json:"error,omitempty"` // why there is no Value, where Status does not tell

	Value       Value `json:"value" from:"/sys/class/hwmon/hwmonN/KINDN_input: / 1000 (power / 10⁶, fan × 1); of a thermal zone temp / 1000"`
	Last        Value `json:"last_value" from:"/sys/class/hwmon/hwmonN/KINDN_input: as the last reading gave it"`
	Age         Value `json:"age_seconds" from:"clock_gettime(2): since Last was read"`
	High        Value `json:"high" from:"/sys/class/hwmon/hwmonN/KINDN_max: / 1000 (power / 10⁶, without it KINDN_cap; fan × 1); of a thermal zone its trip point hot"`
	Critical    Value `json:"critical" from:"/sys/class/hwmon/hwmonN/KINDN_crit: / 1000 (power / 10⁶); of a thermal zone its trip point critical"`
	Low         Value `json:"low" from:"/sys/class/hwmon/hwmonN/KINDN_min: / 1000 (power / 10⁶, fan × 1)"`
	LowCritical Value `json:"low_critical" from:"/sys/class/hwmon/hwmonN/KINDN_lcrit: / 1000 (power / 10⁶)"`
	Alarm       bool  `json:"alarm"` // one that the chip raised, up to 10 s ago
}

// Battery is one power supply of the type Battery or UPS. Source:
// /sys/class/power_supply/NAME, read every five seconds. Where the driver counts
// charge instead of energy, watt-hours are charge × voltage.
type Battery struct {
	Name         string `json:"name"`   // "BAT0", "hidpp_battery_0"
	Device       string `json:"device"` // below /sys/devices
	Model        string `json:"model"`  // maker and model; "" where neither is known
	Type         string `json:"-"`      // the kernel's: "Battery" or "UPS"
	Manufacturer string `json:"-"`      // as the firmware has it; "" where it is not known
	ModelName    string `json:"-"`      // the maker's name of the model; "" where it is not known
	Technology   string `json:"technology"`
	Peripheral   bool   `json:"peripheral"` // of a mouse or a headset, and not of the machine
	State        string `json:"state"`      // "Charging", "Discharging", "Not charging", "Full", "Unknown"; "" without
	Status       Status `json:"status" from:"/sys/class/power_supply/NAME/uevent: how reading it went"`
	Error        string `json:"error,omitempty"`

	Charge       Value  `json:"charge_percent" from:"/sys/class/power_supply/NAME/uevent: CAPACITY, at most 100; without it 100 × ENERGY_NOW / ENERGY_FULL, or of CHARGE"`
	ChargeLevel  string `json:"charge_level"` // "Normal", "Low", "Critical" of one that knows no percent; else ""
	Energy       Value  `json:"energy_watt_hours" from:"/sys/class/power_supply/NAME/uevent: ENERGY_NOW / 10⁶, or CHARGE_NOW × VOLTAGE_MIN_DESIGN (without it VOLTAGE_NOW) / 10¹²"`
	EnergyFull   Value  `json:"energy_full_watt_hours" from:"/sys/class/power_supply/NAME/uevent: ENERGY_FULL / 10⁶, or CHARGE_FULL × VOLTAGE_MIN_DESIGN (without it VOLTAGE_NOW) / 10¹²"`
	EnergyDesign Value  `json:"energy_full_design_watt_hours" from:"/sys/class/power_supply/NAME/uevent: ENERGY_FULL_DESIGN / 10⁶, or CHARGE_FULL_DESIGN × VOLTAGE_MIN_DESIGN (without it VOLTAGE_NOW) / 10¹²"`
	Health       Value  `json:"health_percent" from:"/sys/class/power_supply/NAME/uevent: 100 × ENERGY_FULL / ENERGY_FULL_DESIGN, or of CHARGE; at most 100"`
	Power        Value  `json:"power_watts" from:"/sys/class/power_supply/NAME/uevent: POWER_NOW / 10⁶ without its sign, or CURRENT_NOW × VOLTAGE_NOW / 10¹²"`
	Voltage      Value  `json:"voltage_volts" from:"/sys/class/power_supply/NAME/uevent: VOLTAGE_NOW / 10⁶"`
	Current      Value  `json:"current_amperes" from:"/sys/class/power_supply/NAME/uevent: CURRENT_NOW / 10⁶ without its sign"`
	Cycles       Value  `json:"cycles" from:"/sys/class/power_supply/NAME/uevent: CYCLE_COUNT"`
	Temperature  Value  `json:"temperature_celsius" from:"/sys/class/power_supply/NAME/uevent: TEMP / 10"`
	ToEmpty      Value  `json:"to_empty_seconds" from:"/sys/class/power_supply/NAME/uevent: TIME_TO_EMPTY_NOW, or 3600 × energy / power while it discharges"`
	ToFull       Value  `json:"to_full_seconds" from:"/sys/class/power_supply/NAME/uevent: TIME_TO_FULL_NOW, or 3600 × (full − now) / power while it charges"`
	Age          Value  `json:"age_seconds" from:"clock_gettime(2): since it was read"`
}

// PowerSource is a power supply that is no battery: the mains, a USB port.
type PowerSource struct {
	Name   string `json:"name"`   // "AC"
	Device string `json:"device"` // below /sys/devices
	Type   string `json:"type"`   // "Mains", "USB", "Wireless"
	Status Status `json:"status" from:"/sys/class/power_supply/NAME/uevent: how reading it went"`
	Error  string `json:"error,omitempty"`
	Online Value  `json:"online" from:"/sys/class/power_supply/NAME/uevent: ONLINE, 1 while it supplies"`
	Age    Value  `json:"age_seconds" from:"clock_gettime(2): since it was read"`
}

// EnergyMeter counts what a part of the machine has consumed: a RAPL domain
// (only root may read them) or an energy input of a hwmon chip. Domains contain
// each other, so their sum means nothing.
type EnergyMeter struct {
	Name   string `json:"name"`   // "package-0", "dram"; of a chip the label
	Meter  string `json:"meter"`  // "intel-rapl:0:1"; of a chip its input, "energy1"
	Parent string `json:"parent"` // the meter that this one is a part of; "" for none
	Chip   string `json:"chip"`   // of a chip its driver's name for it; else ""
	Device string `json:"device"` // below /sys/devices
	Status Status `json:"status" from:"/sys/class/powercap/intel-rapl:N/energy_uj: how reading it went"`
	Error  string `json:"error,omitempty"`
	Energy Value  `json:"joules_total" from:"/sys/class/powercap/intel-rapl:N/energy_uj: / 10⁶; of a chip energyN_input / 10⁶"`
	Power  Value  `json:"power_watts" from:"/sys/class/powercap/intel-rapl:N/energy_uj: Δ / 10⁶ / t, one wrap at max_energy_range_uj allowed for"`
}

// NewSensors returns the collector of Sensors. It wraps [ErrNoBaseline] at the
// first reading of energy meters, and [ErrUnsupported] where the machine has
// nothing of all this; the error then says what sort of machine it is.
//
// Each chip is called apart from the others, so that a driver that hangs takes
// no more than its own sensors and one parked goroutine.
func NewSensors() Collector[Sensors] { return newSensors(new(deviceRests)) }

func newSensors(rests *deviceRests) Collector[Sensors] {
	r := &sensorReader{fence: fence[string, deviceReading]{subject: "sensor"}, rests: rests}
	return r.read
}

type sensorReader struct {
	fence   fence[string, deviceReading]
	rests   *deviceRests
	classes [len(sensorClasses)]classWatch
	devices []*sensorDevice // hwmon chips, thermal zones, power supplies
	rapl    raplReader
	before  Sensors
	none    string // why there is nothing, once that was asked
	begun   bool
}

func (r *sensorReader) read(ctx context.Context) (Sensors, error) {
	if err := r.refresh(ctx); err != nil {
		return Sensors{}, fmt.Errorf("sensors: %w", err)
	}
	r.measure(ctx)
	now := time.Now()
	s := r.sized()
	s.EnergyMeters = append(s.EnergyMeters, r.rapl.read(ctx, now)...)
	for _, d := range r.devices {
		d.addTo(&s, now)
	}
	r.before = s
	if s.isEmpty() {
		return Sensors{}, fmt.Errorf("sensors: %w: %s", ErrUnsupported, r.whyNone(ctx))
	}
	first := !r.begun
	r.begun = true
	if first && s.countsEnergy() {
		return s, fmt.Errorf("sensors: %w: first reading of the energy meters", ErrNoBaseline)
	}
	return s, nil
}

// measure calls the devices whose turn it is, all at once.
func (r *sensorReader) measure(ctx context.Context) {
	now := time.Now()
	var keys []string
	due := make(map[string]*sensorDevice, len(r.devices))
	for _, d := range r.devices {
		if !now.Before(d.due) {
			keys = append(keys, d.key)
			due[d.key] = d
		}
	}
	// It may outlive this reading, so it holds on to nothing that a later one writes to.
	call := func(key string) (deviceReading, error) { return due[key].read(time.Now()) }
	for i, o := range r.fence.gather(ctx, keys, call) {
		due[keys[i]].take(o)
	}
}

func (s *Sensors) add(input Sensor, power Value) {
	switch input.Kind {
	case TemperatureSensor:
		s.Temperatures = append(s.Temperatures, input)
	case FanSensor:
		s.Fans = append(s.Fans, input)
	case VoltageSensor:
		s.Voltages = append(s.Voltages, input)
	case CurrentSensor:
		s.Currents = append(s.Currents, input)
	case PowerSensor:
		s.Powers = append(s.Powers, input)
	case HumiditySensor:
		s.Humidities = append(s.Humidities, input)
	case energySensor:
		s.EnergyMeters = append(s.EnergyMeters, EnergyMeter{
			Name: input.Label, Meter: input.Input, Chip: input.Chip, Device: input.Device,
			Status: input.Status, Error: input.Error, Energy: input.Value, Power: power,
		})
	}
}

// sized has lists, so that JSON has no null for them, with room for as many as
// there were before.
func (r *sensorReader) sized() Sensors {
	room := func(before []Sensor) []Sensor { return make([]Sensor, 0, len(before)) }
	return Sensors{
		Temperatures: room(r.before.Temperatures),
		Fans:         room(r.before.Fans),
		Voltages:     room(r.before.Voltages),
		Currents:     room(r.before.Currents),
		Powers:       room(r.before.Powers),
		Humidities:   room(r.before.Humidities),
		Batteries:    make([]Battery, 0, len(r.before.Batteries)),
		Supplies:     make([]PowerSource, 0, len(r.before.Supplies)),
		EnergyMeters: make([]EnergyMeter, 0, len(r.before.EnergyMeters)),
	}
}

func (s *Sensors) isEmpty() bool {
	return len(s.Temperatures)+len(s.Fans)+len(s.Voltages)+len(s.Currents)+len(s.Powers)+len(s.Humidities)+
		len(s.Batteries)+len(s.Supplies)+len(s.EnergyMeters) == 0
}

func (s *Sensors) countsEnergy() bool {
	return slices.ContainsFunc(s.EnergyMeters, func(m EnergyMeter) bool { return m.Energy.Status() == OK })
}

// whyNone tells a machine without sensors from one whose drivers are missing.
func (r *sensorReader) whyNone(ctx context.Context) string {
	if r.none == "" {
		r.none = "the kernel has found none; their drivers may not be loaded (sensors-detect finds out which)"
		if machine := virtualization(ctx); machine != "" {
			r.none = "this is a virtual machine or container (" + machine + "), which is not given those of the hardware"
		}
	}
	return r.none
}
