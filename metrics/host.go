package metrics

import (
	"strconv"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	unameInfo = gauge("node_uname_info", "1, with what uname(2) says.",
		"domainname", "machine", "nodename", "release", "sysname", "version")
	osInfo = gauge("node_os_info", "1, with what os-release says.",
		"build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name",
		"variant", "variant_id", "version", "version_codename", "version_id")
	osVersion  = gauge("node_os_version", "Version of the operating system, as far as it is a number.", "id", "id_like", "name")
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
	e.add(unameInfo, 1, host.DomainName, host.Architecture, host.Name, host.Kernel, "Linux", host.KernelVersion)
	e.add(bootTime, unixSeconds(host.BootTime))
	addRelease(e, &host.Release)
}

func addRelease(e exposition, r *collector.OSRelease) {
	if *r == (collector.OSRelease{}) {
		return
	}
	e.add(osInfo, 1, r.BuildID, r.ID, r.IDLike, r.ImageID, r.ImageVersion, r.Name, r.PrettyName,
		r.Variant, r.VariantID, r.Version, r.VersionCodename, r.VersionID)
	if number, ok := majorMinor(r.VersionID); ok {
		e.add(osVersion, number, r.ID, r.IDLike, r.Name)
	}
}

// majorMinor reads as much of "24.04.1" as is one number: 24.04.
func majorMinor(version string) (float64, bool) {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	whole, err := strconv.ParseUint(major, 10, 32)
	if err != nil {
		return 0, false
	}
	if number, err := strconv.ParseFloat(major+"."+minor, 64); err == nil && isDigits(minor) {
		return number, true
	}
	return float64(whole), true
}

// isDigits is true of no digits as well.
func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

func unixSeconds(t time.Time) float64 {
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}
