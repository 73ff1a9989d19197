package metrics

import "github.com/tacho-monitor/tacho/collector"

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
			e.add(success, truth(shown(section)), of)
		}
	}
}

// shown reports whether the numbers of a section are of now, as far as they are
// there at all. A section that is stale has earlier ones, which a scrape would
// date as of now.
func shown(s collector.Section) bool {
	status := s.Status()
	return status == collector.OK || status == collector.NoBaseline
}
