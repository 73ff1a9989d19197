package metrics

import (
	"path"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	chipNames   = gauge("node_hwmon_chip_names", "1 for each chip, with its driver's name for it.", "chip", "chip_name")
	sensorLabel = gauge("node_hwmon_sensor_label", "1 for each sensor that has a label.", "chip", "label", "sensor")
	zoneTemp    = gauge("node_thermal_zone_temp", "Temperature of the zone, in degrees Celsius.", "type", "zone")
)

// sensorFamilies are those of one kind of sensor: its value and its limits.
type sensorFamilies struct {
	value, high, critical, low, lowCritical *desc   // nil where it cannot be told what a number is
	scale                                   float64 // what a number is multiplied by
}

func sensorsOf(kind, unit, what string, scale float64) sensorFamilies {
	family := func(element, help string) *desc {
		return gauge("node_hwmon_"+kind+element+unit, help, "chip", "sensor")
	}
	return sensorFamilies{
		value:       family("", what+" that the sensor measures."),
		high:        family("_max", what+" that should not be exceeded."),
		critical:    family("_crit", what+" that is critically high."),
		low:         family("_min", what+" that should be kept."),
		lowCritical: family("_lcrit", what+" that is critically low."),
		scale:       scale,
	}
}

var sensorKinds = map[collector.SensorKind]sensorFamilies{
	collector.TemperatureSensor: sensorsOf("temp", "_celsius", "Temperature", 1),
	collector.FanSensor:         sensorsOf("fan", "_rpm", "Speed", 1),
	collector.VoltageSensor:     sensorsOf("in", "_volts", "Voltage", 1),
	collector.CurrentSensor:     sensorsOf("curr", "_amps", "Current", 1),
	collector.PowerSensor:       powerSensors(),
	collector.HumiditySensor:    sensorsOf("humidity", "", "Humidity, as a share of 1,", 0.01),
}

// powerSensors have no upper limit: a snapshot does not tell the greatest power,
// power1_max, from what the chip holds it down to, power1_cap.
func powerSensors() sensorFamilies {
	families := sensorsOf("power", "_watt", "Power", 1)
	families.high = nil
	return families
}

func addSensors(e exposition, s *collector.Snapshot) {
	if !shown(&s.Sensors) {
		return
	}
	all := &s.Sensors.Value
	for _, sensors := range sensorsIn(all) {
		for i := range sensors {
			addSensor(e, &sensors[i])
		}
	}
	addSupplies(e, all)
	addEnergy(e, all.EnergyMeters)
}

func sensorsIn(all *collector.Sensors) [6][]collector.Sensor {
	return [...][]collector.Sensor{all.Temperatures, all.Fans, all.Voltages, all.Currents, all.Powers, all.Humidities}
}

// zonePrefix begins the inputs of thermal zones, which are of no chip.
const zonePrefix = "thermal_zone"

func addSensor(e exposition, s *collector.Sensor) {
	if zone, ok := strings.CutPrefix(s.Input, zonePrefix); ok {
		e.addValue(zoneTemp, s.Value, s.Chip, zone)
		return
	}
	families, known := sensorKinds[s.Kind]
	if !known {
		return
	}
	chip := chipOf(s.Device, s.Chip)
	e.add(chipNames, 1, chip, metricWord(s.Chip))
	if s.Label != s.Input {
		e.add(sensorLabel, 1, chip, s.Label, s.Input)
	}
	families.add(e, s, chip)
}

func (f *sensorFamilies) add(e exposition, s *collector.Sensor, chip string) {
	for _, part := range []struct {
		*desc
		collector.Value
	}{{f.value, s.Value}, {f.high, s.High}, {f.critical, s.Critical}, {f.low, s.Low}, {f.lowCritical, s.LowCritical}} {
		if number, ok := part.Get(); ok && part.desc != nil {
			e.add(part.desc, number*f.scale, chip, s.Input)
		}
	}
}

// chipOf is node_exporter's name of a chip, which stays the same from boot to
// boot: the directory of the device and the one above it. A chip of no device has
// the name that its driver gives it.
func chipOf(device, name string) string {
	if device == "" || strings.HasPrefix(device, "virtual/hwmon/") {
		return metricWord(name)
	}
	above := path.Base(path.Dir("devices/" + device))
	return strings.Trim(metricWord(above)+"_"+metricWord(path.Base(device)), "_")
}

// metricWord is in lower case, with an underscore for what is neither a letter,
// a digit nor a colon, and none at its ends.
func metricWord(text string) string {
	word := []byte(strings.ToLower(text))
	for i, c := range word {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == ':') {
			word[i] = '_'
		}
	}
	return strings.Trim(string(word), "_")
}
