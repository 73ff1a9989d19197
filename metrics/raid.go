package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	raidState    = gauge("node_md_state", "1 for the state that the array is in, 0 for the others.", "device", "state")
	raidDisks    = gauge("node_md_disks", "Members of the array in each state.", "device", "state")
	raidRequired = gauge("node_md_disks_required", "Members that the array should have.", "device")
	raidBlocks   = gauge("node_md_blocks", "Blocks of 1024 bytes that the array has.", "device")
	raidSynced   = gauge("node_md_blocks_synced", "Blocks of 1024 bytes that are in line on all members.", "device")
	raidDegraded = gauge("tacho_raid_degraded_disks", "Members that the array lacks.", "device")
)

var raidStates = []string{"active", "inactive", "recovering", "resync", "check"}

func addRAID(e exposition, s *collector.Snapshot) {
	if !shown(&s.RAID) {
		return
	}
	for i := range s.RAID.Value.Arrays {
		a := &s.RAID.Value.Arrays[i]
		for _, state := range raidStates {
			e.add(raidState, truth(state == raidStateOf(a)), a.Name, state)
		}
		e.addValue(raidDisks, a.Present, a.Name, "active")
		e.add(raidDisks, float64(a.Failed), a.Name, "failed")
		e.add(raidDisks, float64(a.Spare), a.Name, "spare")
		e.addValue(raidRequired, a.Wanted, a.Name)
		e.addValue(raidDegraded, a.Degraded, a.Name)
		addRAIDBlocks(e, a)
	}
}

// raidStateOf: an array that is reshaped is active to node_exporter.
func raidStateOf(a *collector.RAIDArray) string {
	switch {
	case !a.Active:
		return "inactive"
	case a.Sync.Action == "recovery":
		return "recovering"
	case a.Sync.Action == "resync" || a.Sync.Action == "check":
		return a.Sync.Action
	}
	return "active"
}

// addRAIDBlocks: of an array with nothing to do all blocks are in line, and of
// one that waits to do it none.
func addRAIDBlocks(e exposition, a *collector.RAIDArray) {
	bytes, ok := a.Size.Get()
	if !ok {
		return
	}
	e.add(raidBlocks, bytes/1024, a.Name)
	switch done, known := a.Sync.Done.Get(); {
	case a.Sync.Action == "":
		e.add(raidSynced, bytes/1024, a.Name)
	case a.Sync.Waiting != "":
		e.add(raidSynced, 0, a.Name)
	case known:
		e.add(raidSynced, done/1024, a.Name)
	}
}
