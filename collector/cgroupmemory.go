package collector

import "time"

// memoryCounters are how often a control group was at the end of its memory.
type memoryCounters struct {
	oom, oomKill, high, max uint64
	found                   uint32 // bits of memoryEventKeys
}

var (
	memoryEventKeys = []string{"oom", "oom_kill", "high", "max"}
	memoryStatKeys  = []string{"anon", "file", "shmem", "slab", "file_dirty", "inactive_file", "file_writeback", "kernel"}
	memoryStatV1    = []string{"total_rss", "total_cache", "total_shmem", "total_swap", "total_dirty", "total_inactive_file", "total_writeback"}
)

// Places in memoryStatKeys.
const (
	statAnon = iota
	statFile
	statShmem
	statSlab // v1: swap
	statDirty
	statInactiveFile
	statWriteback
	statKernel // since 5.18
	memoryStats
)

// memoryStat is what memory.stat says, in bytes.
type memoryStat struct {
	values [memoryStats]uint64
	found  uint32
	err    error
}

func parseMemoryStat(text []byte, v2 bool) (s memoryStat) {
	keys := memoryStatKeys
	if !v2 {
		keys = memoryStatV1
	}
	s.found, s.err = parseKeyed(text, keys, s.values[:])
	return s
}

func (s *memoryStat) value(i int) Value {
	switch {
	case s.err != nil:
		return Missing(cgroupStatus(s.err))
	case s.found&(1<<i) == 0:
		return Missing(Unsupported)
	}
	return Of(float64(s.values[i]))
}

// unwritten reports whether something is still to be written to disk, which the
// kernel does, and counts, in its own time.
func (s *memoryStat) unwritten() bool { return s.values[statDirty] > 0 || s.values[statWriteback] > 0 }

// readMemory reads all but the limits.
func (n *cgroupNode) readMemory(into *CgroupMemory, t time.Duration, buf []byte) []byte {
	d := n.dirs[sourceMemory]
	if d == nil {
		*into = CgroupMemory{}
		n.unwritten = false
		return buf
	}
	into.Current, buf = d.readValue(currentFile(d), buf)
	n.current, _ = into.Current.Get()
	var stat memoryStat
	if buf, stat.err = d.read("memory.stat", buf); stat.err == nil {
		stat = parseMemoryStat(buf, d.tree.v2)
	}
	n.unwritten = stat.unwritten()
	into.fillStat(&stat)
	if d.tree.v2 {
		into.Slab, into.Kernel = stat.value(statSlab), stat.value(statKernel)
		into.Swap, buf = d.readValue("memory.swap.current", buf)
		buf = n.readMemoryEvents(into, t, buf)
	} else {
		into.Swap, into.Slab = stat.value(statSlab), Missing(Unsupported)
		into.Kernel, buf = d.readValue("memory.kmem.usage_in_bytes", buf)
		buf = n.readMemoryEventsV1(into, t, buf)
	}
	into.Limit, into.LimitedBy = n.memoryLimit()
	into.fillPercent()
	return buf
}

func currentFile(d *cgroupDir) string {
	if d.tree.v2 {
		return "memory.current"
	}
	return "memory.usage_in_bytes"
}

func (m *CgroupMemory) fillStat(s *memoryStat) {
	m.Anon, m.File, m.Shmem, m.Dirty = s.value(statAnon), s.value(statFile), s.value(statShmem), s.value(statDirty)
	m.WorkingSet = s.value(statInactiveFile)
	current, hasCurrent := m.Current.Get()
	if inactive, ok := m.WorkingSet.Get(); ok && hasCurrent {
		m.WorkingSet = Of(max(0, current-inactive))
	} else if !hasCurrent {
		m.WorkingSet = m.Current
	}
}

func (m *CgroupMemory) fillPercent() {
	current, hasCurrent := m.Current.Get()
	limit, hasLimit := m.Limit.Get()
	switch {
	case !hasLimit:
		m.Percent = m.Limit
	case !hasCurrent:
		m.Percent = m.Current
	case limit == 0:
		m.Percent = Missing(Unsupported)
	default:
		m.Percent = percentOf(current, limit)
	}
}

