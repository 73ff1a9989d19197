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
		if used, ok := m.UsedPercent.Get(); ok && !m.ReadOnly && level(used) != "fill" {
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
	fullest, most := "", -1.0
	for _, m := range mounts {
		if used, ok := m.UsedPercent.Get(); ok && !m.ReadOnly && used > most {
			fullest, most = clean(m.Mountpoint), used
		}
	}
	if most >= 0 {
		fullest = "fullest " + fullest + " " + format(percent).text(most)
	}
	return join(plural(len(mounts), "file system"), fullest)
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
