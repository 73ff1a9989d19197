package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Collectors are the sources of a [Snapshot], one a section. A section without
// a collector stays unsupported.
type Collectors struct {
	Host        Collector[Host]
	CPU         Collector[CPU]
	Load        Collector[Load]
	Memory      Collector[Memory]
	Swap        Collector[Swap]
	Mounts      Collector[Mounts]
	Disks       Collector[[]Disk]
	Network     Collector[[]Interface]
	Processes   Collector[Processes]
	Pressure    Collector[Pressure]
	Kernel      Collector[Kernel]
	Sockets     Collector[Sockets]
	Connections Collector[Connections]
	Sensors     Collector[Sensors]
	RAID        Collector[RAID]
	ZFS         Collector[ZFS]
	Cgroups     Collector[Cgroups]
	GPUs        Collector[GPUs]
	Clock       Collector[Clock]
	Self        Collector[Self]
}

// Options are what the collectors of a machine may be told.
type Options struct {
	Mounts      MountFilter
	CommandLine bool           // read the command lines of processes
	Clients     func() Clients // those who watch; nil where nobody can
}

// NewCollectors returns the collectors of this machine.
func NewCollectors(o Options) Collectors {
	return Collectors{
		Host:        NewHost(),
		CPU:         NewCPU(),
		Load:        NewLoad(),
		Memory:      NewMemory(),
		Swap:        NewSwap(),
		Mounts:      NewMounts(o.Mounts),
		Disks:       NewDisks(),
		Network:     NewNetwork(),
		Processes:   NewProcesses(o.CommandLine),
		Pressure:    NewPressure(),
		Kernel:      NewKernel(),
		Sockets:     NewSockets(),
		Connections: NewConnections(),
		Sensors:     NewSensors(),
		RAID:        NewRAID(),
		ZFS:         NewZFS(),
		Cgroups:     NewCgroups(),
		GPUs:        NewGPUs(),
		Clock:       NewClock(),
		Self:        NewSelf(o.Clients),
	}
}

// patience is how long a tick waits for its collectors. Whoever is later than
// that misses the tick, so that the tick does not become late for all others.
const patience = 80 * time.Millisecond

// Sampler calls every collector on one ticker. Make one with [NewSampler].
type Sampler struct {
	slots     []slot
	interval  time.Duration
	intervals chan time.Duration
	log       *slog.Logger

	seq    uint64
	before instant       // when the last tick was
	waited time.Duration // the interval then
}

// NewSampler returns a sampler that ticks every interval and logs when a
// collector begins to fail or answers again.
func NewSampler(c Collectors, interval time.Duration, log *slog.Logger) *Sampler {
	return &Sampler{
		interval:  interval,
		intervals: make(chan time.Duration, 1),
		log:       log,
		slots: []slot{
			newSlot("host", c.Host, func(s *Snapshot) *Reading[Host] { return &s.Host }),
			newSlot("cpu", c.CPU, func(s *Snapshot) *Reading[CPU] { return &s.CPU }),
			newSlot("load", c.Load, func(s *Snapshot) *Reading[Load] { return &s.Load }),
			newSlot("memory", c.Memory, func(s *Snapshot) *Reading[Memory] { return &s.Memory }),
			newSlot("swap", c.Swap, func(s *Snapshot) *Reading[Swap] { return &s.Swap }),
			newSlot("mounts", c.Mounts, func(s *Snapshot) *Reading[Mounts] { return &s.Mounts }),
			newSlot("disks", c.Disks, func(s *Snapshot) *Reading[[]Disk] { return &s.Disks }),
			newSlot("network", c.Network, func(s *Snapshot) *Reading[[]Interface] { return &s.Network }),
			newSlot("processes", c.Processes, func(s *Snapshot) *Reading[Processes] { return &s.Processes }),
			newSlot("pressure", c.Pressure, func(s *Snapshot) *Reading[Pressure] { return &s.Pressure }),
			newSlot("kernel", c.Kernel, func(s *Snapshot) *Reading[Kernel] { return &s.Kernel }),
			newSlot("sockets", c.Sockets, func(s *Snapshot) *Reading[Sockets] { return &s.Sockets }),
			newSlot("connections", c.Connections, func(s *Snapshot) *Reading[Connections] { return &s.Connections }),
			newSlot("sensors", c.Sensors, func(s *Snapshot) *Reading[Sensors] { return &s.Sensors }),
			newSlot("raid", c.RAID, func(s *Snapshot) *Reading[RAID] { return &s.RAID }),
			newSlot("zfs", c.ZFS, func(s *Snapshot) *Reading[ZFS] { return &s.ZFS }),
			newSlot("cgroups", c.Cgroups, func(s *Snapshot) *Reading[Cgroups] { return &s.Cgroups }),
			newSlot("gpus", c.GPUs, func(s *Snapshot) *Reading[GPUs] { return &s.GPUs }),
			newSlot("clock", c.Clock, func(s *Snapshot) *Reading[Clock] { return &s.Clock }),
			newSlot("self", c.Self, func(s *Snapshot) *Reading[Self] { return &s.Self }),
		},
	}
}

