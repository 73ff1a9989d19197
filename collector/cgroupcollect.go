package collector

import (
	"context"
	"fmt"
	"time"
)

// NewCgroups returns the collector of Cgroups. It wraps [ErrNoBaseline] at its first
// call, and [ErrUnsupported] where no control groups are mounted. It fails as a whole
// when the kernel gives it no descriptors or no memory: what it could say then would
// be of some groups alone.
func NewCgroups() Collector[Cgroups] { return newCgroupCollector().collect }

// How often what costs more than the processor time is read.
const (
	walkEvery   = 1900 * time.Millisecond // looking for groups that are new or gone
	glanceEvery = 4900 * time.Millisecond // the memory of a group that does nothing
	limitsEvery = 4900 * time.Millisecond // the limits of one that does something
	fullEvery   = 30 * time.Second        // all of one that does nothing
	renameEvery = time.Minute             // the name of a container that could not be had
)

// mostAwake is of how many groups all is read in one tick. A group costs about 25 µs.
const mostAwake = 150

type cgroupCollector struct {
	hierarchies *cgroupHierarchies
	nodes       []*cgroupNode // parents before children
	byPath      map[string]*cgroupNode
	walked      time.Time
	published   bool // a reading, so that the next has rates

	now     time.Time
	ticks   int
	awake   int // groups that do something in this tick
	turns   int // ticks until each of those has been read
	stacks  ioStacks
	devices []deviceIO
	buf     []byte
	kept    keptBudget // directories that are kept open, with a file in each

	uncounted bool // version 1 counts nothing of what is moved
}

// mostKeptCgroups: those beyond are opened anew each time.
const mostKeptCgroups = 500

func newCgroupCollector() *cgroupCollector {
	return &cgroupCollector{kept: keptBudget{limit: min(descriptorShare()/2, mostKeptCgroups)}}
}

func (c *cgroupCollector) collect(ctx context.Context) (Cgroups, error) {
	c.now = time.Now()
	c.ticks++
	if err := c.find(ctx); err != nil {
		return Cgroups{}, fmt.Errorf("cgroups: %w", err)
	}
	c.turns, c.awake = (c.awake+mostAwake-1)/mostAwake, 0
	groups := make([]*Cgroup, 0, len(c.nodes))
	for _, n := range c.nodes {
		if c.read(ctx, n) {
			groups = append(groups, n.entry)
		}
	}
	if err := c.shortage(); err != nil {
		return Cgroups{}, fmt.Errorf("cgroups: %w", err)
	}
	data := c.summarise(groups)
	if !c.published {
		c.published = true
		return data, fmt.Errorf("cgroups: %w", ErrNoBaseline)
	}
	return data, nil
}

func (c *cgroupCollector) summarise(groups []*Cgroup) Cgroups {
	data := Cgroups{Hierarchy: c.hierarchies.name, Total: len(groups), Top: topCgroups(groups), Cgroups: groups}
	for _, t := range c.hierarchies.trees {
		data.LeftOut += t.leftOut
		data.Denied += t.denied
		data.Unreadable += t.unreadable
	}
	data.Truncated = data.LeftOut > 0
	return data
}

// find brings the groups up to date, from time to time.
func (c *cgroupCollector) find(ctx context.Context) (err error) {
	if c.hierarchies == nil {
		if c.hierarchies, err = findCgroups(ctx); err != nil {
			return err
		}
	}
	if !c.walked.IsZero() && c.now.Sub(c.walked) < walkEvery {
		return nil
	}
	c.walked = c.now
	changed := false
	c.kept.used = 0
	for _, t := range c.hierarchies.trees {
		moved, err := t.walk(&c.kept)
		if err != nil {
			c.forget()
			return err
		}
		changed = changed || moved
	}
	if changed {
		c.arrange()
	}
	if err := c.shortage(); err != nil {
		return err
	}
	c.nameContainers(ctx)
	return nil
}

// shortage is why something could not be opened or read that was not the fault of any
// group, if so since it was last asked for. What was known stays, and is looked for
// again at the next tick.
func (c *cgroupCollector) shortage() (err error) {
	for _, t := range c.hierarchies.trees {
		if t.shortage != nil {
			err, t.shortage = t.shortage, nil
			c.walked = time.Time{}
		}
	}
	return err
}

// forget starts anew, for when a hierarchy has been unmounted.
func (c *cgroupCollector) forget() {
	for _, t := range c.hierarchies.trees {
		t.close()
	}
	*c = cgroupCollector{buf: c.buf, kept: c.kept}
}
