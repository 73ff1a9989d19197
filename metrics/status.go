package metrics

import (
	"slices"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	sectionStatus = gauge("tacho_section_status", "1, with what stands behind the numbers of the section.", "section", "status")
	sectionAge    = gauge("tacho_section_age_seconds", "How much older than the snapshot the newest numbers of the section are.", "section")
	success       = gauge("node_scrape_collector_success", "1 where what node_exporter calls a collector has numbers.", "collector")
)

// collectorsOf are the collectors of node_exporter that a section stands for.
var collectorsOf = map[string][]string{
	"host":     {"os", "time", "uname"},
	"cpu":      {"cpu", "cpufreq"},
	"load":     {"loadavg"},
	"memory":   {"meminfo"},
	"mounts":   {"filesystem"},
	"disks":    {"diskstats"},
	"network":  {"netclass", "netdev"},
	"pressure": {"pressure"},
	"kernel":   {"entropy", "filefd", "softnet", "stat", "vmstat"},
	"sockets":  {"conntrack", "netstat", "sockstat"},
	"sensors":  {"hwmon", "powersupplyclass", "rapl", "thermal_zone"},
	"raid":     {"mdadm"},
	"zfs":      {"zfs"},
	"clock":    {"timex"},
}

func addStatus(e exposition, s *collector.Snapshot) {
	for name, section := range s.Sections() {
		e.add(sectionStatus, 1, name, section.Status().String())
		if section.Has() {
			e.add(sectionAge, section.Age(s.Time).Seconds(), name)
		}
		for _, of := range collectorsOf[name] {
			e.add(success, truth(shown(section) && hasPart(of, s)), of)
		}
	}
}

// parts report of the collectors that are a part of a section whether theirs was
// read. The others have numbers whenever the section has.
var parts = map[string]func(*collector.Snapshot) bool{
	"conntrack": func(s *collector.Snapshot) bool {
		return has(s.Sockets.Value.Conntrack.Used) || has(s.Sockets.Value.Conntrack.Limit)
	},
	"hwmon":            func(s *collector.Snapshot) bool { return anySensor(s, false) || anyMeter(s, true) },
	"thermal_zone":     func(s *collector.Snapshot) bool { return anySensor(s, true) },
	"powersupplyclass": anySupply,
	"rapl":             func(s *collector.Snapshot) bool { return anyMeter(s, false) },
}

func hasPart(name string, s *collector.Snapshot) bool {
	part := parts[name]
	return part == nil || part(s)
}

func has(v collector.Value) bool {
	_, ok := v.Get()
	return ok
}

// anySensor is of a thermal zone or of a chip.
func anySensor(s *collector.Snapshot, zone bool) bool {
	for _, sensors := range sensorsIn(&s.Sensors.Value) {
		if slices.ContainsFunc(sensors, func(one collector.Sensor) bool {
			return has(one.Value) && strings.HasPrefix(one.Input, zonePrefix) == zone
		}) {
			return true
		}
	}
	return false
}

// anyMeter is of a chip or of RAPL.
func anyMeter(s *collector.Snapshot, chip bool) bool {
	return slices.ContainsFunc(s.Sensors.Value.EnergyMeters, func(m collector.EnergyMeter) bool {
		return has(m.Energy) && (m.Chip != "") == chip
	})
}

func anySupply(s *collector.Snapshot) bool {
	return slices.ContainsFunc(s.Sensors.Value.Batteries, func(b collector.Battery) bool { return b.Status == collector.OK }) ||
		slices.ContainsFunc(s.Sensors.Value.Supplies, func(p collector.PowerSource) bool { return p.Status == collector.OK })
}

// shown reports whether the numbers of a section are of now, as far as they are
// there at all. A section that is stale has earlier ones, which a scrape would
// date as of now.
func shown(s collector.Section) bool {
	status := s.Status()
	return status == collector.OK || status == collector.NoBaseline
}
