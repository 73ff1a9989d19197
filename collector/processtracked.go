package collector

import (
	"time"

	"golang.org/x/sys/unix"
)

// trackedProcess is what is known of a process from tick to tick, in what was
// last read of it. It is one life: the next process of that number is another.
type trackedProcess struct {
	record *Process // as published
	pid    int32
	parent int32
	start  uint64
	code   uint64 // where its program lies

	clocked  bool          // cpu is by its clock, not in ticks
	cpu      time.Duration // of its threads since it began
	children uint64        // of children that were waited for, in ticks
	faults   uint64
	threads  int32
	state    byte
	kernel   bool

	since    uint64 // the tick that it was first seen at
	ran      bool   // since the tick before
	quiet    bool   // the record says that it does not run
	activeAt time.Time

	io       processIO
	gained   processIO // by the last reading of io
	ioTick   uint64
	ioStatus Status

	childFaults uint64 // of children that were waited for, when io was read
	allFaults   uint64 // those and its own, when it was last read
	brief       bool   // it was gone before its io could be read for the first time
	inherited   bool   // its parent has its io already, though it was there

	wantsFacts bool
	hasFacts   bool
	arguments  uint64 // hash of the command line

	heat int8 // how many of the last ticks it has run at
	kept bool // fd is open
	fd   int

	credited bool // has waited for children since the tick before
	settled  bool // its time is in its parent's already, though it was there

	// What it is ranked by.
	share, flow float64
	resident    uint64
}

// sight is one look at a process, all of it of one life.
type sight struct {
	stat     processStat
	clocked  bool
	cpu      time.Duration
	io       processIO
	ioStatus Status // unsupported where it was not asked for
}

// look reads what there is of a process. All is read between opening its stat and
// reading that, so it is of one process: a descriptor of a process that is gone
// reads nothing of the next one that has its number.
func (c *processCollector) look(t *trackedProcess, withIO bool) (s sight, errno unix.Errno) {
	if !t.kept {
		if t.fd, errno = openAt(c.dir.fd, c.dir.fileOf(t.pid, "stat"), unix.O_RDONLY); errno != 0 {
			return s, errno
		}
		t.kept = true
		if !c.dir.real || !c.kept.keep(t) {
			defer c.kept.giveBack(t)
		}
	}
	if c.dir.own {
		s.cpu, errno = c.clock.read(t.pid)
		s.clocked = errno == 0
	}
	if errno := c.lookAtCounters(t, &s, withIO); errno != 0 {
		return s, errno
	}
	if !s.clocked {
		s.cpu = time.Duration(s.stat.cpu) * tickLength
	}
	return s, 0
}

// lookAtCounters reads the stat of a process, and its io. Whoever has waited for
// a child between the two is read once more, so that both have that child or
// neither.
func (c *processCollector) lookAtCounters(t *trackedProcess, s *sight, withIO bool) (errno unix.Errno) {
	const attempts = 3
	before := t.childFaults
	for range attempts {
		if withIO {
			c.text, errno = c.dir.read(c.dir.fd, c.dir.fileOf(t.pid, "io"), c.text)
			s.io, s.ioStatus = ioOf(c.text, errno)
		}
		if s.stat, errno = c.readStat(t); errno != 0 || !withIO || s.stat.childFaults == before {
			return errno
		}
		before = s.stat.childFaults
	}
	return 0
}

// readStat returns what points into a buffer that the next call overwrites.
func (c *processCollector) readStat(t *trackedProcess) (processStat, unix.Errno) {
	n, err := retryEINTR(func() (int, error) { return unix.Pread(t.fd, c.line, 0) })
	if err != nil {
		return processStat{}, errnoOf(err)
	}
	stat, ok := parseProcessStat(c.line[:n], t.pid)
	switch {
	case !ok:
		return processStat{}, unix.EBADMSG
	case stat.isReleased():
		return processStat{}, unix.ESRCH
	}
	return stat, 0
}

func ioOf(text []byte, errno unix.Errno) (processIO, Status) {
	if errno != 0 {
		return processIO{}, statusOf(errno)
	}
	io, ok := parseProcessIO(text)
	if !ok {
		return processIO{}, Failed
	}
	return io, OK
}

// take in all of a sight but the input and output.
func (t *trackedProcess) adopt(s *sight, page uint64) {
	t.parent, t.start, t.code = s.stat.parent, s.stat.start, s.stat.code
	t.clocked, t.cpu, t.children = s.clocked, s.cpu, s.stat.children
	t.faults, t.threads, t.state = s.stat.majorFaults, s.stat.threads, s.stat.state
	t.allFaults = s.stat.minorFaults + s.stat.childFaults
	t.kernel = s.stat.isKernel()
	t.resident = s.stat.resident * page
}

// descriptors are those of stat files that are kept open, for processes that run
// at most ticks: opening and closing one costs as much as reading it.
type descriptors struct{ keptBudget }

const (
	enoughHeat = 4
	mostHeat   = 16
)

// keep decides whether the descriptor of t stays open.
func (d *descriptors) keep(t *trackedProcess) bool {
	return t.heat >= enoughHeat && d.take()
}

func (d *descriptors) giveBack(t *trackedProcess) {
	unix.Close(t.fd)
	t.kept = false
}

func (d *descriptors) drop(t *trackedProcess) {
	if t.kept {
		d.giveBack(t)
		d.used--
	}
}
