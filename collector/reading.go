package collector

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Errors that a [Collector] returns to say what its reading lacks. They are
// wrapped with the subject; test for them with [errors.Is].
var (
	// ErrNoBaseline: counters were read for the first time, one of them went
	// backwards, or none of those has moved of which shares are asked for, so this
	// reading has counters and no rates. Its data is valid.
	ErrNoBaseline = errors.New("no baseline yet")
	// ErrUnsupported: this machine has no such source.
	ErrUnsupported = errors.New("not supported on this machine")
	// ErrStale: the source has not answered within its deadline.
	ErrStale = errors.New("no answer")
)

// A Collector reads one subject once. It owns the previous counters of its
// subject, so calls must not overlap. With an error that wraps [ErrNoBaseline]
// the returned data is valid but for its rates; with any other error it is not.
type Collector[T any] func(context.Context) (T, error)

// Reading is what one [Collector] last said.
type Reading[T any] struct {
	Value T         // valid in status OK, NoBaseline and (while At is set) Stale
	At    time.Time // when Value was read; zero when it never was
	Err   error     // what Value lacks; nil when it is whole
	// Every is how often the source is read where that is less than once a tick,
	// because reading it costs more than its budget; else 0.
	Every time.Duration
}

// Status sorts Err into the states that pages and the JSON interface show.
func (r Reading[T]) Status() Status {
	switch {
	case r.Err == nil && r.At.IsZero():
		return Unsupported
	case r.Err == nil:
		return OK
	case errors.Is(r.Err, ErrStale):
		return Stale
	case errors.Is(r.Err, ErrNoBaseline):
		return NoBaseline
	case errors.Is(r.Err, ErrUnsupported):
		return Unsupported
	case errors.Is(r.Err, fs.ErrPermission):
		return Denied
	}
	return Failed
}

// Has reports whether Value may be shown, if need be with its age.
func (r Reading[T]) Has() bool {
	switch r.Status() {
	case OK, NoBaseline:
		return true
	case Stale:
		return !r.At.IsZero()
	}
	return false
}

// Age is how much older Value is than the snapshot taken at now; 0 for a value
// of this tick. It is meaningful while [Reading.Has] is true.
func (r Reading[T]) Age(now time.Time) time.Duration { return max(0, now.Sub(r.At)) }

// Fresh reports whether Value was read at the tick that began at tick, the
// [Snapshot.Time]. One that stands in until the next call of its collector (see
// Every) is not fresh, though it is no fault either.
func (r Reading[T]) Fresh(tick time.Time) bool {
	return r.Has() && r.Status() != Stale && !r.At.Before(tick)
}
