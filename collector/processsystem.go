package collector

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// systemStat is what /proc/stat says of all processes.
type systemStat struct {
	boot     time.Time
	cpus     int    // online
	forks    uint64 // processes and threads since boot
	hasForks bool
}

// read leaves the text in own, unless it is that of a tick.
func (s *systemStat) read(ctx context.Context, own *[]byte) error {
	text, err := readProcShared(ctx, "stat", own)
	if err != nil {
		return err
	}
	parsed, err := parseSystemStat(text)
	if err != nil {
		return fmt.Errorf("%s/stat: %w", procRoot, err)
	}
	*s = parsed
	return nil
}

func parseSystemStat(text []byte) (s systemStat, err error) {
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		return s, errCutShort
	}
	parts := splitStat(text)
	boot, err := parts.number("btime")
	if err != nil {
		return s, err
	}
	if boot > 1<<40 {
		return s, fmt.Errorf("btime: %d", boot)
	}
	forks, err := parts.number("processes")
	return systemStat{
		boot:     time.Unix(int64(boot), 0),
		cpus:     max(1, bytes.Count(parts.processors, []byte("\ncpu"))), // the first line is of all
		forks:    forks,
		hasForks: err == nil,
	}, nil
}

// shortLived adds up what no row shows, see [ShortLived].
type shortLived struct {
	seen   int64         // tasks that are new in rows
	credit time.Duration // what parents were given for children
	lost   time.Duration // what rows said last of processes that have ended

	forks     uint64 // at the tick before
	hasForks  bool
	taskDebt  int64         // tasks that were seen before the kernel's counter was read
	clockDebt time.Duration // of processes that ended after their parents were read
}

func (s *shortLived) begin() { s.seen, s.credit, s.lost = 0, 0, 0 }

// welcome counts in a process that has begun since the tick before. It reports
// whether that has waited for children.
func (s *shortLived) welcome(stat *processStat) (credited bool) {
	s.seen += int64(stat.threads)
	s.credit += time.Duration(stat.children) * tickLength
	return stat.children > 0
}

// grow counts what stat has more than t.
func (s *shortLived) grow(t *trackedProcess, stat *processStat) (credited bool) {
	s.seen += int64(max(0, stat.threads-t.threads))
	if stat.children <= t.children {
		return false
	}
	s.credit += time.Duration(stat.children-t.children) * tickLength
	return true
}

// lose counts out a process that has ended: rows have shown its time already,
// which its parent is now given as a whole. Nobody is given that of a thread of
// the kernel.
func (s *shortLived) lose(t *trackedProcess) {
	if !t.settled && !t.kernel {
		s.lost += t.cpu + time.Duration(t.children)*tickLength
	}
}

// tasks returns how many tasks came and went. A debt stands for one tick, for
// that is when what it stands for is counted.
func (s *shortLived) tasks(system *systemStat) Value {
	forks, known := s.forks, s.hasForks
	s.forks, s.hasForks = system.forks, system.hasForks
	switch {
	case !system.hasForks:
		return Missing(Unsupported)
	case !known, system.forks < forks:
		s.taskDebt = 0
		return Missing(NoBaseline)
	}
	unseen := int64(system.forks-forks) - s.seen
	tasks := max(0, unseen+s.taskDebt)
	s.taskDebt = min(0, unseen)
	return Of(float64(tasks))
}

// time returns the CPU time of what came and went.
func (s *shortLived) time() time.Duration {
	unseen := s.credit - s.lost
	spent := max(0, unseen+s.clockDebt)
	s.clockDebt = min(0, unseen)
	return spent
}

// settle finds the processes that were there when it was their turn, and were
// waited for before it was their parents': those have their time already.
func (c *processCollector) settle() {
	if c.born.credit == 0 {
		return
	}
	for _, slot := range c.order {
		t := &c.slots[slot]
		if !t.ran && t.state != 'Z' {
			continue
		}
		if parent := c.find(t.parent); parent >= 0 && c.slots[parent].credited && c.isGone(t) {
			c.born.lose(t)
			t.settled = true
		}
	}
}

func (c *processCollector) isGone(t *trackedProcess) bool {
	if t.clocked {
		_, errno := c.clock.read(t.pid)
		return errno != 0
	}
	fd, errno := openAt(c.dir.fd, c.dir.fileOf(t.pid, "stat"), unix.O_RDONLY)
	if errno == 0 {
		unix.Close(fd)
	}
	return isGone(errno)
}
