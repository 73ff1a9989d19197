package views

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// TreeLimit is how many rows a tree has unless more are asked for: few say little
// of a whole.
const TreeLimit = 100

// limitSteps are the numbers of rows that a viewer goes through.
var limitSteps = []int{50, 100, 250, 500}

// moreRows is the next number of rows, 0 after the last.
func moreRows(rows int) int {
	for _, step := range limitSteps {
		if step > rows {
			return step
		}
	}
	return 0
}

// limit is what the form keeps of the number of rows, "" for the usual one.
func (t ProcessTable) limit() string {
	if t.Limit == 0 || t.Limit == DefaultProcessTable().Limit || t.Tree && t.Limit == TreeLimit {
		return ""
	}
	return strconv.Itoa(t.Limit)
}

// processTree has each process below its parent, and siblings in the order of the
// table. Whose parent does not match is a root.
func processTree(s *collector.Snapshot, t ProcessTable) (rows []processRow, matched int) {
	query := t.ProcessQuery
	query.Limit = 0
	chosen, matched := s.SelectProcesses(query)
	walk := treeWalk{table: t, snapshot: s, children: make(map[int][]*collector.Process), waiting: make(map[int]bool, len(chosen))}
	for _, p := range chosen {
		walk.waiting[p.PID] = true
		walk.children[p.Parent] = append(walk.children[p.Parent], p)
	}
	var roots []*collector.Process
	for _, p := range chosen {
		if !walk.waiting[p.Parent] || p.Parent == p.PID {
			roots = append(roots, p)
		}
	}
	walk.add(roots, 0)
	// Processes of two moments may be each other's parents.
	walk.add(chosen, 0)
	return walk.rows, matched
}

type treeWalk struct {
	table    ProcessTable
	snapshot *collector.Snapshot
	children map[int][]*collector.Process
	waiting  map[int]bool // for their row
	rows     []processRow
}

// add gives rows to siblings and all below them, until there are enough.
func (w *treeWalk) add(siblings []*collector.Process, depth int) {
	for _, p := range siblings {
		if w.table.Limit > 0 && len(w.rows) >= w.table.Limit {
			return
		}
		if !w.waiting[p.PID] {
			continue
		}
		delete(w.waiting, p.PID)
		w.rows = append(w.rows, w.table.row(p, depth, w.snapshot))
		w.add(w.children[p.PID], depth+1)
	}
}

// deepest is how far rows are indented: after that there is no room for names.
const deepest = 12

func (r processRow) nameClass() string {
	if r.depth == 0 {
		return "name"
	}
	return "name depth-" + strconv.Itoa(min(r.depth, deepest))
}
