package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// slot is a collector's place in the tick, whatever it collects.
type slot interface {
	// start calls the collector, unless a call of it is still out, or it has to
	// wait because its calls cost more than budget a tick.
	start(ctx context.Context, interval, budget time.Duration)
	// finish waits for the call until ctx ends and writes the section.
	finish(ctx context.Context, into *Snapshot, log *slog.Logger)
}

type slotOf[T any] struct {
	name    string
	collect Collector[T]
	section func(*Snapshot) *Reading[T]
	answers chan answer[T] // has room for one, so that no call waits to be heard
	meter   meter

	calling bool      // a call is out
	since   time.Time // when that began
	pace    pace
	last    Reading[T]
	said    Status // what the log was last told of
	slowed  bool   // as was the log
}

// answer is a reading and the processor time that it has taken.
type answer[T any] struct {
	Reading[T]
	cost time.Duration
}

func newSlot[T any](name string, collect Collector[T], section func(*Snapshot) *Reading[T]) slot {
	if collect == nil {
		collect = func(context.Context) (none T, err error) { return none, ErrUnsupported }
	}
	return &slotOf[T]{name: name, collect: collect, section: section, answers: make(chan answer[T], 1)}
}

// newRareSlot is the place of a collector that is called no more often than once
// in so long, whatever it costs.
func newRareSlot[T any](rest time.Duration, name string, collect Collector[T], section func(*Snapshot) *Reading[T]) slot {
	s := newSlot(name, collect, section).(*slotOf[T])
	s.pace.rest = rest
	return s
}

func (s *slotOf[T]) start(ctx context.Context, interval, budget time.Duration) {
	s.poll()
	s.pace.next(interval, budget)
	if s.calling || !s.pace.due() {
		return
	}
	s.pace.called()
	s.calling, s.since = true, time.Now()
	go s.call(ctx)
}

// poll takes the answer of the call that is out, if there is one.
func (s *slotOf[T]) poll() {
	select {
	case a := <-s.answers:
		s.take(a)
	default:
	}
}

func (s *slotOf[T]) take(a answer[T]) {
	s.last, s.calling = a.Reading, false
	s.pace.spent(a.cost)
}

func (s *slotOf[T]) call(ctx context.Context) {
	s.meter.start()
	r := s.read(context.WithValue(ctx, meterKey{}, &s.meter))
	s.answers <- answer[T]{r, s.meter.stop()}
}

// read turns a panic into an error: a fault of one collector is that one's.
func (s *slotOf[T]) read(ctx context.Context) (r Reading[T]) {
	defer func() {
		if p := recover(); p != nil {
			r = Reading[T]{Err: &panicError{s.name, p, debug.Stack()}}
		}
	}()
	value, err := s.collect(ctx)
	r = Reading[T]{Value: value, At: time.Now(), Err: err}
	if !r.Has() {
		return Reading[T]{Err: err}
	}
	return r
}

func (s *slotOf[T]) finish(ctx context.Context, into *Snapshot, log *slog.Logger) {
	if s.calling {
		s.await(ctx)
	}
	s.last.Every = s.pace.period()
	if !errors.Is(ctx.Err(), context.Canceled) {
		s.report(log)
	}
	*s.section(into) = s.last
}

// await takes the answer of the call that is out. When ctx ends before it comes,
// what was read last is stale.
func (s *slotOf[T]) await(ctx context.Context) {
	select {
	case a := <-s.answers:
		s.take(a)
	case <-ctx.Done():
		s.poll()
	}
	out := time.Since(s.since)
	if s.calling && !s.pace.allows(out) {
		s.last.Err = fmt.Errorf("%s: %w for %s", s.name, ErrStale, out.Round(100*time.Millisecond))
	}
}

// report logs the ticks at which a collector begins to fail, answers again, or
// changes between being read at each tick and less often.
func (s *slotOf[T]) report(log *slog.Logger) {
	was, is := s.said, s.last.Status()
	s.said = is
	bad := func(status Status) bool { return status == Failed || status == Stale || status == Denied }
	switch {
	case bad(is) && is != was:
		log.Warn("collector does not answer as it should", "collector", s.name, "status", is.String(), "error", s.last.Err)
		if fault := (*panicError)(nil); errors.As(s.last.Err, &fault) {
			log.Error("collector panicked", "collector", s.name, "stack", string(fault.stack))
		}
	case bad(was) && !bad(is):
		log.Info("collector is back", "collector", s.name)
	}
	s.reportPace(log)
}

func (s *slotOf[T]) reportPace(log *slog.Logger) {
	slowed := s.pace.slowed()
	if slowed == s.slowed {
		return
	}
	s.slowed = slowed
	cost := s.pace.cost().Round(10 * time.Microsecond).String()
	if slowed {
		log.Info("collector reads less often, to stay within its budget", "collector", s.name, "cost", cost, "every", s.pace.period().String())
		return
	}
	log.Info("collector reads as often as it should again", "collector", s.name, "cost", cost)
}

// panicError is what a collector panicked with. The stack is for the log; the
// page gets the message.
type panicError struct {
	collector string
	value     any
	stack     []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("%s: panic: %v", e.collector, e.value) }
