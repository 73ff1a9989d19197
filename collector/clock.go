package collector

import (
	"time"

	"golang.org/x/sys/unix"
)

// instant is one moment on three clocks.
type instant struct {
	wall time.Time     // with its monotonic reading, which stands still in suspend
	boot time.Duration // CLOCK_BOOTTIME, which does not
	step time.Duration // how far the wall clock is from where the monotonic one would have it
}

// stepBase is where the steps of the wall clock are counted from.
var stepBase = time.Now()

func readInstant() instant {
	now := instant{wall: time.Now()}
	now.step = now.wall.Round(0).Sub(stepBase.Round(0)) - now.wall.Sub(stepBase)
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) == nil {
		now.boot = time.Duration(ts.Nano())
	}
	return now
}

// clockSlack is below what a step of the clock or a suspend is worth a mark;
// NTP slews by far less in a tick.
const clockSlack = 500 * time.Millisecond

// gapBetween says what time passed unseen between two ticks, nil for none.
func gapBetween(before, now instant, interval time.Duration) *Gap {
	monotonic := now.wall.Sub(before.wall)
	stepped := now.step - before.step
	suspended := now.boot - before.boot - monotonic
	switch {
	case suspended > clockSlack:
		return &Gap{Reason: "suspend", Seconds: suspended.Seconds()}
	case stepped.Abs() > clockSlack:
		return &Gap{Reason: "clock_step", Seconds: stepped.Seconds()}
	case monotonic > 5*interval/2:
		return &Gap{Reason: "late", Seconds: (monotonic - interval).Seconds()}
	}
	return nil
}