func (n *cgroupNode) readMemoryEvents(into *CgroupMemory, t time.Duration, buf []byte) []byte {
	var v [4]uint64
	buf, err := n.dirs[sourceMemory].read("memory.events", buf)
	var c memoryCounters
	if err == nil {
		c.found, err = parseKeyed(buf, memoryEventKeys, v[:])
		c.oom, c.oomKill, c.high, c.max = v[0], v[1], v[2], v[3]
	}
	n.fillMemoryEvents(into, c, err, t)
	return buf
}

var oomControlKeys = []string{"oom_kill"} // since 4.13

func (n *cgroupNode) readMemoryEventsV1(into *CgroupMemory, t time.Duration, buf []byte) []byte {
	var kills [1]uint64
	var c memoryCounters
	buf, err := n.dirs[sourceMemory].read("memory.oom_control", buf)
	if err == nil {
		if found, err := parseKeyed(buf, oomControlKeys, kills[:]); err == nil && found != 0 {
			c.oomKill, c.found = kills[0], 0b0010
		}
	}
	n.fillMemoryEvents(into, c, err, t)
	into.Maxes, buf = n.dirs[sourceMemory].readValue("memory.failcnt", buf)
	return buf
}

func (n *cgroupNode) fillMemoryEvents(into *CgroupMemory, c memoryCounters, err error, t time.Duration) {
	before := n.events
	total := func(bit uint32, count uint64) Value {
		switch {
		case err != nil:
			return Missing(cgroupStatus(err))
		case c.found&bit == 0:
			return Missing(Unsupported)
		}
		return Of(float64(count))
	}
	rate := func(total Value, bit uint32, then, now uint64) Value {
		switch {
		case total.Status() != OK:
			return total
		case before.found&bit == 0:
			return Missing(NoBaseline)
		}
		return perSecond(then, now, t)
	}
	into.OOM, into.OOMKills = total(1, c.oom), total(2, c.oomKill)
	into.Highs, into.Maxes = total(4, c.high), total(8, c.max)
	into.OOMRate = rate(into.OOM, 1, before.oom, c.oom)
	into.OOMKillsRate = rate(into.OOMKills, 2, before.oomKill, c.oomKill)
	into.HighsRate = rate(into.Highs, 4, before.high, c.high)
	n.moving = n.moving || c != before
	n.events = c
}

// readMemoryLimits reads the group's own limits.
func (n *cgroupNode) readMemoryLimits(into *CgroupMemory, buf []byte) []byte {
	n.limit, n.limitStatus = noCgroupLimit, Unsupported
	into.High, into.SwapLimit = Missing(Unsupported), Missing(Unsupported)
	d := n.dirs[sourceMemory]
	if d == nil {
		return buf
	}
	var err error
	if !d.tree.v2 {
		n.limit, buf, err = d.readLimit("memory.limit_in_bytes", buf)
		if n.limit >= 1<<63-1<<16 { // the page may be of 64 KiB
			n.limit = noCgroupLimit
		}
	} else {
		n.limit, buf, err = d.readLimit("memory.max", buf)
		into.High, buf = d.readLimitValue("memory.high", buf)
		into.SwapLimit, buf = d.readLimitValue("memory.swap.max", buf)
	}
	if err != nil {
		n.limitStatus = cgroupStatus(err)
	}
	return buf
}

// memoryLimit is the tightest limit of the group and those above it.
func (n *cgroupNode) memoryLimit() (limit Value, by string) {
	least := uint64(noCgroupLimit)
	for above := n; above != nil; above = above.parent {
		if above.limit < least {
			least, by = above.limit, above.path
		}
	}
	switch {
	case n.limitStatus == Denied, n.limitStatus == Failed:
		return Missing(n.limitStatus), ""
	case least == noCgroupLimit:
		return Missing(Unsupported), ""
	}
	return Of(float64(least)), by
}
