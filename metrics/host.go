package metrics

import (
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	unameInfo  = gauge("node_uname_info", "1, with what uname(2) says.", "machine", "nodename", "release", "sysname")
	osInfo     = gauge("node_os_info", "1, with what os-release says.", "pretty_name")
	bootTime   = gauge("node_boot_time_seconds", "When the machine started, in seconds since 1970.")
	timeNow    = gauge("node_time_seconds", "When the snapshot was taken, in seconds since 1970.")
	zoneOffset = gauge("node_time_zone_offset_seconds", "How far local time is ahead of UTC.", "time_zone")
)

func addHost(e exposition, s *collector.Snapshot) {
	e.add(timeNow, unixSeconds(s.Time))
	zone, offset := s.Time.Zone()
	e.add(zoneOffset, float64(offset), zone)
	if !shown(&s.Host) {
		return
	}
	host := &s.Host.Value
	e.add(unameInfo, 1, host.Architecture, host.Name, host.Kernel, "Linux")
	if host.OS != "" {
		e.add(osInfo, 1, host.OS)
	}
	e.add(bootTime, unixSeconds(host.BootTime))
}

func unixSeconds(t time.Time) float64 {
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}
