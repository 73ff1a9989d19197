package collector

import (
	"cmp"
	"hash/maphash"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	// maxFacts is how many processes are asked for their facts in one tick, at
	// about 30 us each.
	maxFacts = 512
	// factLaps: facts are read anew at every third turn of a process.
	factLaps = 3
)

// want puts a process on the list of those whose facts are to be read.
func (c *processCollector) want(slot int32) {
	if t := &c.slots[slot]; !t.wantsFacts {
		t.wantsFacts = true
		c.wanting = append(c.wanting, slot)
	}
}

// readFacts reads the facts of those that want them, at most maxFacts: first of
// those of which nothing is known yet, the newest first, and then of the others in
// the order that they came on the list. Whose turn does not come stays on it.
func (c *processCollector) readFacts() {
	if len(c.wanting) > maxFacts {
		slices.SortStableFunc(c.wanting, func(a, b int32) int {
			s, t := &c.slots[a], &c.slots[b]
			switch {
			case s.hasFacts && t.hasFacts:
				return 0
			case s.hasFacts:
				return 1
			case t.hasFacts:
				return -1
			}
			return cmp.Compare(t.start, s.start)
		})
	}
	n := min(len(c.wanting), maxFacts)
	for _, slot := range c.wanting[:n] {
		// A slot may be on the list more than once, for a process before.
		if t := &c.slots[slot]; t.wantsFacts {
			t.wantsFacts = false
			c.readFactsOf(slot)
		}
	}
	c.wanting = append(c.wanting[:0], c.wanting[n:]...)
}

// readFactsOf reads what is in the directory of a process. With a descriptor of
// that, everything is of one process, or is not there.
func (c *processCollector) readFactsOf(slot int32) {
	t := &c.slots[slot]
	dir, errno := openAt(c.dir.fd, c.dir.fileOf(t.pid, ""), unix.O_PATH|unix.O_DIRECTORY)
	if errno != 0 {
		c.miss(t) // it is gone, and the next tick finds out
		return
	}
	defer unix.Close(dir)
	c.text, errno = c.dir.read(dir, c.dir.fileIn("stat"), c.text)
	stat, ok := parseProcessStat(c.text, t.pid)
	if errno != 0 || !ok || stat.start != t.start {
		c.miss(t)
		return
	}
	record := *t.record
	c.readOwner(dir, &record)
	c.readCgroup(dir, &record)
	if c.commandLine && !t.kernel {
		c.readCommandLine(dir, &record, t)
	}
	if t.ioStatus != OK {
		c.readFirstIO(dir, &record, t, stat.childFaults)
	}
	t.hasFacts = true
	c.replace(slot, &record)
}

// miss notes of a process that has ended whether it did so in the tick in which
// it began: what it read and wrote it did in that one.
func (c *processCollector) miss(t *trackedProcess) {
	t.brief = t.since == c.tick && !c.at.IsZero() && !c.truncated
}

func (c *processCollector) readOwner(dir int, record *Process) {
	var errno unix.Errno
	if c.text, errno = c.dir.read(dir, c.dir.fileIn("status"), c.text); errno != 0 {
		record.UID, record.Swap = Missing(statusOf(errno)), Missing(statusOf(errno))
		record.User = ""
		return
	}
	record.UID, record.Swap = parseProcessStatus(c.text)
	record.User = ""
	if uid, ok := record.UID.Get(); ok {
		record.User = c.users.name(uint32(uid))
	}
}

func (c *processCollector) readCgroup(dir int, record *Process) {
	var errno unix.Errno
	if c.text, errno = c.dir.read(dir, c.dir.fileIn("cgroup"), c.text); errno != 0 {
		c.text = c.text[:0] // a kernel without control groups
	}
	path := parseProcessCgroup(c.text)
	if string(path) == record.Cgroup {
		return
	}
	record.Cgroup = string(path)
	m := membershipOf(record.Cgroup)
	record.Unit, record.Slice, record.Container, record.Runtime = m.unit, m.slice, m.container, m.runtime
}

func (c *processCollector) readCommandLine(dir int, record *Process, t *trackedProcess) {
	var errno unix.Errno
	if c.text, errno = c.dir.readStart(dir, c.dir.fileIn("cmdline"), c.text, commandLineLimit+1); errno != 0 {
		record.CommandLine, record.CommandLineStatus = "", statusOf(errno)
		return
	}
	// Masking costs memory, and few command lines ever change.
	hash := maphash.Bytes(c.seed, c.text)
	if record.CommandLineStatus != OK || hash != t.arguments {
		record.CommandLine = parseCommandLine(c.text)
	}
	record.CommandLineStatus, t.arguments = OK, hash
}

// readFirstIO reads the counters that the first rates are since.
func (c *processCollector) readFirstIO(dir int, record *Process, t *trackedProcess, childFaults uint64) {
	var errno unix.Errno
	c.text, errno = c.dir.read(dir, c.dir.fileIn("io"), c.text)
	io, status := ioOf(c.text, errno)
	t.ioStatus = status
	if status != OK {
		if isGone(errno) {
			c.miss(t)
		}
		setIO(record, Missing(status))
		return
	}
	c.adoptIO(record, t, io, childFaults)
	record.ReadBytes, record.WriteBytes = Missing(NoBaseline), Missing(NoBaseline)
	t.quiet = false
}
