package views

import (
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

func gpuTitle(g collector.GPU) string {
	limit := ""
	if watt, ok := g.PowerLimit.Get(); ok {
		limit = "power limit " + format(watts).text(watt)
	}
	return join(clean(g.Name), clean(g.Device), clean(g.Driver), clean(g.DriverVersion), limit, clean(g.Error))
}

// gpuState is what keeps a GPU from its full speed, or from answering.
func gpuState(g collector.GPU) string {
	state := ""
	if g.State != "active" {
		state = clean(g.State)
	}
	return join(state, clean(g.PerformanceState), clean(strings.Join(g.ThrottleReasons, ", ")))
}

func gpuProcessID(g collector.GPU, p collector.GPUProcess) string {
	return slug("gpu-", g.Device) + "-" + strconv.FormatUint(uint64(p.PID), 10)
}

// gpuProcessNames are the names of the processes on the GPUs, which a driver knows
// by their numbers. It goes over the processes once, and not where none is on a GPU.
func gpuProcessNames(s *collector.Snapshot) map[int]string {
	names := make(map[int]string)
	for _, g := range s.GPUs.Value.Devices {
		for _, p := range g.Processes {
			names[int(p.PID)] = ""
		}
	}
	if len(names) == 0 {
		return nil
	}
	for process := range s.Processes.Value.All() {
		if _, on := names[process.PID]; on {
			names[process.PID] = clean(process.Name)
		}
	}
	return names
}

func gpuProcessName(p collector.GPUProcess, names map[int]string) string {
	pid := strconv.FormatUint(uint64(p.PID), 10)
	if name := names[int(p.PID)]; name != "" {
		return name + " " + pid
	}
	return "pid " + pid
}
