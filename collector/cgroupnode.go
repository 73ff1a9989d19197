package collector

import "time"

// cgroupNode is a control group that is listed, and what was read of it before.
type cgroupNode struct {
	path   string
	parent *cgroupNode // the nearest above that is listed
	member membership
	home   *cgroupDir // of the first hierarchy that has it
	dirs   [cgroupSources]*cgroupDir
	entry  *Cgroup // as published last
	place  int     // among all
	fresh  int     // the tick that entry was made for

	hasCPU bool
	cpu    cpuCounters
	cpuAt  time.Time // when cpu was read

	// What follows is of the other numbers.
	readings int
	readAt   time.Time // when they were read, or known not to have moved
	settled  bool      // nothing was moved, waited for or left to be written
	moving   bool      // something was, in the reading that is going on
	glanceAt time.Time // when to look at the memory again, of a settled group
	fullAt   time.Time // when to read all again
	limitsAt time.Time // when to read the limits again

	limit       uint64 // of memory, its own
	limitStatus Status
	current     float64 // bytes of memory
	unwritten   bool
	events      memoryCounters
	io          ioCounters // in all
	devices     []deviceIO // as last read
	hasIO       bool       // they are of readAt
	stalls      [3]stalls

	nameAt time.Time // when the name of its container was looked for
}

// next returns the entry of this tick, to be written to. Those of earlier ticks have
// been handed out.
func (c *cgroupCollector) next(n *cgroupNode) *Cgroup {
	if n.fresh != c.ticks {
		e := *n.entry
		n.entry, n.fresh = &e, c.ticks
	}
	return n.entry
}

func (n *cgroupNode) release() {
	var last *cgroupDir
	for _, d := range n.dirs {
		if d != nil && d != last {
			d.release()
			last = d
		}
	}
	n.home.release()
}
