package metrics

import (
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	buildInfo    = gauge("tacho_build_info", "1, with the version of tacho.", "version")
	snapshotSeq  = counter("tacho_snapshots_total", "Snapshots taken since tacho started.")
	snapshotTime = gauge("tacho_snapshot_time_seconds", "When the snapshot was taken, in seconds since 1970.")
	interval     = gauge("tacho_interval_seconds", "Seconds between snapshots, as the settings have it.")

	ownSeconds    = counter("process_cpu_seconds_total", "Processor seconds that tacho took.")
	ownResident   = gauge("process_resident_memory_bytes", "Memory that tacho holds.")
	ownStart      = gauge("process_start_time_seconds", "When tacho started, in seconds since 1970.")
	ownGoroutines = gauge("go_goroutines", "Goroutines that tacho has.")
)

// started is when this process did, but for some milliseconds.
var started = time.Now()

func addSelf(e exposition, s *collector.Snapshot) {
	e.add(snapshotSeq, float64(s.Seq))
	e.add(snapshotTime, unixSeconds(s.Time))
	e.add(interval, s.Interval.Seconds())
	e.add(ownStart, unixSeconds(started))
	if !shown(&s.Self) {
		return
	}
	e.add(ownSeconds, s.Self.Value.CPUSeconds)
	e.add(ownResident, float64(s.Self.Value.Resident))
	e.add(ownGoroutines, float64(s.Self.Value.Goroutines))
}
