package collector

import (
	"cmp"
	"slices"
	"time"
)

// How many processes are among the top ones by each number.
const (
	topByCPU    = 30
	topByMemory = 20
	topByIO     = 10
)

// summarise publishes what the pass has found.
func (c *processCollector) summarise() Processes {
	p := Processes{
		Total:      len(c.pids),
		Listed:     len(c.order),
		Unreadable: c.count.unreadable,
		Denied:     c.count.denied,
		Truncated:  c.count.beyond > 0,
		Hidden:     c.isHidden(),
		table:      c.table.publish(),
	}
	for _, slot := range c.order {
		p.tally(&c.slots[slot])
	}
	c.settle()
	p.Started, p.Ended = c.changes(&p)
	p.ShortLived = c.shortLived(&p)
	p.Top = c.top()
	return p
}

// isHidden reports whether there may be processes that this one is not shown.
func (c *processCollector) isHidden() bool {
	return c.count.denied > 0 || c.dir.shown && (len(c.pids) == 0 || c.pids[0] != 1)
}

func (p *Processes) tally(t *trackedProcess) {
	p.Threads += int(t.threads)
	if t.kernel {
		p.KernelThreads++
	}
	switch t.state {
	case 'R':
		p.Running++
	case 'S':
		p.Sleeping++
	case 'D':
		p.Blocked++
	case 'T', 't':
		p.Stopped++
	case 'Z', 'X', 'x':
		p.Zombie++
	case 'I':
		p.Idle++
	}
}

// changes are how many processes began and ended. Those without a row come and go
// unseen.
func (c *processCollector) changes(p *Processes) (started, ended Value) {
	switch {
	case c.at.IsZero():
		return Missing(NoBaseline), Missing(NoBaseline)
	case p.Truncated || c.truncated:
		return Missing(Unsupported), Missing(Unsupported)
	}
	return Of(float64(c.count.started)), Of(float64(c.count.ended))
}

func (c *processCollector) shortLived(p *Processes) ShortLived {
	tasks, spent := c.born.tasks(&c.system), c.born.time()
	switch {
	case c.at.IsZero():
		return ShortLived{Missing(NoBaseline), Missing(NoBaseline)}
	case p.Hidden:
		return ShortLived{Missing(Denied), Missing(Denied)}
	case p.Truncated || c.truncated:
		return ShortLived{Missing(Unsupported), Missing(Unsupported)}
	}
	if p.KernelThreads == 0 { // a container, where the forks are those of all machine
		tasks = Missing(Unsupported)
	}
	return ShortLived{tasks, c.share(0, min(spent, c.elapsed*time.Duration(c.system.cpus)))}
}

// top returns the union of those that use most.
func (c *processCollector) top() []*Process {
	byCPU, byMemory, byIO := newRanking(topByCPU), newRanking(topByMemory), newRanking(topByIO)
	for _, slot := range c.order {
		t := &c.slots[slot]
		byCPU.add(t.share, slot)
		byMemory.add(float64(t.resident), slot)
		byIO.add(t.flow, slot)
	}
	slots := slices.Concat(byCPU.slots, byMemory.slots, byIO.slots)
	slices.SortFunc(slots, func(a, b int32) int {
		s, t := &c.slots[a], &c.slots[b]
		return cmp.Or(cmp.Compare(t.share, s.share), cmp.Compare(t.resident, s.resident), cmp.Compare(s.pid, t.pid))
	})
	slots = slices.Compact(slots)
	top := make([]*Process, len(slots))
	for i, slot := range slots {
		top[i] = c.slots[slot].record
	}
	return top
}

// ranking holds the slots of the greatest numbers above 0.
type ranking struct {
	numbers []float64 // descending
	slots   []int32
}

func newRanking(size int) ranking {
	return ranking{make([]float64, 0, size), make([]int32, 0, size)}
}

func (r *ranking) add(number float64, slot int32) {
	n := len(r.numbers)
	full := n == cap(r.numbers)
	if number <= 0 || full && number <= r.numbers[n-1] {
		return
	}
	if full {
		r.numbers, r.slots = r.numbers[:n-1], r.slots[:n-1]
	}
	at, _ := slices.BinarySearchFunc(r.numbers, number, func(a, b float64) int {
		if a >= b {
			return -1
		}
		return 1
	})
	r.numbers, r.slots = slices.Insert(r.numbers, at, number), slices.Insert(r.slots, at, slot)
}
