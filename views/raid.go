package views

import (
	"fmt"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// raidAbsence is why there is neither an array nor a pool: what keeps the one
// that this machine has from being read, else that it has none.
func raidAbsence(s *collector.Snapshot) note {
	arrays, pools := noteOf(s.RAID, s), noteOf(s.ZFS, s)
	if arrays.status == collector.Unsupported && pools.status != collector.Unsupported {
		return pools
	}
	if arrays.status == collector.Unsupported {
		arrays.detail = "Neither the md driver nor ZFS is loaded."
	}
	return arrays
}

func arrayState(a collector.RAIDArray) string {
	missing, _ := a.Degraded.Get()
	switch {
	case !a.Active:
		return "inactive"
	case missing > 0:
		return fmt.Sprintf("degraded: %.0f missing", missing)
	case a.ReadOnly != "":
		return clean(a.ReadOnly)
	}
	return "active"
}

func memberCount(a collector.RAIDArray) string {
	say := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf("%d %s", n, what)
	}
	return join(say(len(a.Members)-a.Failed-a.Spare, "in use"), say(a.Spare, "spare"), say(a.Failed, "failed"))
}

func memberList(a collector.RAIDArray) string {
	names := make([]string, len(a.Members))
	for i, m := range a.Members {
		names[i] = clean(m.Device) + " " + clean(m.State)
	}
	return strings.Join(names, ", ")
}

// syncOf is what an array does to bring its members in line.
func syncOf(s collector.RAIDSync) string {
	left := ""
	if rest, ok := s.Remaining.Get(); ok {
		left = duration(seconds(rest)) + " left"
	}
	speed := ""
	if rate, ok := s.Speed.Get(); ok {
		speed = format(byteRate).text(rate)
	}
	return join(clean(s.Action), clean(s.Waiting), left, speed)
}
