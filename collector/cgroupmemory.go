package collector

import "time"

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
		into.Kernel = stat.value(statKernel)
		into.Swap, buf = d.readValue("memory.swap.current", buf)
		buf = n.readMemoryEvents(into, t, buf)
	} else {
		into.Swap = stat.value(statSwap)
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
