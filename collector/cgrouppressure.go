package collector

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// stalls are how long tasks of a control group have waited in total, in microseconds.
type stalls struct {
	some, full       uint64
	hasSome, hasFull bool
}

// parseStalls reads the totals of a *.pressure file, of which [parsePressure] reads all:
// that makes strings, and there are three files for each group that does something.
func parseStalls(text []byte) (s stalls, err error) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		return s, errCutShort
	}
	for line := range bytes.Lines(text) {
		kind, rest := cutBlank(bytes.TrimSuffix(line, []byte("\n")))
		var has bool
		switch string(kind) {
		case "some":
			s.some, has = stallTotal(rest)
			s.hasSome = has
		case "full":
			s.full, has = stallTotal(rest)
			s.hasFull = has
		default:
			continue
		}
		if !has {
			return stalls{}, fmt.Errorf("%s: no total in %.80q", kind, rest)
		}
	}
	if !s.hasSome && !s.hasFull {
		return s, errors.New("neither some nor full")
	}
	return s, nil
}

// stallTotal finds "total=159473".
func stallTotal(line []byte) (n uint64, ok bool) {
	for field, rest := cutBlank(line); len(field) > 0; field, rest = cutBlank(rest) {
		if number, is := bytes.CutPrefix(field, []byte("total=")); is {
			return parseDecimal(number)
		}
	}
	return 0, false
}

// cutBlank splits off the first of the fields that stand apart by spaces and tabs.
func cutBlank(line []byte) (field, rest []byte) {
	line = bytes.TrimLeft(line, " \t")
	if end := bytes.IndexAny(line, " \t"); end >= 0 {
		return line[:end], line[end:]
	}
	return line, nil
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
		*last, err = parseStalls(buf)
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
