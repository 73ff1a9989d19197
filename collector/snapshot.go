package collector

import "time"

// Snapshot is all that was read at one tick. It is immutable once published:
// whoever holds one may keep it and read it from any goroutine, and must not
// write to it, nor to what its slices hold.
type Snapshot struct {
	Seq      uint64        // 1 for the first tick of this process, then +1 a tick
	Time     time.Time     // when the tick began, wall clock
	Interval time.Duration // the interval in force
	Gap      *Gap          // set when time passed unseen before this tick

	Host    Reading[Host]
	CPU     Reading[CPU]
	Load    Reading[Load]
	Memory  Reading[Memory]
	Swap    Reading[Swap]
	Mounts  Reading[Mounts]
	Disks   Reading[[]Disk]
	Network Reading[[]Interface]
	Self    Reading[Self]
}

// Gap marks time before a tick in which nothing was seen.
type Gap struct {
	Reason  string  `json:"reason"`          // "suspend", "clock_step" or "late"
	Seconds float64 `json:"missing_seconds"` // negative when the clock was set back
}
