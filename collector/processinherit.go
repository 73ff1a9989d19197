package collector

import (
	"slices"

	"golang.org/x/sys/unix"
)

// inherit corrects the rates of those that have waited for children. It does so
// after everyone was looked at, as most children have higher numbers than their
// parents.
func (c *processCollector) inherit() {
	e := &c.estate
	if len(e.ended)+len(e.before)+len(e.heirs) == 0 {
		return
	}
	e.eachUnsettled(c.passOver)
	if e.late {
		c.lookAgain()
	}
	// Those whose parent is there can have no other heir, so they come first.
	e.eachUnsettled(func(d *departed) { d.settled = !d.orphan && c.bequeath(d) })
	e.eachUnsettled(func(d *departed) {
		if slices.ContainsFunc(e.heirs, func(h heir) bool { return h.mayHave(d) }) {
			d.orphan = d.orphan || c.isDead(d.parent)
			d.settled = d.orphan && c.bequeath(d)
		}
	})
	c.inheritEarly()
	for i := range e.heirs {
		c.showOwn(&e.heirs[i])
	}
}

// passOver makes the parent of d the closest ancestor that has not ended.
func (c *processCollector) passOver(d *departed) {
	for range len(c.estate.ended) + len(c.estate.before) {
		if slot := c.find(d.parent); slot >= 0 && c.slots[slot].start <= d.start {
			return
		}
		parent := c.estate.parent(d)
		if parent == nil {
			return
		}
		d.parent, d.orphan = parent.parent, true
	}
}

// lookAgain looks once more at all who may have waited for those that have ended
// during the pass, because nobody knows whether they had done so when it was their
// turn.
func (c *processCollector) lookAgain() {
	slots := c.estate.slots[:0]
	for _, h := range c.estate.heirs {
		slots = append(slots, h.slot)
	}
	c.estate.eachUnsettled(func(d *departed) {
		if slot := c.find(d.parent); slot >= 0 {
			slots = append(slots, slot)
		}
	})
	slices.Sort(slots)
	slots = slices.Compact(slots)
	for _, slot := range slots {
		c.lookAgainAt(slot)
	}
	c.estate.slots = slots
}

func (c *processCollector) lookAgainAt(slot int32) {
	t := &c.slots[slot]
	if t.ioStatus != OK || t.record.ReadBytes.Status() != OK || t.record.WriteBytes.Status() != OK {
		return
	}
	s, errno := c.look(t, true)
	switch {
	case errno != 0, s.ioStatus != OK, s.stat.start != t.start,
		s.io.read < t.io.read, s.io.written < t.io.written, s.stat.childFaults < t.childFaults:
		return // it has ended itself, as the next tick finds
	}
	more := s.io.since(t.io)
	h := c.estate.heir(t.pid)
	if h == nil {
		if s.stat.childFaults <= t.childFaults {
			return
		}
		h = c.estate.addHeir(heir{slot: slot, pid: t.pid})
		if t.ioTick == c.tick {
			h.gained = t.gained
		}
	}
	h.gained.read, h.gained.written = h.gained.read+more.read, h.gained.written+more.written
	h.faults += s.stat.childFaults - t.childFaults
	record := *t.record
	c.adoptIO(&record, t, s.io, s.stat.childFaults)
	c.replace(slot, &record)
}

// bequeath takes d off its heir. That of an orphan is any of its ancestors: the one
// that was left all by its parent, or else one that adopted it.
func (c *processCollector) bequeath(d *departed) bool {
	ancestor := c.find(d.parent)
	for range len(c.order) {
		if ancestor < 0 || c.slots[ancestor].start > d.start {
			return false
		}
		if h := c.estate.heir(c.slots[ancestor].pid); h != nil && h.take(d) {
			return true
		}
		if !d.orphan {
			return false
		}
		ancestor = c.find(c.slots[ancestor].parent)
	}
	return false
}

// inheritEarly finds the processes that were there when it was their turn, and
// were waited for before it was their parents'.
func (c *processCollector) inheritEarly() {
	if !slices.ContainsFunc(c.estate.heirs, func(h heir) bool { return h.gained != processIO{} }) {
		return
	}
	c.estate.early = make(map[int32]int32)
	for _, slot := range c.order {
		t := &c.slots[slot]
		h := c.estate.heir(t.parent)
		if above, found := c.estate.early[t.parent]; found {
			h = c.estate.heir(above)
		}
		if h == nil {
			continue
		}
		d := t.departed()
		if t.since != c.tick && h.mayHave(&d) && (c.isGone(t) || !d.settled && c.stateOf(t) == 'X') {
			t.inherited = h.take(&d)
			c.estate.early[t.pid] = h.pid
		}
	}
}

// isDead reports whether a process that has a row has ended nevertheless, so that
// its children have another parent.
func (c *processCollector) isDead(pid int32) bool {
	slot := c.find(pid)
	if slot < 0 {
		return false
	}
	state := c.stateOf(&c.slots[slot])
	return state == 'Z' || state == 'X'
}

// stateOf returns the state that a process is in. That is X for one that is gone,
// as for one whose parent was given all and whose number is not free yet.
func (c *processCollector) stateOf(t *trackedProcess) byte {
	var errno unix.Errno
	c.text, errno = c.dir.read(c.dir.fd, c.dir.fileOf(t.pid, "stat"), c.text)
	stat, ok := parseProcessStat(c.text, t.pid)
	switch {
	case isGone(errno), ok && (stat.isReleased() || stat.state == 'x' || stat.start != t.start):
		return 'X'
	case errno != 0 || !ok:
		return t.state
	}
	return stat.state
}

// showOwn writes what is left to an heir into its record.
func (c *processCollector) showOwn(h *heir) {
	t := &c.slots[h.slot]
	// Children without a row may have done anything at any time.
	h.unknown = h.unknown || c.truncated || c.count.beyond > 0 || c.isHidden()
	record := *t.record
	record.ReadBytes, record.WriteBytes = c.ownRate(h, h.gained.read), c.ownRate(h, h.gained.written)
	t.flow = record.flow()
	c.replace(h.slot, &record)
}

func (c *processCollector) ownRate(h *heir, amount uint64) Value {
	if h.unknown && amount > 0 {
		return Missing(NoBaseline)
	}
	return perSecond(0, amount, c.elapsed)
}
