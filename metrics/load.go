package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	load1        = gauge("node_load1", "Tasks running or in uninterruptible sleep, averaged over 1 minute.")
	load5        = gauge("node_load5", "Tasks running or in uninterruptible sleep, averaged over 5 minutes.")
	load15       = gauge("node_load15", "Tasks running or in uninterruptible sleep, averaged over 15 minutes.")
	procsRunning = gauge("node_procs_running", "Tasks that are runnable now.")
	procsBlocked = gauge("node_procs_blocked", "Tasks that wait for I/O now.")
)

func addLoad(e exposition, s *collector.Snapshot) {
	if !shown(&s.Load) {
		return
	}
	load := &s.Load.Value
	e.add(load1, load.One)
	e.add(load5, load.Five)
	e.add(load15, load.Fifteen)
	e.add(procsRunning, float64(load.Running))
	e.add(procsBlocked, float64(load.Blocked))
}
