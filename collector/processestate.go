package collector

import (
	"cmp"
	"slices"
	"time"
)

// A parent that waits for a child is given all that the child has ever read and
// written, with what that was given in its turn (wait_task_zombie in
// kernel/exit.c). It did so at ticks before, and rows of its own have shown it. So
// that is taken off what the parent has gained.
//
// Who was given it is told by the minor faults of children, which are handed on in
// the same moment, and of which every process that ever ran has some. A parent that
// ignores SIGCHLD is given nothing. One that does not may not have waited yet when
// it was looked at. An orphan is some ancestor's, a subreaper's or process 1's, and
// nothing says whose when it has ended soon after its parent.

// departed is a process that has ended, as it was last known.
type departed struct {
	pid, parent int32
	start       uint64
	missed      time.Time // when the tick began that found it gone
	io          processIO
	known       bool   // io is its own, of its last row
	faults      uint64 // minor ones, of its own and of children
	orphan      bool   // parent is the closest ancestor that had not ended when it did
	settled     bool   // it was taken off where it was added, or there is nothing to take off
}

// heir is a process that has waited for children since the tick before.
type heir struct {
	slot, pid int32
	gained    processIO // since then, but for what has been taken off
	faults    uint64    // of children, alike
	unknown   bool      // nobody knows how much of gained is whose
}

// estate is what those that have ended leave to others.
type estate struct {
	ended  []departed      // in this tick, by PID
	before []departed      // by PID
	heirs  []heir          // of this tick, by PID
	late   bool            // one was on the list of this tick, and gone when it was its turn
	slots  []int32         // memory for lookAgain
	early  map[int32]int32 // heirs of those that had ended before their heir's turn, by PID
}

// estateMemory is how long what was left waits for an heir, at least until the next
// tick. A parent that has waited for a child may seem not to have run since: the
// clock of a thread that is on a processor goes on with the timer interrupt, once a
// second where that is off (nohz_full).
const estateMemory = 3 * time.Second

func (e *estate) begin(now time.Time) {
	e.before = slices.DeleteFunc(e.before, func(d departed) bool { return now.Sub(d.missed) > estateMemory })
	if len(e.ended) > 0 {
		e.before = append(e.before, e.ended...)
		slices.SortStableFunc(e.before, func(a, b departed) int { return cmp.Compare(a.pid, b.pid) })
	}
	e.ended, e.heirs, e.late = e.ended[:0], e.heirs[:0], false
}

// lose takes in a process that has ended. It is called in the order of PID.
func (e *estate) lose(t *trackedProcess, now time.Time, late bool) {
	d := t.departed()
	d.missed = now
	e.ended, e.late = append(e.ended, d), e.late || late
}

func (t *trackedProcess) departed() departed {
	d := departed{pid: t.pid, parent: t.parent, start: t.start, faults: t.allFaults}
	if t.ioStatus == OK {
		d.io = t.io
	}
	d.known = t.ioStatus == OK || t.brief
	d.settled = t.inherited || d.known && d.io == processIO{}
	return d
}

// hasLost reports whether the process of this number has ended lately, so that
// its children have another parent.
func (e *estate) hasLost(pid int32) bool {
	return lastOf(e.ended, pid) != nil || lastOf(e.before, pid) != nil
}

// lastOf returns the last process that ended with this number.
func lastOf(all []departed, pid int32) *departed {
	i, _ := slices.BinarySearchFunc(all, pid+1, func(d departed, pid int32) int { return cmp.Compare(d.pid, pid) })
	if i == 0 || all[i-1].pid != pid {
		return nil
	}
	return &all[i-1]
}

// parent returns the parent of d if that has ended as well.
func (e *estate) parent(d *departed) *departed {
	for _, all := range [...][]departed{e.ended, e.before} {
		if p := lastOf(all, d.parent); p != nil && p != d && p.start <= d.start {
			return p
		}
	}
	return nil
}

// eachUnsettled visits those that nobody was given yet, the latest first.
func (e *estate) eachUnsettled(visit func(*departed)) {
	for _, all := range [...][]departed{e.ended, e.before} {
		for i := range all {
			if !all[i].settled {
				visit(&all[i])
			}
		}
	}
}

// findHeir takes in the process in slot, t with s to come, if that has waited for
// children.
func (e *estate) findHeir(slot int32, t *trackedProcess, s *sight) {
	if s.stat.childFaults > t.childFaults && s.io.read >= t.io.read && s.io.written >= t.io.written {
		e.heirs = append(e.heirs, heir{slot: slot, pid: t.pid, gained: s.io.since(t.io), faults: s.stat.childFaults - t.childFaults})
	}
}

func (e *estate) heir(pid int32) *heir {
	i, found := slices.BinarySearchFunc(e.heirs, pid, func(h heir, pid int32) int { return cmp.Compare(h.pid, pid) })
	if !found {
		return nil
	}
	return &e.heirs[i]
}

// addHeir takes in an heir out of turn.
func (e *estate) addHeir(h heir) *heir {
	i, _ := slices.BinarySearchFunc(e.heirs, h.pid, func(h heir, pid int32) int { return cmp.Compare(h.pid, pid) })
	e.heirs = slices.Insert(e.heirs, i, h)
	return &e.heirs[i]
}

// mayHave reports whether d can be in what h has gained.
func (h *heir) mayHave(d *departed) bool {
	return h.faults >= max(1, d.faults) && h.gained.read >= d.io.read && h.gained.written >= d.io.written
}

// take takes d off, and reports false if that cannot be in it.
func (h *heir) take(d *departed) bool {
	if !h.mayHave(d) {
		return false
	}
	h.faults -= d.faults
	h.gained.read -= d.io.read
	h.gained.written -= d.io.written
	h.unknown = h.unknown || !d.known
	return true
}
