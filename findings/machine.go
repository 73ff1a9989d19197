package findings

import (
	"fmt"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	memoryUsed = bounds{92, 98}
	stealing   = bounds{10, 30}
	// Of the last ten seconds: a moment's stall is no shortage.
	cpuStall    = bounds{40, 80}
	memoryStall = bounds{10, 40}
	ioStall     = bounds{40, 80}
)

// faults are the sources that are there and could not be read.
func (r *report) faults(s *collector.Snapshot) {
	for name, reading := range s.Sections() {
		switch status := reading.Status(); status {
		case collector.Stale, collector.Failed, collector.Denied:
			r.add(Warning, name, name, "not read: %s", strings.TrimPrefix(fmt.Sprint(reading.Fault()), name+": "))
		}
	}
}

func (r *report) memory(s *collector.Snapshot) {
	if !usable(s.Memory) {
		return
	}
	if severity, used := memoryUsed.above(s.Memory.Value.UsedPercent); severity > 0 {
		r.add(severity, "memory", "memory", "%s used", percent(used))
	}
}

// pressure is what PSI knows best: not how much is used, but that tasks wait.
func (r *report) pressure(s *collector.Snapshot) {
	if !usable(s.Pressure) {
		return
	}
	p := s.Pressure.Value
	for _, resource := range []struct {
		name   string
		stall  collector.Value
		bounds bounds
	}{
		{"CPU", p.CPU.Some.Avg10, cpuStall},
		{"memory", p.Memory.Some.Avg10, memoryStall},
		{"I/O", p.IO.Some.Avg10, ioStall},
	} {
		if severity, share := resource.bounds.above(resource.stall); severity > 0 {
			r.add(severity, "pressure", resource.name, "tasks waited for it %s of 10 s", percent(share))
		}
	}
}

func (r *report) cpu(s *collector.Snapshot) {
	if !usable(s.CPU) {
		return
	}
	if severity, share := stealing.above(s.CPU.Value.Usage.Steal); severity > 0 {
		r.add(severity, "cpu", "CPU", "%s stolen by the hypervisor", percent(share))
	}
}