// SetInterval changes the interval: a tick comes at once, and the next one that
// long after it. It never blocks.
func (s *Sampler) SetInterval(d time.Duration) {
	for {
		select {
		case s.intervals <- d:
			return
		case <-s.intervals: // nobody took the earlier change yet
		}
	}
}

// Run takes a snapshot at once and then one every interval, and hands each to
// publish, until ctx ends. It calls publish from its own goroutine, one call at
// a time. A collector that hangs costs one goroutine until it returns, and is
// not called again before that.
func (s *Sampler) Run(ctx context.Context, publish func(*Snapshot)) {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	for {
		snapshot := s.tick(ctx)
		if ctx.Err() != nil {
			return // what was cut off by that is no fault of its collector
		}
		publish(snapshot)
		if !s.wait(ctx, ticker) {
			return
		}
	}
}

// wait returns at the next tick, or with false when ctx has ended. A change of
// the interval is a tick, so that all who go by the interval learn of it.
func (s *Sampler) wait(ctx context.Context, ticker *time.Ticker) bool {
	select {
	case <-ctx.Done():
		return false
	case s.interval = <-s.intervals:
		ticker.Reset(s.interval)
	case <-ticker.C:
	}
	return true
}

func (s *Sampler) tick(ctx context.Context) *Snapshot {
	now := readInstant()
	s.seq++
	snapshot := &Snapshot{Seq: s.seq, Time: now.wall, Interval: s.interval}
	if s.seq > 1 {
		snapshot.Gap = gapBetween(s.before, now, max(s.interval, s.waited))
	}
	s.before, s.waited = now, s.interval
	ctx, cancel := context.WithTimeout(ctx, min(patience, s.interval/2))
	defer cancel()
	for _, slot := range s.slots {
		slot.start(ctx)
	}
	for _, slot := range s.slots {
		slot.finish(ctx, snapshot, s.log)
	}
	return snapshot
}

// slot is a collector's place in the tick, whatever it collects.
type slot interface {
	// start calls the collector, unless a call of it is still out.
	start(ctx context.Context)
	// finish waits for the call until ctx ends and writes its section.
	finish(ctx context.Context, into *Snapshot, log *slog.Logger)
}

type slotOf[T any] struct {
	name    string
	collect Collector[T]
	section func(*Snapshot) *Reading[T]
	last    Reading[T]
	said    Status          // what the log was last told of
	out     chan Reading[T] // of the call that is out; nil when none is
	since   time.Time       // when that began
}

func newSlot[T any](name string, collect Collector[T], section func(*Snapshot) *Reading[T]) slot {
	if collect == nil {
		collect = func(context.Context) (none T, err error) { return none, ErrUnsupported }
	}
	return &slotOf[T]{name: name, collect: collect, section: section}
}

func (s *slotOf[T]) start(ctx context.Context) {
	if s.out != nil {
		select {
		case s.last = <-s.out:
		default:
			return
		}
	}
	out := make(chan Reading[T], 1)
	s.out, s.since = out, time.Now()
	go func() { out <- s.call(ctx) }()
}

// call turns a panic into an error: a fault of one collector is that one's.
func (s *slotOf[T]) call(ctx context.Context) (r Reading[T]) {
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
	select {
	case s.last = <-s.out:
		s.out = nil
	case <-ctx.Done():
		s.last = s.late()
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		s.report(log)
	}
	*s.section(into) = s.last
}

// late is the reading of a slot that nobody waits for any more: of a call that
// has returned by now nevertheless, or the one before, as stale.
func (s *slotOf[T]) late() Reading[T] {
	select {
	case r := <-s.out:
		s.out = nil
		return r
	default:
		stale := s.last
		stale.Err = fmt.Errorf("%s: %w for %s", s.name, ErrStale, time.Since(s.since).Round(100*time.Millisecond))
		return stale
	}
}

// report logs the ticks at which a collector begins to fail or answers again.
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
}

// panicError is what a collector panicked with. The stack is for the log; the
// page gets the message.
type panicError struct {
	collector string
	value     any
	stack     []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("%s: panic: %v", e.collector, e.value) }
