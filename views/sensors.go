package views

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// sensorGroup is a kind of sensor with those of it that the machine has.
type sensorGroup struct {
	name    string
	path    string // where the value of one is in the section
	as      format
	sensors []collector.Sensor
}

func sensorGroups(s collector.Sensors) (groups []sensorGroup) {
	for _, g := range []sensorGroup{
		{"temperatures", "temperatures[].value", celsius, s.Temperatures}, {"fans", "fans[].value", rpm, s.Fans},
		{"power", "powers[].value", watts, s.Powers}, {"voltages", "voltages[].value", volts, s.Voltages},
		{"currents", "currents[].value", amperes, s.Currents}, {"humidity", "humidities[].value", percent, s.Humidities},
	} {
		if len(g.sensors) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// celsius, rpm, watts, volts and amperes are what sensors measure in.
func celsius(x float64) (digits, unit string) { return strconv.FormatFloat(x, 'f', 1, 64), "°C" }
func rpm(x float64) (digits, unit string)     { return strconv.FormatFloat(x, 'f', 0, 64), "rpm" }
func watts(x float64) (digits, unit string)   { return trimmed(significant(x)), "W" }
func amperes(x float64) (digits, unit string) { return significant(x), "A" }
func volts(x float64) (digits, unit string)   { return strconv.FormatFloat(x, 'f', 2, 64), "V" }
func wattHours(x float64) (digits, unit string) {
	return trimmed(significant(x)), "Wh"
}

// alarm is how a sensor stands to its limits: "full" beyond one that is
// critical, "high" beyond the others, "" within them.
func alarm(s collector.Sensor) string { return urgency(findings.OfSensor(s)) }

// urgency is the colour of what matters so much.
func urgency(severity findings.Severity) string {
	switch severity {
	case findings.Critical:
		return "full"
	case findings.Warning:
		return "high"
	}
	return ""
}

// ofLimit is how near a sensor is to its highest limit, in percent of that; for
// what has no limit it is missing.
func ofLimit(s collector.Sensor) collector.Value {
	value, ok := s.Value.Get()
	for _, limit := range []collector.Value{s.Critical, s.High} {
		if bound, set := limit.Get(); ok && set && bound > 0 {
			return collector.Of(100 * value / bound)
		}
	}
	return collector.Missing(collector.Unsupported)
}

func sensorTitle(s collector.Sensor, g sensorGroup) string {
	limits := ""
	for _, limit := range []struct {
		name  string
		value collector.Value
	}{{"low", s.Low}, {"high", s.High}, {"critical", s.Critical}} {
		if number, ok := limit.value.Get(); ok {
			limits = join(limits, limit.name+" "+g.as.text(number))
		}
	}
	return sourced(join(clean(s.Chip), clean(s.Label), clean(s.Device), limits), "sensors", g.path)
}

// sensorReason is why a sensor has no number, "" for what its status says.
func sensorReason(s collector.Sensor) string {
	if s.Error == "" {
		return why(s.Value.Status())
	}
	return clean(s.Error)
}

// remaining is how long until the battery is empty or full.
func remaining(b collector.Battery) string {
	if left, ok := b.ToEmpty.Get(); ok {
		return duration(seconds(left)) + " left"
	}
	if left, ok := b.ToFull.Get(); ok {
		return "full in " + duration(seconds(left))
	}
	return ""
}

func batteryTitle(b collector.Battery) string {
	say := func(name string, v collector.Value, as format) string {
		number, ok := v.Get()
		if !ok {
			return ""
		}
		return name + " " + as.text(number)
	}
	return sourced(join(clean(b.Model), clean(b.Technology), say("health", b.Health, percent), say("energy", b.Energy, wattHours),
		say("power", b.Power, watts), say("cycles", b.Cycles, count), clean(b.Error)), "sensors", "batteries[].charge_percent")
}

func supplying(p collector.PowerSource) string {
	online, ok := p.Online.Get()
	switch {
	case !ok:
		return why(p.Online.Status())
	case online > 0:
		return "supplies"
	}
	return "not connected"
}
