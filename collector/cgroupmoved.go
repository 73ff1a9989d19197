package collector

// stackSum adds up what was moved at the top and at the bottom of one stack.
type stackSum struct {
	stack       int
	top, bottom ioCounters
}

// since is what was moved after before until now, counting what lies on each other
// once: of each stack the larger of what its top and its bottom counted in that time.
// They differ: a RAID writes copies at its bottom, and what dm-crypt writes is there
// counted for the kernel, not the group. What was larger in all the time before says
// nothing of which side grows. A device that is not in before counts whole: the kernel
// leaves out those that a group has not used. Backward are the numbers of which some
// device counted less than before, so that what was moved is not known.
func (s *ioStacks) since(before, now []deviceIO) (moved ioCounters, backward [ioNumbers]bool) {
	s.sums = s.sums[:0]
	for i := range now {
		place, known := s.devices[now[i].number()]
		if place.none {
			continue
		}
		grown := now[i].grownFrom(before, i, &backward)
		switch {
		case !known || place.top && place.bottom:
			moved.add(grown)
		case place.top:
			s.sumOf(place.stack).top.add(grown)
		case place.bottom:
			s.sumOf(place.stack).bottom.add(grown)
		}
	}
	for i := range s.sums {
		moved.add(s.sums[i].larger())
	}
	return moved, backward
}

func (d *deviceIO) number() [2]uint32 { return [2]uint32{d.major, d.minor} }

// grownFrom is by how much the counters of d are above those that it has in before,
// where its place is most often the same.
func (d *deviceIO) grownFrom(before []deviceIO, place int, backward *[ioNumbers]bool) ioCounters {
	old := deviceIn(before, place, d.number())
	if old == nil {
		return d.ioCounters
	}
	var grown ioCounters
	for i, n := range d.ioCounters {
		if n < old.ioCounters[i] {
			backward[i] = true
			continue
		}
		grown[i] = n - old.ioCounters[i]
	}
	return grown
}

func deviceIn(all []deviceIO, place int, number [2]uint32) *deviceIO {
	if place < len(all) && all[place].number() == number {
		return &all[place]
	}
	for i := range all {
		if all[i].number() == number {
			return &all[i]
		}
	}
	return nil
}

func (s *ioStacks) sumOf(stack int) *stackSum {
	for i := range s.sums {
		if s.sums[i].stack == stack {
			return &s.sums[i]
		}
	}
	s.sums = append(s.sums, stackSum{stack: stack})
	return &s.sums[len(s.sums)-1]
}

func (s *stackSum) larger() (most ioCounters) {
	for i := range most {
		most[i] = max(s.top[i], s.bottom[i])
	}
	return most
}

func (c *ioCounters) add(more ioCounters) {
	for i, n := range more {
		c[i] += n
	}
}
