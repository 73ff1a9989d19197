package collector

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// fence runs calls that may never return: statfs on a dead NFS server, a driver
// that waits for its hardware. Such a call cannot be cancelled, so the fence
// stops waiting for it instead. For each key it has at most one call out, and
// a call that hangs costs one parked goroutine until it returns, which may be
// never. A call that panics has the panic as its error. The zero fence is ready;
// its methods must not overlap.
type fence[K comparable, V any] struct {
	subject string // what the errors of panics say that they are about
	out     map[K]*fencedCall[V]
}

type fencedCall[V any] struct {
	since time.Time
	done  chan struct{} // closed after result is written
	result[V]
}

type result[V any] struct {
	value V
	err   error
}

// outcome is what a call gave, or since when it has not returned.
type outcome[V any] struct {
	result[V]
	stuck time.Time // zero when there is a result
}

func (o outcome[V]) isStuck() bool { return !o.stuck.IsZero() }

// fencePatience is how long a fence waits where the context has no deadline.
const fencePatience = 50 * time.Millisecond

// gather calls call once for each key, all at the same time, and gives the
// outcomes in the order of keys. It waits until shortly before the deadline of
// ctx. A key whose earlier call is still out is reported as stuck at once. If
// that call returned since, it is called again, and its late result stands in
// where the next call is late as well, so that a source that is always slow
// has numbers nevertheless, one gather old.
//
// Keys must differ from each other. What is out for a key that is not asked for
// any more is forgotten once it returns.
func (f *fence[K, V]) gather(ctx context.Context, keys []K, call func(K) (V, error)) []outcome[V] {
	if f.out == nil {
		f.out = make(map[K]*fencedCall[V])
	}
	m := meterIn(ctx)
	outcomes := make([]outcome[V], len(keys))
	calls := make([]*fencedCall[V], len(keys)) // nil where an earlier one is out
	started := false
	for i, key := range keys {
		outcomes[i] = outcome[V]{stuck: time.Now()}
		if earlier := f.out[key]; earlier != nil {
			outcomes[i] = earlier.poll()
			if outcomes[i].isStuck() {
				continue
			}
		}
		calls[i] = startFenced(f.subject, key, call, m)
		f.out[key], started = calls[i], true
	}
	if started {
		m.pause()
		await(ctx, calls)
		m.resume()
	}
	for i, key := range keys {
		if calls[i] == nil {
			continue
		}
		if got := calls[i].poll(); !got.isStuck() {
			outcomes[i] = got
			delete(f.out, key)
		}
	}
	f.forget(keys)
	return outcomes
}

func startFenced[K comparable, V any](subject string, key K, call func(K) (V, error), m *meter) *fencedCall[V] {
	c := &fencedCall[V]{since: time.Now(), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer func() {
			if p := recover(); p != nil {
				c.err = &panicError{subject, p, debug.Stack()}
			}
		}()
		defer m.end(m.begin())
		c.value, c.err = call(key)
	}()
	return c
}

func (c *fencedCall[V]) poll() outcome[V] {
	select {
	case <-c.done:
		return outcome[V]{result: c.result}
	default:
		return outcome[V]{stuck: c.since}
	}
}

// await returns when all calls have returned, or when it is time to go on
// without those that have not.
func await[V any](ctx context.Context, calls []*fencedCall[V]) {
	// Most calls return at once: letting them go first spares a timer, which
	// wakes a thread though it is stopped long before its time.
	runtime.Gosched()
	if allDone(calls) {
		return
	}
	patience := fencePatience
	if deadline, ok := ctx.Deadline(); ok {
		// The rest of the time is for what the caller does with the outcomes.
		patience = time.Until(deadline) * 3 / 4
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for _, c := range calls {
		if c == nil {
			continue
		}
		select {
		case <-c.done:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func allDone[V any](calls []*fencedCall[V]) bool {
	for _, c := range calls {
		if c != nil && c.poll().isStuck() {
			return false
		}
	}
	return true
}

func (f *fence[K, V]) forget(keys []K) {
	if len(f.out) == 0 {
		return
	}
	asked := make(map[K]bool, len(keys))
	for _, key := range keys {
		asked[key] = true
	}
	for key, c := range f.out {
		if !asked[key] && !c.poll().isStuck() {
			delete(f.out, key)
		}
	}
}
