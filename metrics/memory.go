package metrics

import "github.com/tacho-monitor/tacho/collector"

var memoryColumns = []column[collector.Memory]{
	{gauge("node_memory_MemTotal_bytes", "Line MemTotal of /proc/meminfo."),
		func(m *collector.Memory) collector.Value { return count(m.Total) }},
	{gauge("node_memory_MemFree_bytes", "Line MemFree of /proc/meminfo."),
		func(m *collector.Memory) collector.Value { return count(m.Free) }},
	{gauge("node_memory_MemAvailable_bytes", "Line MemAvailable of /proc/meminfo."),
		func(m *collector.Memory) collector.Value { return m.KernelAvailable }},
}

func addMemory(e exposition, s *collector.Snapshot) {
	if shown(&s.Memory) {
		addColumns(e, memoryColumns, &s.Memory.Value)
	}
}
