package collector

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
)

// findThermalZones lists the zones of /sys/class/thermal that no hwmon chip has
// the temperature of already.
func findThermalZones(ctx context.Context, chips []*sensorChip) []*sensorChip {
	var zones []*sensorChip
	for _, entry := range listClass(ctx, "thermal") {
		number, isZone := strings.CutPrefix(entry.name, "thermal_zone")
		kind := readLine(entry.dir, "type")
		if !isZone || !isNumber(number) || isCovered(entry.target, kind, chips) || isFictive(kind) {
			continue
		}
		zones = append(zones, &sensorChip{
			key: entry.key, name: kind, dir: entry.dir, path: entry.target, below: devicePath(ctx, entry.target),
			pause: chipPause[kind], list: zoneInput, describe: describeZone,
		})
	}
	return zones
}

// isCovered: the kernel makes one chip for all zones of a type, as a child of the
// first of them and with its dashes replaced.
func isCovered(zone, kind string, chips []*sensorChip) bool {
	name := strings.ReplaceAll(kind, "-", "_")
	for _, chip := range chips {
		isZone := strings.HasPrefix(filepath.Base(chip.path), "thermal_zone")
		if chip.path == zone || isZone && chip.name == name {
			return true
		}
	}
	return false
}

// isFictive: this zone has no sensor, only policies, and always says 20 °C.
func isFictive(kind string) bool { return kind == "INT3400 Thermal" }

// zoneInput is the one temperature of a zone, whose files have other names. See
// Documentation/driver-api/thermal/sysfs-api.rst.
func zoneInput(c *sensorChip) []chipInput {
	in := c.input(temperatureQuantity, filepath.Base(c.dir), "temp")
	in.Label = c.name
	return []chipInput{in}
}

func describeZone(c *sensorChip, in *chipInput) {
	in.High, in.Critical = c.tripPoint("hot"), c.tripPoint("critical")
}

// tripPoint returns the trip point of a kind, in degrees.
func (c *sensorChip) tripPoint(kind string) Value {
	for i := 0; ; i++ {
		point := "trip_point_" + strconv.Itoa(i)
		switch c.attribute(point + "_type") {
		case "":
			return Missing(Unsupported)
		case kind:
			return temperatureQuantity.limit(c.attribute(point+"_temp"), true)
		}
	}
}
