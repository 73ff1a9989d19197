package collector

import (
	"path/filepath"
	"strconv"
	"time"
)

// gpuRest lets a GPU fall asleep that does nothing. The kernel suspends one that
// nobody has used for some seconds, and to ask it is to use it: a GPU that is asked
// each second never sleeps, which is hours of a laptop's battery. So one that may
// sleep and does nothing is left alone for as long as the kernel waits. When it is
// still awake then, somebody else keeps it so, and it is tried again ever later.
type gpuRest struct {
	may   bool          // the kernel may suspend it
	delay time.Duration // how long the kernel waits for that
	idle  time.Time     // since when it does nothing; zero while it does
	until time.Time     // the end of a rest
	next  time.Time     // no rest before then
	wait  time.Duration // until the rest after an unsuccessful one
}

const (
	// idleBeforeRest is how long a GPU has done nothing before it rests.
	idleBeforeRest = 5 * time.Second
	// restMargin is for the kernel to do what it has decided.
	restMargin = 2 * time.Second
	// maxRestDelay: of a longer one nothing is to be gained.
	maxRestDelay = 30 * time.Second
	firstRest    = time.Minute
	lastRest     = time.Hour
)

// probe reads whether the kernel may suspend the device
// (Documentation/ABI/testing/sysfs-devices-power).
func (r *gpuRest) probe(device string, inUse bool) {
	control, err := readWord(filepath.Join(device, "power/control"))
	text, _ := readWord(filepath.Join(device, "power/autosuspend_delay_ms"))
	milliseconds, notSet := strconv.ParseInt(text, 10, 32)
	if notSet != nil {
		milliseconds = 5000
	}
	r.delay = time.Duration(milliseconds) * time.Millisecond
	r.may = err == nil && control == "auto" && !inUse && r.delay >= 0 && r.delay <= maxRestDelay
}

// isOn reports whether the GPU is to be left alone.
func (r *gpuRest) isOn(now time.Time) bool { return now.Before(r.until) }

// slept: it has fallen asleep, so that it is worth a try the next time as well.
func (r *gpuRest) slept() { *r = gpuRest{may: r.may, delay: r.delay} }

// saw takes whether the GPU did anything, and begins a rest when it is time.
func (r *gpuRest) saw(busy bool, now time.Time) {
	switch {
	case busy || !r.may:
		r.idle = time.Time{}
		return
	case r.idle.IsZero():
		r.idle = now
	}
	if now.Sub(r.idle) < idleBeforeRest || now.Before(r.next) {
		return
	}
	r.until = now.Add(r.delay + restMargin)
	r.wait = min(lastRest, max(firstRest, 2*r.wait))
	r.next = r.until.Add(r.wait)
	r.idle = time.Time{}
}
