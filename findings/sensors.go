package findings

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// chargeLeft is the charge of a battery in percent at which it is worth a
// warning, and at which it is critical.
var chargeLeft = bounds{20, 7}

// sensors are what is beyond its limits, and batteries that run out.
func (r *report) sensors(s *collector.Snapshot) {
	if !usable(s.Sensors) {
		return
	}
	v := s.Sensors.Value
	for _, one := range slices.Concat(v.Temperatures, v.Fans, v.Voltages, v.Currents, v.Powers, v.Humidities) {
		r.sensor(one)
	}
	for _, b := range v.Batteries {
		if severity := OfBattery(b); severity > 0 {
			r.add(severity, "sensors", b.Name, "%s", BatteryText(b))
		}
	}
}

func (r *report) sensor(s collector.Sensor) {
	severity := OfSensor(s)
	if severity == 0 {
		return
	}
	r.add(severity, "sensors", s.Label, "%s", SensorText(s))
}

// SensorText says what a sensor reads, and which limit that is beyond.
func SensorText(s collector.Sensor) string {
	reading := "alarm"
	if value, ok := s.Value.Get(); ok {
		reading = decimal(value) + " " + unitSign(s.Unit)
	}
	if bound, limit, ok := passed(s); ok {
		reading += ", " + bound + " is " + decimal(limit)
	}
	return reading
}

// OfSensor returns how much the reading of a sensor matters, 0 for one within its
// limits. An alarm counts where there is a limit that it can be about: chips
// raise it for limits that nobody has set. The highest power is no limit but
// what the device keeps to.
func OfSensor(s collector.Sensor) Severity {
	bound, _, beyond := passed(s)
	switch {
	case beyond && (bound == critical || bound == lowCritical):
		return Critical
	case beyond, s.Alarm && hasLimit(s):
		return Warning
	}
	return 0
}

// The limits of a sensor, as they are called.
const (
	critical    = "critical"
	lowCritical = "lowest allowed"
	high        = "high"
	low         = "low"
)

// passed returns the worst limit that a sensor is beyond, by name and number.
func passed(s collector.Sensor) (bound string, limit float64, ok bool) {
	value, known := s.Value.Get()
	for _, l := range []struct {
		name  string
		limit collector.Value
		upper bool
	}{{critical, s.Critical, true}, {lowCritical, s.LowCritical, false}, {high, s.High, true}, {low, s.Low, false}} {
		number, set := l.limit.Get()
		if !known || !set || l.name == high && s.Kind == collector.PowerSensor {
			continue
		}
		if l.upper && value >= number || !l.upper && value < number {
			return l.name, number, true
		}
	}
	return "", 0, false
}

func hasLimit(s collector.Sensor) bool {
	return slices.ContainsFunc([]collector.Value{s.Critical, s.High, s.Low, s.LowCritical}, func(v collector.Value) bool {
		_, set := v.Get()
		return set
	})
}

// OfBattery returns how much the charge of a battery matters, 0 for one that has
// enough or is being charged. That of a mouse is never critical.
func OfBattery(b collector.Battery) Severity {
	charge, ok := b.Charge.Get()
	severity := Severity(0)
	switch {
	case b.State != "Discharging":
		return 0
	case ok && charge <= chargeLeft.critical, !ok && b.ChargeLevel == "Critical":
		severity = Critical
	case ok && charge <= chargeLeft.warning, !ok && b.ChargeLevel == "Low":
		severity = Warning
	}
	if b.Peripheral {
		return min(severity, Warning)
	}
	return severity
}

// BatteryText says how much is left in a battery.
func BatteryText(b collector.Battery) string {
	if charge, ok := b.Charge.Get(); ok {
		return percent(charge) + " left"
	}
	return "nearly empty"
}

// unitSign is a unit of a sensor as people write it.
func unitSign(unit string) string {
	switch unit {
	case "celsius":
		return "°C"
	case "volts":
		return "V"
	case "amperes":
		return "A"
	case "watts":
		return "W"
	case "percent":
		return "%"
	}
	return unit
}

// gpus are those that are too hot to run at full speed, and those that do not
// answer.
func (r *report) gpus(s *collector.Snapshot) {
	if !usable(s.GPUs) {
		return
	}
	for _, g := range s.GPUs.Value.Devices {
		r.gpu(g)
	}
}

func (r *report) gpu(g collector.GPU) {
	if severity, text := OfGPU(g); severity > 0 {
		r.add(severity, "gpus", GPUName(g), "%s", text)
	}
}

// GPUName is what a GPU is called, by its number where it has no name.
func GPUName(g collector.GPU) string {
	if g.Name == "" {
		return "GPU " + strconv.Itoa(g.Index)
	}
	return g.Name
}

// OfGPU returns how much the state of a GPU matters, and what it is; 0 for one that
// answers and is cool enough.
func OfGPU(g collector.GPU) (severity Severity, text string) {
	switch g.State {
	case "error", "stale":
		return Critical, "not read: " + g.Error
	}
	heat, ok := g.Temperature.Get()
	for _, l := range []struct {
		severity Severity
		limit    collector.Value
		does     string
	}{{Critical, g.CriticalTemperature, "shuts down"}, {Warning, g.SlowdownTemperature, "slows down"}} {
		if limit, set := l.limit.Get(); ok && set && heat >= limit {
			return l.severity, fmt.Sprintf("%s °C, %s at %s", decimal(heat), l.does, decimal(limit))
		}
	}
	return 0, ""
}
