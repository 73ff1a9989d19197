package collector

import (
	"cmp"
	"slices"
)

// topCgroups returns the union of the groups that use most, in the order of CPU, then
// of memory, then as they are listed. There are as many by each number as there are of
// processes.
func topCgroups(groups []*Cgroup) []*Cgroup {
	byCPU, byMemory, byIO := newRanking(topByCPU), newRanking(topByMemory), newRanking(topByIO)
	for i, g := range groups {
		byCPU.add(numberOrNone(g.CPU.Percent), int32(i))
		byMemory.add(numberOrNone(g.Memory.Current), int32(i))
		byIO.add(numberOrNone(rateOfBoth(g.IO.ReadRate, g.IO.WriteRate)), int32(i))
	}
	places := slices.Concat(byCPU.slots, byMemory.slots, byIO.slots)
	slices.SortFunc(places, func(a, b int32) int {
		first, second := groups[a], groups[b]
		return cmp.Or(cmp.Compare(numberOrNone(second.CPU.Percent), numberOrNone(first.CPU.Percent)),
			cmp.Compare(numberOrNone(second.Memory.Current), numberOrNone(first.Memory.Current)), cmp.Compare(a, b))
	})
	places = slices.Compact(places)
	top := make([]*Cgroup, len(places))
	for i, place := range places {
		top[i] = groups[place]
	}
	return top
}

// numberOrNone is a number to rank by: 0, which has no rank, for one that is missing.
func numberOrNone(v Value) float64 {
	number, _ := v.Get()
	return number
}
