package collector

import (
	"context"
	"log/slog"
	"math"
	"sync/atomic"
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
	sensors, gpus := NewSensorsAndGPUs()
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
		Sensors:     sensors,
		RAID:        NewRAID(),
		ZFS:         NewZFS(),
		Cgroups:     NewCgroups(),
		GPUs:        gpus,
		Clock:       NewClock(),
		Self:        NewSelf(o.Clients),
	}
}

// patience is how long a tick waits for its collectors. Whoever is later than
// that misses the tick, so that the tick does not become late for all others.
const patience = 80 * time.Millisecond

// DefaultBudget is the share of one core, in percent, that each collector may use
// of a [Sampler] that was told no other.
const DefaultBudget = 1

// Sampler calls every collector on one ticker. Make one with [NewSampler].
type Sampler struct {
	slots     []slot
	interval  time.Duration
	intervals chan time.Duration
	budget    atomic.Uint64 // percent, the bits of a float64
	log       *slog.Logger

	seq    uint64
	due    time.Time     // when the tick is, or was, to begin
	before instant       // when the last tick was
	waited time.Duration // the interval then
}

// NewSampler returns a sampler that ticks every interval and logs when a
// collector begins to fail or answers again.
func NewSampler(c Collectors, interval time.Duration, log *slog.Logger) *Sampler {
	s := &Sampler{
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
			newRareSlot(connectionsRest, "connections", c.Connections, func(s *Snapshot) *Reading[Connections] { return &s.Connections }),
			newSlot("sensors", c.Sensors, func(s *Snapshot) *Reading[Sensors] { return &s.Sensors }),
			newSlot("raid", c.RAID, func(s *Snapshot) *Reading[RAID] { return &s.RAID }),
			newSlot("zfs", c.ZFS, func(s *Snapshot) *Reading[ZFS] { return &s.ZFS }),
			newSlot("cgroups", c.Cgroups, func(s *Snapshot) *Reading[Cgroups] { return &s.Cgroups }),
			newSlot("gpus", c.GPUs, func(s *Snapshot) *Reading[GPUs] { return &s.GPUs }),
			newSlot("clock", c.Clock, func(s *Snapshot) *Reading[Clock] { return &s.Clock }),
			newSlot("self", c.Self, func(s *Snapshot) *Reading[Self] { return &s.Self }),
		},
	}
	s.SetBudget(DefaultBudget)
	return s
}

// SetBudget changes how much processor time each collector may use, in percent of
// one core. One that uses more is called less often, at most a minute apart, and
// its section says so in [Reading.Every]. It never blocks, and counts from the
// next tick on.
func (s *Sampler) SetBudget(percent float64) { s.budget.Store(math.Float64bits(percent)) }

// budgetOf is the processor time that a collector may use in a tick.
func (s *Sampler) budgetOf(interval time.Duration) time.Duration {
	return time.Duration(float64(interval) * math.Float64frombits(s.budget.Load()) / 100)
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
// a time. Ticks stay on the schedule that began with the first one or with the
// last change of the interval; those that are past already are left out. A
// collector that hangs costs one goroutine until it returns, and is not called
// again before that.
func (s *Sampler) Run(ctx context.Context, publish func(*Snapshot)) {
	s.due = time.Now()
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
	s.due = s.due.Add(s.interval)
	select {
	case <-ctx.Done():
		return false
	case s.interval = <-s.intervals:
		s.due = time.Now()
		ticker.Reset(s.interval)
	case <-ticker.C:
	}
	return true
}

// tick calls the collectors, each on a goroutine of its own. To call them in turn
// on one, relieved by another when a call takes long, measured no cheaper: what a
// tick costs besides its reading is the waking of threads, and the timer that such
// relief needs wakes one too.
func (s *Sampler) tick(ctx context.Context) *Snapshot {
	snapshot := s.begin()
	ctx, cancel := context.WithTimeout(withTickFiles(ctx), min(patience, s.interval/2))
	defer cancel()
	budget := s.budgetOf(s.interval)
	for _, slot := range s.slots {
		slot.start(ctx, s.interval, budget)
	}
	for _, slot := range s.slots {
		slot.finish(ctx, snapshot, s.log)
	}
	snapshot.Took = time.Since(snapshot.Time)
	return snapshot
}

func (s *Sampler) begin() *Snapshot {
	now := readInstant()
	late := now.wall.Sub(s.due)
	s.due = s.due.Add(late.Truncate(s.interval))
	s.seq++
	snapshot := &Snapshot{Seq: s.seq, Time: now.wall, Interval: s.interval, Late: late}
	if s.seq > 1 {
		snapshot.Gap = gapBetween(s.before, now, max(s.interval, s.waited))
	}
	s.before, s.waited = now, s.interval
	return snapshot
}
