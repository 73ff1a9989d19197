package collector

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
