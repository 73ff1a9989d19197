package views

import (
	"slices"
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// detailPage is the class of a document about one thing, which is told of in front
// of the dashboard too.
const detailPage = "fields detail-page"

// address is the page of the process, as seen from the dashboard: what all viewers
// get knows no base path.
func (r processRow) address() string {
	return "processes/" + strconv.Itoa(r.PID) + "?start=" + strconv.FormatUint(r.Start, 10)
}

// findProcess is the process of that number, nil without one. Where start is not
// 0, it is the one that began then.
func findProcess(s *collector.Snapshot, pid int, start uint64) *collector.Process {
	if s == nil {
		return nil
	}
	for p := range s.Processes.Value.All() {
		if p.PID == pid && (start == 0 || p.Start == start) {
			return p
		}
	}
	return nil
}

// ancestors are the parents of a process that are listed, the eldest first.
func ancestors(s *collector.Snapshot, p *collector.Process) (chain []processRow) {
	byNumber := make(map[int]*collector.Process, s.Processes.Value.Len())
	for process := range s.Processes.Value.All() {
		byNumber[process.PID] = process
	}
	delete(byNumber, p.PID)
	for parent := byNumber[p.Parent]; parent != nil; parent = byNumber[parent.Parent] {
		chain = append(chain, processRow{Process: parent})
		delete(byNumber, parent.PID)
	}
	slices.Reverse(chain)
	return chain
}

// children are how many processes have this one for a parent.
func children(s *collector.Snapshot, p *collector.Process) (n int) {
	for process := range s.Processes.Value.All() {
		if process.Parent == p.PID && process.PID != p.PID {
			n++
		}
	}
	return n
}

// called is the name of a process without its arguments.
func (r processRow) called() string {
	if r.Kernel {
		return "[" + clean(r.Name) + "]"
	}
	return clean(r.Name)
}

// bare is a number for the scripts, "" where there is none.
func bare(v collector.Value) string {
	if number, ok := v.Get(); ok {
		return strconv.FormatFloat(number, 'f', 1, 64)
	}
	return ""
}

var stateNames = map[string]string{
	"R": "running", "S": "sleeping", "D": "waiting for a device or a lock, and cannot be interrupted", "T": "stopped", "t": "stopped by a debugger",
	"Z": "ended, and its parent has not asked for its result", "X": "dead", "I": "idle", "P": "parked",
}
