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
	Late     time.Duration // how much later than its schedule the tick began
	Took     time.Duration // from Time until all that there is of it was read

	Host        Reading[Host]        `section:"host"`
	CPU         Reading[CPU]         `section:"cpu"`
	Load        Reading[Load]        `section:"load"`
	Memory      Reading[Memory]      `section:"memory"`
	Swap        Reading[Swap]        `section:"swap"`
	Mounts      Reading[Mounts]      `section:"mounts"`
	Disks       Reading[[]Disk]      `section:"disks"`
	Network     Reading[[]Interface] `section:"network"`
	Processes   Reading[Processes]   `section:"processes"`
	Pressure    Reading[Pressure]    `section:"pressure"`
	Kernel      Reading[Kernel]      `section:"kernel"`
	Sockets     Reading[Sockets]     `section:"sockets"`
	Connections Reading[Connections] `section:"connections"`
	Sensors     Reading[Sensors]     `section:"sensors"`
	RAID        Reading[RAID]        `section:"raid"`
	ZFS         Reading[ZFS]         `section:"zfs"`
	Cgroups     Reading[Cgroups]     `section:"cgroups"`
	GPUs        Reading[GPUs]        `section:"gpus"`
	Clock       Reading[Clock]       `section:"clock"`
	Self        Reading[Self]        `section:"self"`
}

// Gap marks time before a tick in which nothing was seen.
type Gap struct {
	Reason  string  `json:"reason"`          // "suspend", "clock_step" or "late"
	Seconds float64 `json:"missing_seconds"` // negative when the clock was set back
}
