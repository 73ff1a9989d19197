package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	processStates  = gauge("node_processes_state", "Processes in each state, T with t and Z with X.", "state")
	processCount   = gauge("node_processes_pids", "Processes.")
	processThreads = gauge("node_processes_threads", "Threads of all processes.")
)

// addProcesses leaves out counts that are not of all processes.
func addProcesses(e exposition, s *collector.Snapshot) {
	p := &s.Processes.Value
	if !shown(&s.Processes) || p.Hidden {
		return
	}
	e.add(processCount, float64(p.Total))
	if p.Truncated || p.Denied > 0 {
		return
	}
	e.add(processThreads, float64(p.Threads))
	e.add(processStates, float64(p.Running), "R")
	e.add(processStates, float64(p.Sleeping), "S")
	e.add(processStates, float64(p.Blocked), "D")
	e.add(processStates, float64(p.Stopped), "T")
	e.add(processStates, float64(p.Zombie), "Z")
	e.add(processStates, float64(p.Idle), "I")
}
