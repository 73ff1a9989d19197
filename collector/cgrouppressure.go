package collector

import "time"

// stalls are how long tasks of a control group have waited in total, in microseconds.
type stalls struct {
	some, full       uint64
	hasSome, hasFull bool
}

// readPressure reads the three files of pressure stall information, and reports
// through n.moving whether something waited since before.
func (n *cgroupNode) readPressure(into *CgroupPressure, t time.Duration, buf []byte) []byte {
	d := n.dirs[sourceUnified]
	if d == nil {
		*into = CgroupPressure{}
		return buf
	}
	into.CPU, _, buf = n.readStalls(d, "cpu.pressure", &n.stalls[0], t, buf)
	into.Memory, into.MemoryFull, buf = n.readStalls(d, "memory.pressure", &n.stalls[1], t, buf)
	into.IO, into.IOFull, buf = n.readStalls(d, "io.pressure", &n.stalls[2], t, buf)
	return buf
}

func (n *cgroupNode) readStalls(d *cgroupDir, name string, last *stalls, t time.Duration, buf []byte) (some, full Value, rest []byte) {
	before := *last
	*last = stalls{}
	buf, err := d.read(name, buf)
	if err == nil {
		var p pressureText
		p, err = parsePressure(string(buf))
		*last = stalls{p.some.Microseconds, p.full.Microseconds, p.hasSome, p.hasFull}
	}
	if err != nil {
		return Missing(cgroupStatus(err)), Missing(cgroupStatus(err)), buf
	}
	n.moving = n.moving || *last != before
	return stallShare(before.some, last.some, before.hasSome, last.hasSome, t),
		stallShare(before.full, last.full, before.hasFull, last.hasFull, t), buf
}

func stallShare(before, now uint64, had, has bool, t time.Duration) Value {
	switch {
	case !has:
		return Missing(Unsupported)
	case !had:
		return Missing(NoBaseline)
	}
	lost := perSecond(before, now, t)
	if number, ok := lost.Get(); ok {
		return percentOf(number, 1e6)
	}
	return lost
}
