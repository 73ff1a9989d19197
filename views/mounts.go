package views

import (
	"strconv"

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
