package metrics

import "github.com/tacho-monitor/tacho/collector"

var memoryLines = newPrefixed(gauge, "node_memory_", "of /proc/meminfo")

func addMemory(e exposition, s *collector.Snapshot) {
	if shown(&s.Memory) {
		e.addCounters(s.Memory.Value.Lines, memoryLines)
	}
}
