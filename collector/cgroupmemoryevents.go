package collector

import "time"

// memoryCounters are how often a control group was at the end of its memory.
type memoryCounters struct {
	oom, oomKill, high, max uint64
	found                   uint32 // bits of memoryEventKeys
}

var memoryEventKeys = []string{"oom", "oom_kill", "high", "max"}

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
