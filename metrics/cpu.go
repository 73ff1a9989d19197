package metrics

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	cpuSeconds = counter("node_cpu_seconds_total", "Seconds that each processor spent in each mode; user and nice hold guest time.", "cpu", "mode")
	cpuGuest   = counter("node_cpu_guest_seconds_total", "Seconds that each processor ran guests, by the mode that holds them as well.", "cpu", "mode")
	cpuHertz   = gauge("node_cpu_scaling_frequency_hertz", "Frequency that each processor runs at.", "cpu")
)

func addCPU(e exposition, s *collector.Snapshot) {
	if !shown(&s.CPU) {
		return
	}
	for i := range s.CPU.Value.Cores {
		core := &s.CPU.Value.Cores[i]
		id := strconv.Itoa(core.ID)
		addCPUTimes(e, &core.Times, id)
		e.addValue(cpuHertz, core.Frequency, id)
	}
}

func addCPUTimes(e exposition, t *collector.CPUTimes, id string) {
	e.add(cpuSeconds, t.User, id, "user")
	e.add(cpuSeconds, t.Nice, id, "nice")
	e.add(cpuSeconds, t.System, id, "system")
	e.add(cpuSeconds, t.Idle, id, "idle")
	e.add(cpuSeconds, t.IOWait, id, "iowait")
	e.add(cpuSeconds, t.IRQ, id, "irq")
	e.add(cpuSeconds, t.SoftIRQ, id, "softirq")
	e.addValue(cpuSeconds, t.Steal, id, "steal")
	e.addValue(cpuGuest, t.Guest, id, "user")
	e.addValue(cpuGuest, t.GuestNice, id, "nice")
}
