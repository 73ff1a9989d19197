package collector

import (
	"context"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// processMemory is how old what is known of a process may become that does not
// run. Other processes change it: they take its memory, or adopt it.
const processMemory = 10 * time.Second

// maxProcesses is how many processes are listed. Any more are counted only.
const maxProcesses = 32 << 10

// processCollector follows every process from tick to tick.
//
// In its own PID namespace it asks for the CPU clock of each process and reads
// more only of those that have run, of those that are new, and of the others in
// turn, each once in processMemory. In a /proc that is mounted from outside it
// has no clocks to ask for, and reads the stat of each at every tick.
type processCollector struct {
	commandLine bool
	limit       int // of processes that are listed

	dir    processDir
	clock  processClock
	kept   descriptors
	users  userNames
	table  processTable
	born   shortLived
	estate estate
	system systemStat

	slots []trackedProcess // by slot of the table
	free  []int32          // slots that hold nobody
	order []int32          // slots in use, by PID
	spare []int32          // memory for the next order
	pids  []int32

	tick      uint64
	now       time.Time // when this tick began
	at        time.Time // when the tick before began; zero at first
	elapsed   time.Duration
	from, to  int32   // slots whose turn it is
	sweep     float64 // where the next turn begins
	lap       int     // of the turns
	wanting   []int32 // slots of processes whose facts are to be read
	truncated bool    // at the tick before

	text  []byte // of any file of a process
	line  []byte // of its stat
	page  uint64
	seed  maphash.Seed
	count passCount
}

// passCount is what one pass over all processes finds.
type passCount struct {
	started, ended             int
	unreadable, denied, beyond int
}

func newProcessCollector(commandLine bool) *processCollector {
	return &processCollector{
		commandLine: commandLine,
		limit:       maxProcesses,
		kept:        descriptors{keptBudget{limit: descriptorShare()}},
		text:        make([]byte, 0, 4096),
		line:        make([]byte, 2048), // 52 numbers of 20 digits, and a name
		page:        uint64(os.Getpagesize()),
		seed:        maphash.MakeSeed(),
	}
}

func (c *processCollector) collect(ctx context.Context) (Processes, error) {
	c.now = time.Now()
	c.users.refresh(ctx, c.now)
	if err := c.readAll(ctx); err != nil {
		c.reset()
		return Processes{}, fmt.Errorf("processes: %w", hintAtProc(err))
	}
	first := c.at.IsZero()
	reading := c.summarise()
	c.at, c.truncated = c.now, reading.Truncated
	if first {
		return reading, fmt.Errorf("processes: %w", ErrNoBaseline)
	}
	return reading, nil
}

func (c *processCollector) readAll(ctx context.Context) error {
	root := procPath(ctx)
	if c.dir.isOpen() && c.dir.path != root {
		c.reset()
	}
	if err := c.dir.open(root); err != nil {
		return err
	}
	c.tick++
	c.elapsed = 0
	if !c.at.IsZero() {
		c.elapsed = c.now.Sub(c.at)
	}
	// The counter of forks before the list: who begins in between is counted one
	// tick after he is seen, never before.
	if err := c.system.read(ctx, &c.text); err != nil {
		return err
	}
	var err error
	if c.pids, err = c.dir.list(c.pids); err != nil {
		return err
	}
	if err := c.pass(); err != nil {
		return err
	}
	c.inherit()
	c.readFacts()
	return nil
}

// reset forgets everything: what follows is a first reading.
func (c *processCollector) reset() {
	for i := range c.slots {
		c.kept.drop(&c.slots[i])
	}
	c.dir.close()
	c.slots, c.free, c.order, c.wanting = nil, c.free[:0], c.order[:0], c.wanting[:0]
	c.table, c.born, c.estate, c.sweep = processTable{}, shortLived{}, estate{}, 0
	c.at, c.truncated = time.Time{}, false
}

// pass brings everything that is known of processes up to date. It walks the
// list of those that there are and that of those that there were side by side.
func (c *processCollector) pass() error {
	c.count = passCount{}
	c.born.begin()
	c.estate.begin(c.now)
	c.takeTurn()
	known, order := c.order, c.spare[:0]
	for _, pid := range c.pids {
		for len(known) > 0 && c.slots[known[0]].pid < pid {
			c.end(known[0], false)
			known = known[1:]
		}
		slot := int32(-1)
		if len(known) > 0 && c.slots[known[0]].pid == pid {
			slot, known = known[0], known[1:]
		}
		slot, errno := c.visit(pid, slot)
		if isShortage(errno) {
			return &fs.PathError{Op: "open", Path: c.dir.path + "/PID/stat", Err: errno}
		}
		if slot >= 0 {
			order = append(order, slot)
		}
	}
	for _, slot := range known {
		c.end(slot, false)
	}
	c.order, c.spare = order, c.order
	return nil
}

// takeTurn chooses the slots to be read whether their processes have run or not,
// so that each has had its turn after processMemory.
func (c *processCollector) takeTurn() {
	size := float64(len(c.slots))
	if c.sweep >= size {
		c.sweep = 0
		c.lap++
	}
	c.from = int32(c.sweep)
	c.sweep = min(size, c.sweep+size*c.elapsed.Seconds()/processMemory.Seconds())
	c.to = int32(c.sweep)
}

// visit looks at the process that has the number pid, of which slot holds what is
// known, or -1 where nothing is. It returns the slot that holds it afterwards, or
// -1 where it is not listed.
func (c *processCollector) visit(pid, slot int32) (int32, unix.Errno) {
	if slot >= 0 {
		same, errno := c.follow(slot)
		switch {
		case same:
			return slot, 0
		case errno != 0 && !isGone(errno):
			c.refuse(errno)
			c.release(slot)
			return -1, errno
		}
		c.end(slot, true) // and another may have its number
	}
	if len(c.slots)-len(c.free) >= c.limit {
		c.count.beyond++
		return -1, 0
	}
	return c.begin(pid)
}

// refuse counts a process that is there and gets no row.
func (c *processCollector) refuse(errno unix.Errno) {
	switch {
	case isDenied(errno):
		c.count.denied++
	case !isGone(errno):
		c.count.unreadable++
	}
}

// end takes out a process that is not there any more. Late says that it was when
// the processes were listed.
func (c *processCollector) end(slot int32, late bool) {
	c.count.ended++
	c.born.lose(&c.slots[slot])
	c.estate.lose(&c.slots[slot], c.now, late)
	c.release(slot)
}

func (c *processCollector) release(slot int32) {
	c.kept.drop(&c.slots[slot])
	c.slots[slot] = trackedProcess{}
	c.table.set(slot, nil)
	c.free = append(c.free, slot)
}

// begin takes in a process that is new here.
func (c *processCollector) begin(pid int32) (int32, unix.Errno) {
	t := trackedProcess{pid: pid, since: c.tick, ran: true, activeAt: c.now, ioStatus: NoBaseline}
	s, errno := c.look(&t, false)
	if errno != 0 {
		c.refuse(errno)
		return -1, errno
	}
	if !c.at.IsZero() {
		c.count.started++
		if !c.truncated { // or it may be an old one that had no row
			t.credited = c.born.welcome(&s.stat)
		}
	}
	t.adopt(&s, c.page)
	record := c.firstRecord()
	c.describe(&record, &t, &s)
	t.record = &record
	slot := c.freeSlot()
	c.slots[slot] = t
	c.table.set(slot, t.record)
	c.want(slot)
	return slot, 0
}

func (c *processCollector) freeSlot() int32 {
	if n := len(c.free); n > 0 {
		slot := c.free[n-1]
		c.free = c.free[:n-1]
		return slot
	}
	c.slots = append(c.slots, trackedProcess{})
	return int32(len(c.slots) - 1)
}

// follow brings what is known of a process up to date. It reports false with an
// error where that could not be read, and without one where another process has
// its number.
func (c *processCollector) follow(slot int32) (same bool, errno unix.Errno) {
	t := &c.slots[slot]
	moved := false
	if t.clocked {
		cpu, errno := c.clock.read(t.pid)
		switch {
		case errno == 0 && cpu < t.cpu:
			return false, 0
		case errno == 0 && cpu == t.cpu && (slot < c.from || slot >= c.to) && !c.estate.hasLost(t.parent):
			c.rest(slot)
			return true, 0
		}
		moved = errno != 0 || cpu != t.cpu
	}
	t.heat = changedHeat(t.heat, moved || !t.clocked)
	s, errno := c.look(t, c.asksForIO(t))
	if errno != 0 {
		return false, errno
	}
	if s.stat.start != t.start || s.clocked && t.clocked && s.cpu < t.cpu {
		return false, 0
	}
	c.update(slot, &s)
	return true, 0
}

func changedHeat(heat int8, ran bool) int8 {
	if ran {
		return min(heat+1, mostHeat)
	}
	return max(heat-1, 0)
}

// asksForIO: a process that has not run has read and written nothing. Where that
// is not known to the nanosecond, it is asked for as long as it may have run.
func (c *processCollector) asksForIO(t *trackedProcess) bool {
	return t.ioStatus == OK && (t.clocked || c.now.Sub(t.activeAt) <= processMemory)
}

// update takes in a sight of a process that was known.
func (c *processCollector) update(slot int32, s *sight) {
	t := &c.slots[slot]
	t.credited = c.born.grow(t, &s.stat)
	record := *t.record
	c.rates(&record, slot, s)
	executed := string(s.stat.comm) != record.Name || s.stat.code != t.code
	t.ran = s.cpu != t.cpu || s.stat.majorFaults != t.faults
	if t.ran || s.stat.state == 'R' || s.stat.state == 'D' {
		t.activeAt = c.now
	}
	// Who has just begun may yet become another user's, or move to another cgroup,
	// without executing anything.
	settling := t.ran && t.since+1 == c.tick
	inTurn := slot >= c.from && slot < c.to && (int(slot)+c.lap)%factLaps == 0
	if executed || settling || inTurn {
		c.want(slot)
	}
	t.adopt(s, c.page)
	c.describe(&record, t, s)
	t.quiet = t.clocked && !t.ran && t.share == 0 && t.flow == 0
	c.replace(slot, &record)
}

// rest is for a process whose clock has stood still.
func (c *processCollector) rest(slot int32) {
	t := &c.slots[slot]
	t.ran, t.credited = false, false
	if t.heat > 0 {
		if t.heat = changedHeat(t.heat, false); t.heat == 0 {
			c.kept.drop(t)
		}
	}
	if t.quiet {
		return
	}
	record := *t.record
	record.CPU, record.MajorFaultRate = Of(0), Of(0)
	if t.ioStatus == OK {
		record.ReadBytes, record.WriteBytes = Of(0), Of(0)
	}
	t.share, t.flow, t.quiet = 0, 0, true
	c.replace(slot, &record)
}

// replace publishes a record, unless it says the same as the one before.
func (c *processCollector) replace(slot int32, record *Process) {
	t := &c.slots[slot]
	if *record == *t.record {
		return
	}
	published := *record
	t.record = &published
	c.table.set(slot, t.record)
}

// find returns the slot of a process, or -1.
func (c *processCollector) find(pid int32) int32 {
	i, found := slices.BinarySearchFunc(c.order, pid, func(slot, pid int32) int { return int(c.slots[slot].pid - pid) })
	if !found {
		return -1
	}
	return c.order[i]
}
