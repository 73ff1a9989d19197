package collector

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// meter adds up the processor time that the calls of one collector use: in the
// goroutine of the call, between start and stop, and in those that its fences
// have started. What a fenced call uses after the call that started it has
// returned counts for the next one. A nil meter counts nothing.
type meter struct {
	used  atomic.Int64 // nanoseconds
	began time.Duration
}

type meterKey struct{}

// meterIn is the meter of the call that ctx belongs to, or nil.
func meterIn(ctx context.Context) *meter {
	m, _ := ctx.Value(meterKey{}).(*meter)
	return m
}

// start begins to count what the calling goroutine uses. Until stop or pause it
// stays on its thread, whose clock counts for it alone then.
func (m *meter) start() { m.began = m.begin() }

// stop is all that was used since the last stop.
func (m *meter) stop() time.Duration {
	m.end(m.began)
	return time.Duration(m.used.Swap(0))
}

// pause lets the calling goroutine wait: on a thread that is bound to it, that
// would cost a change of threads.
func (m *meter) pause() {
	if m != nil {
		m.end(m.began)
	}
}

func (m *meter) resume() {
	if m != nil {
		m.start()
	}
}

// begin and end enclose the work of one goroutine.
func (m *meter) begin() time.Duration {
	if m == nil {
		return 0
	}
	runtime.LockOSThread()
	return threadTime()
}

func (m *meter) end(began time.Duration) {
	if m == nil {
		return
	}
	m.used.Add(int64(threadTime() - began))
	runtime.UnlockOSThread()
}

// threadTime is the processor time that the calling thread has used.
func threadTime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
