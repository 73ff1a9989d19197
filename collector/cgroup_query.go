package collector

import (
	"cmp"
	"slices"
	"strings"
)

// CgroupQuery chooses control groups and their order. The zero query is all of
// them, the busiest first.
type CgroupQuery struct {
	Text      string // to be found in name, path, container, pod or runtime, in whatever case
	Kind      string // of the groups; "" takes all
	Sort      string // one of [CgroupSorts]; any other is "cpu"
	Ascending bool   // the least, or the first in the alphabet, first
	Limit     int    // how many at most; 0 or less takes all
}

// cgroupSorts are the numbers to sort by.
var cgroupSorts = []struct {
	name  string
	value func(*Cgroup) Value
}{
	{"cpu", func(c *Cgroup) Value { return tenths(c.CPU.Percent) }},
	{"memory", func(c *Cgroup) Value { return c.Memory.Current }},
	{"read", func(c *Cgroup) Value { return c.IO.ReadRate }},
	{"write", func(c *Cgroup) Value { return c.IO.WriteRate }},
	{"io", func(c *Cgroup) Value { return rateOfBoth(c.IO.ReadRate, c.IO.WriteRate) }},
	{"pids", func(c *Cgroup) Value { return c.PIDs.Current }},
	{"pressure", func(c *Cgroup) Value { return greatestOf(c.Pressure.CPU, c.Pressure.Memory, c.Pressure.IO) }},
	{"throttled", func(c *Cgroup) Value { return c.CPU.ThrottledPercent }},
}

// CgroupSorts returns the keys that control groups can be sorted by.
func CgroupSorts() []string {
	keys := make([]string, 0, len(cgroupSorts)+1)
	for _, s := range cgroupSorts {
		keys = append(keys, s.name)
	}
	return append(keys, "name")
}

// Select returns the groups that q chooses, and how many there are of them
// without its limit. Those whose number is missing come last in both orders, and
// equal ones, to a tenth of a percent where it is CPU, by name.
func (c Cgroups) Select(q CgroupQuery) (rows []*Cgroup, matched int) {
	text := strings.ToLower(q.Text)
	for _, group := range c.Cgroups {
		if (q.Kind == "" || q.Kind == group.Kind) && group.mentions(text) {
			rows = append(rows, group)
		}
	}
	slices.SortFunc(rows, q.compare())
	matched = len(rows)
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, matched)]
	}
	return rows, matched
}

func (c *Cgroup) mentions(text string) bool {
	for _, field := range [...]string{c.Name, c.Path, c.Container, c.Pod, c.Runtime} {
		if strings.Contains(strings.ToLower(field), text) {
			return true
		}
	}
	return false
}

// compare returns the order that q asks for.
func (q CgroupQuery) compare() func(a, b *Cgroup) int {
	if q.Sort == "name" {
		if q.Ascending {
			return compareCgroupNames
		}
		return func(a, b *Cgroup) int { return compareCgroupNames(b, a) }
	}
	value := cgroupSorts[0].value
	for _, s := range cgroupSorts {
		if s.name == q.Sort {
			value = s.value
		}
	}
	return func(a, b *Cgroup) int {
		return cmp.Or(q.compareValues(value(a), value(b)), compareCgroupNames(a, b))
	}
}

func (q CgroupQuery) compareValues(a, b Value) int {
	first, hasFirst := a.Get()
	second, hasSecond := b.Get()
	switch {
	case hasFirst != hasSecond && hasFirst:
		return -1
	case hasFirst != hasSecond:
		return 1
	case q.Ascending:
		return cmp.Compare(first, second)
	}
	return cmp.Compare(second, first)
}

func compareCgroupNames(a, b *Cgroup) int {
	return cmp.Or(naturalCompare(a.Name, b.Name), naturalCompare(a.Path, b.Path))
}

// rateOfBoth adds what is there of two rates; missing where neither is.
func rateOfBoth(a, b Value) Value {
	first, hasFirst := a.Get()
	second, hasSecond := b.Get()
	if !hasFirst && !hasSecond {
		return a
	}
	return Of(first + second)
}

// greatestOf is the greatest of the numbers that are there; missing where none is.
func greatestOf(values ...Value) Value {
	greatest := values[0]
	for _, v := range values[1:] {
		number, ok := v.Get()
		if most, has := greatest.Get(); ok && (!has || number > most) {
			greatest = v
		}
	}
	return greatest
}
