package views

import (
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

type identified struct {
	id string
	collector.Mount
}

// mountRows gives each mount an identifier that it keeps from tick to tick.
// Mounts may lie on top of each other, so a mount point alone is none.
func mountRows(mounts []collector.Mount) []identified {
	seen := make(map[string]int)
	rows := make([]identified, len(mounts))
	for i, m := range mounts {
		id := slug("mount-", m.Mountpoint)
		seen[id]++
		if n := seen[id]; n > 1 {
			// slug writes no tilde, so this is the identifier of no other.
			id += "~" + strconv.Itoa(n)
		}
		rows[i] = identified{id, m}
	}
	return rows
}

// fullestFirst puts the mounts that are worth a look in front, in their own
// order: in a long list they would hide below its edge. A read-only file system
// cannot fill up.
func fullestFirst(mounts []collector.Mount) []collector.Mount {
	var pressing, others []collector.Mount
	for _, m := range mounts {
		if used, ok := m.UsedPercent.Get(); ok && !m.ReadOnly && level(used) != "" {
			pressing = append(pressing, m)
		} else {
			others = append(others, m)
		}
	}
	return append(pressing, others...)
}

// mountSummary says how many file systems there are, and which of those that
// can be written has the least room.
func mountSummary(mounts []collector.Mount) string {
	least := ""
	if path, used := fullest(mounts); used >= 0 {
		least = "fullest " + clean(path) + " " + format(percent).text(used)
	}
	return join(plural(len(mounts), "file system"), least)
}

// fullest is the mount with the least room, of those that can be written; its
// share is negative where there is none.
func fullest(mounts []collector.Mount) (path string, share float64) {
	share = -1
	for _, m := range mounts {
		if used, ok := m.UsedPercent.Get(); ok && !m.ReadOnly && used > share {
			path, share = m.Mountpoint, used
		}
	}
	return path, share
}

// splitPath cuts a path before its last name, which is kept when there is not
// room for all of it.
func splitPath(path string) (head, tail string) {
	at := strings.LastIndexByte(strings.TrimRight(path, "/"), '/') + 1
	return path[:at], path[at:]
}

// mountReason is why all numbers of a mount are missing, "" when they are not.
func mountReason(m collector.Mount) string {
	if m.Status == collector.OK {
		return ""
	}
	if m.Error != "" {
		return clean(m.Error)
	}
	return why(m.Status)
}

// fullIn is how long there is room, in words: what is further away than a month
// is of no concern.
func fullIn(left float64) string {
	const month = 30 * 24 * 3600
	if left > month {
		return ">\u00a030\u00a0d"
	}
	return duration(seconds(left))
}

// soon reports room for less than a day.
func soon(v collector.Value) bool {
	left, ok := v.Get()
	return ok && left < 24*3600
}

// noFullIn says why there is no telling when a file system is full.
func noFullIn(m collector.Mount) string {
	switch {
	case mountReason(m) != "":
		return mountReason(m)
	case m.ReadOnly:
		return "read-only"
	case m.FullIn.Status() == collector.Idle:
		return "does not grow"
	case m.FullIn.Status() == collector.NoBaseline:
		return "not known yet: it takes five minutes to tell"
	}
	return why(m.FullIn.Status())
}
