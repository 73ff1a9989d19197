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

// patience is for how many ticks numbers of before will do: on a busy machine a
// source may miss one.
const patience = 3

// faults are the sources that are there and could not be read.
func (r *report) faults(s *collector.Snapshot) {
	for name, reading := range s.Sections() {
		status := reading.Status()
		if status == collector.Stale && reading.Has() && reading.Age(s.Time) < patience*s.Interval {
			continue
		}
		switch status {
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
	for _, stall := range StallsOf(s.Pressure.Value) {
		if stall.Severity > 0 {
			r.add(stall.Severity, "pressure", stall.Resource, "%s", stall.Text)
		}
	}
}

// Stall is how much it matters that tasks waited for a resource; 0 where they
// hardly did, or where that is not known.
type Stall struct {
	Severity Severity
	Resource string // "CPU", "memory", "I/O"
	Text     string
}

// StallsOf returns the stalls of the last ten seconds, resource by resource.
func StallsOf(p collector.Pressure) []Stall {
	stalls := make([]Stall, 0, 3)
	for _, resource := range []struct {
		name   string
		stall  collector.Value
		bounds bounds
	}{
		{"CPU", p.CPU.Some.Avg10, cpuStall},
		{"memory", p.Memory.Some.Avg10, memoryStall},
		{"I/O", p.IO.Some.Avg10, ioStall},
	} {
		stall := Stall{Resource: resource.name}
		var share float64
		if stall.Severity, share = resource.bounds.above(resource.stall); stall.Severity > 0 {
			stall.Text = "tasks waited for it " + percent(share) + " of 10 s"
		}
		stalls = append(stalls, stall)
	}
	return stalls
}

func (r *report) cpu(s *collector.Snapshot) {
	if !usable(s.CPU) {
		return
	}
	if severity, share := stealing.above(s.CPU.Value.Usage.Steal); severity > 0 {
		r.add(severity, "cpu", "CPU", "%s stolen by the hypervisor", percent(share))
	}
}
