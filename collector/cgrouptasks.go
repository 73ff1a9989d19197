package collector

import "bytes"

func (n *cgroupNode) readTaskLimit(into *CgroupPIDs, buf []byte) []byte {
	into.Limit = Missing(Unsupported)
	if d := n.dirs[sourcePIDs]; d != nil {
		into.Limit, buf = d.readLimitValue("pids.max", buf)
	}
	return buf
}

func (n *cgroupNode) readTasks(into *CgroupPIDs, buf []byte) []byte {
	into.Current = Missing(Unsupported)
	if d := n.dirs[sourcePIDs]; d != nil {
		into.Current, buf = d.readValue("pids.current", buf)
	}
	current, hasCurrent := into.Current.Get()
	limit, hasLimit := into.Limit.Get()
	switch {
	case !hasLimit:
		into.Percent = into.Limit
	case !hasCurrent:
		into.Percent = into.Current
	default:
		into.Percent = percentOf(current, limit)
	}
	return buf
}

// readState reads cgroup.events.
func (n *cgroupNode) readState(buf []byte) (string, []byte) {
	d := n.dirs[sourceUnified]
	if d == nil {
		return "", buf
	}
	buf, err := d.read("cgroup.events", buf)
	if err != nil {
		return "", buf
	}
	return parseCgroupState(buf), buf
}

func parseCgroupState(text []byte) string {
	switch {
	case bytes.Contains(text, []byte("frozen 1\n")):
		return "frozen"
	case bytes.Contains(text, []byte("populated 1\n")):
		return "populated"
	case bytes.Contains(text, []byte("populated 0\n")):
		return "empty"
	}
	return ""
}
