package metrics

import (
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	supplyInfo   = gauge("node_power_supply_info", "1 for each power supply, with what it is.", "capacity_level", "manufacturer", "model_name", "power_supply", "status", "technology", "type")
	supplyOnline = gauge("node_power_supply_online", "1 while the power supply gives power.", "power_supply")
	chipEnergy   = counter("node_hwmon_energy_joule_total", "Energy that the sensor has counted.", "chip", "sensor")
)

var batteryColumns = []column[collector.Battery]{
	{gauge("node_power_supply_capacity", "Charge of the battery, in percent.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Charge }},
	{gauge("node_power_supply_energy_watthour", "Energy in the battery.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Energy }},
	{gauge("node_power_supply_energy_full", "Energy of the full battery, in watt-hours.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.EnergyFull }},
	{gauge("node_power_supply_energy_full_design", "Energy of the full battery when it was new, in watt-hours.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.EnergyDesign }},
	{gauge("node_power_supply_power_watt", "Power into or out of the battery.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Power }},
	{gauge("node_power_supply_voltage_volt", "Voltage of the battery.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Voltage }},
	{gauge("node_power_supply_current_ampere", "Current into or out of the battery.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Current }},
	{gauge("node_power_supply_cyclecount", "Times that the battery was charged.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Cycles }},
	{gauge("node_power_supply_temp_celsius", "Temperature of the battery.", "power_supply"),
		func(b *collector.Battery) collector.Value { return b.Temperature }},
}

func addSupplies(e exposition, s *collector.Sensors) {
	for i := range s.Batteries {
		b := &s.Batteries[i]
		e.add(supplyInfo, 1, b.ChargeLevel, strings.TrimSpace(b.Manufacturer), strings.TrimSpace(b.ModelName), b.Name, b.State, b.Technology, b.Type)
		addColumns(e, batteryColumns, b, b.Name)
	}
	for i := range s.Supplies {
		p := &s.Supplies[i]
		e.add(supplyInfo, 1, "", "", "", p.Name, "", "", p.Type)
		e.addValue(supplyOnline, p.Online, p.Name)
	}
}

// addEnergy has one family for the meters of chips, and one for each kind of RAPL
// domain, in which the domains are counted.
func addEnergy(e exposition, meters []collector.EnergyMeter) {
	seen := make(map[string]int)
	for i := range meters {
		m := &meters[i]
		if m.Chip != "" {
			e.addValue(chipEnergy, m.Energy, chipOf(m.Device, m.Chip), m.Meter)
			continue
		}
		kind, index := raplZone(m.Name)
		if index == "" {
			index = strconv.Itoa(seen[kind])
			seen[kind]++
		}
		if name := strings.ReplaceAll(metricWord(kind), ":", "_"); name != "" {
			rapl := counter("node_rapl_"+name+"_joules_total", "Energy that the RAPL domain took.", "index", "path")
			e.addValue(rapl, m.Energy, index, "/sys/class/powercap/"+m.Meter)
		}
	}
}

// raplZone splits "package-0" into its kind and its number; "" for none.
func raplZone(name string) (kind, index string) {
	kind = strings.TrimRight(name, "0123456789")
	if index = name[len(kind):]; index == "" || !strings.HasSuffix(kind, "-") {
		return name, ""
	}
	return strings.TrimSuffix(kind, "-"), index
}
