package collector

import "time"

// pacer has a source that is slow to read rest for a hundred times as long as
// that takes: on an i2c bus the processor may do the waiting.
type pacer struct{ before time.Duration }

// slowReading is what no source takes that the kernel has at hand.
const slowReading = 2 * time.Millisecond

// pauseAfter is how long to wait after a reading that took so long. One that had
// to wait for a processor is not slow yet, so two in a row have to be.
func (p *pacer) pauseAfter(took time.Duration) time.Duration {
	slow := min(took, p.before)
	p.before = took
	if slow < slowReading {
		return 0
	}
	return min(100*slow, 10*time.Second)
}
