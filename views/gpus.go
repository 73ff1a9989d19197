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

// gpuProcessName is the name of a process that a driver knows by its number.
func gpuProcessName(p collector.GPUProcess, s *collector.Snapshot) string {
	pid := strconv.FormatUint(uint64(p.PID), 10)
	for process := range s.Processes.Value.All() {
		if process.PID == int(p.PID) {
			return clean(process.Name) + " " + pid
		}
	}
	return "pid " + pid
}
