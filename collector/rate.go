package collector

import "time"

// counter is a monotonic kernel counter: bytes, operations, seconds.
type counter interface{ ~uint64 | ~float64 }

// perSecond is the rate of a counter between two readings. A counter that went
// backwards (a reset, a wrap, a device replaced under the same name) has no
// rate for that tick.
func perSecond[C counter](previous, current C, elapsed time.Duration) Value {
	if elapsed <= 0 || current < previous {
		return Missing(NoBaseline)
	}
	return Of(float64(current-previous) / elapsed.Seconds())
}

// percentOf is 100*part/whole within 0 to 100, missing when there is no whole.
func percentOf(part, whole float64) Value {
	if whole <= 0 {
		return Missing(Unsupported)
	}
	return Of(min(100, max(0, 100*part/whole)))
}
