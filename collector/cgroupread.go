package collector

import (
	"context"
	"time"
)

// read brings the entry of a node up to date, and reports whether there still is such
// a group.
//
// A group whose processor time has not moved, that has moved nothing, waited for
// nothing and left nothing to be written when it was last read, has not begun any of
// that since: to begin takes processor time. So its rates are 0 without being read, and
// of one that begins they are those since the tick before. That the group above stands
// still tells nothing: the time of the root of version 2 is sampled.
func (c *cgroupCollector) read(ctx context.Context, n *cgroupNode) bool {
	defer n.release()
	if n.dirs[sourceCPUTime] == nil {
		c.readWithoutCPU(ctx, n)
		return !n.home.gone
	}
	moved := c.readCPU(n)
	switch {
	case n.home.gone:
		return false
	case moved, !n.settled, !c.now.Before(n.fullAt), !c.now.Before(n.glanceAt) && c.memoryMoved(n):
		c.awake++
		if !c.hasTurn(n) {
			n.settled = false
			return true
		}
		c.readRest(ctx, n)
	}
	if n.settled && n.hasCPU {
		n.readAt = n.cpuAt
	}
	return true
}

// hasTurn reports whether the rest of a group is read in this tick. Where more groups
// do something than can be read at once, they take turns, once all have rates.
func (c *cgroupCollector) hasTurn(n *cgroupNode) bool {
	return c.turns <= 1 || n.readings < 2 || (n.place+c.ticks)%c.turns == 0
}

// readWithoutCPU reads a group that the controller of processor time does not have,
// in version 1. Nothing cheap tells whether it does something.
func (c *cgroupCollector) readWithoutCPU(ctx context.Context, n *cgroupNode) {
	if n.readings > 1 && c.now.Before(n.glanceAt) {
		return
	}
	if n.home.isRemoved() {
		c.lose(n.home)
		return
	}
	c.readRest(ctx, n)
}

// lose is for a directory that is not there any more.
func (c *cgroupCollector) lose(d *cgroupDir) {
	d.gone = true
	c.walked = time.Time{}
}

// readCPU reads the processor time, and reports whether it has moved, or is not
// known.
func (c *cgroupCollector) readCPU(n *cgroupNode) (moved bool) {
	at := time.Now()
	counters, buf, err := n.readCPUTime(c.buf)
	c.buf = buf
	if err != nil {
		c.failCPU(n, err)
		return true
	}
	v2 := n.dirs[sourceCPUTime].tree.v2
	if n.hasCPU && counters.usage == n.cpu.usage && (!v2 || counters == n.cpu) {
		c.rest(n, at)
		return false
	}
	if !v2 {
		c.buf = n.readCPUv1(&counters, c.buf)
	}
	into := &c.next(n).CPU
	counters.fill(into)
	if n.hasCPU {
		counters.fillRates(into, n.cpu, at.Sub(n.cpuAt))
	}
	n.cpu, n.hasCPU, n.cpuAt = counters, true, at
	return true
}

// isSampled reports that the processor time of a group is what the ticks of the clock
// happened to meet, so that it may do something and stand still.
func (n *cgroupNode) isSampled() bool {
	d := n.dirs[sourceCPUTime]
	return d != nil && d.tree.v2 && d.isRoot()
}

// rest is for a group whose processor time has not moved until at.
func (c *cgroupCollector) rest(n *cgroupNode, at time.Time) {
	n.cpuAt = at
	if percent, ok := n.entry.CPU.Percent.Get(); ok && percent == 0 && n.entry.CPU.ThrottledPercent.Status() != OK {
		return
	}
	n.cpu.fillRates(&c.next(n).CPU, n.cpu, time.Second)
}

func (c *cgroupCollector) failCPU(n *cgroupNode, err error) {
	n.hasCPU = false
	d := n.dirs[sourceCPUTime]
	if mayBeGone(err) && d.isRemoved() {
		c.lose(d)
	}
	c.next(n).CPU.fail(cgroupStatus(err))
}

// memoryMoved reports whether a settled group has more or less memory than before:
// others may have taken it.
func (c *cgroupCollector) memoryMoved(n *cgroupNode) bool {
	n.glanceAt = c.now.Add(glanceEvery)
	d := n.dirs[sourceMemory]
	if d == nil {
		return false
	}
	var current Value
	current, c.buf = d.readValue(currentFile(d), c.buf)
	number, _ := current.Get()
	return number != n.current
}

// readRest reads what is not about the processor.
func (c *cgroupCollector) readRest(ctx context.Context, n *cgroupNode) {
	e := c.next(n)
	first := n.readings == 0
	n.readings++
	at := time.Now()
	t := at.Sub(n.readAt)
	n.moving = first
	if !at.Before(n.limitsAt) {
		c.buf = n.readCPULimits(&e.CPU, c.buf)
		c.buf = n.readMemoryLimits(&e.Memory, c.buf)
		c.buf = n.readTaskLimit(&e.PIDs, c.buf)
		n.limitsAt = at.Add(limitsEvery)
	}
	c.buf = n.readMemory(&e.Memory, t, c.buf)
	c.readIO(ctx, n, &e.IO, t)
	c.buf = n.readTasks(&e.PIDs, c.buf)
	c.buf = n.readPressure(&e.Pressure, t, c.buf)
	e.State, c.buf = n.readState(c.buf)
	e.ReadAt, n.readAt = at, at
	n.settled = !n.moving && !n.unwritten && !n.isSampled()
	c.schedule(n, first)
}

// schedule spreads the times at which groups are read that do nothing, or they would
// all be read in the same tick for ever.
func (c *cgroupCollector) schedule(n *cgroupNode, first bool) {
	glance, full := glanceEvery, fullEvery
	if first {
		const parts = 32
		share := time.Duration(n.place%parts) + 1
		glance, full = glance*share/parts, full*share/parts
	}
	n.glanceAt, n.fullAt = n.readAt.Add(glance), n.readAt.Add(full)
}
