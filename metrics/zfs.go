package metrics

import (
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var poolState = gauge("node_zfs_zpool_state", "1 for the state that the pool is in, 0 for the others.", "state", "zpool")

var poolStates = []string{"online", "degraded", "faulted", "offline", "removed", "unavail", "suspended"}

var poolColumns = []column[collector.ZFSPool]{
	{untyped("node_zfs_zpool_reads", "Reads by the pool's file systems.", "zpool"),
		func(p *collector.ZFSPool) collector.Value { return p.Reads }},
	{untyped("node_zfs_zpool_writes", "Writes by the pool's file systems.", "zpool"),
		func(p *collector.ZFSPool) collector.Value { return p.Writes }},
	{untyped("node_zfs_zpool_nread", "Bytes read by the pool's file systems.", "zpool"),
		func(p *collector.ZFSPool) collector.Value { return p.ReadBytes }},
	{untyped("node_zfs_zpool_nwritten", "Bytes written by the pool's file systems.", "zpool"),
		func(p *collector.ZFSPool) collector.Value { return p.WrittenBytes }},
}

var arcColumns = []column[collector.ZFSCache]{
	{untyped("node_zfs_arc_size", "Bytes that the ARC takes."),
		func(c *collector.ZFSCache) collector.Value { return c.Size }},
	{untyped("node_zfs_arc_c", "Bytes that the ARC is to take."),
		func(c *collector.ZFSCache) collector.Value { return c.Target }},
	{untyped("node_zfs_arc_c_min", "Bytes that the ARC does not shrink below."),
		func(c *collector.ZFSCache) collector.Value { return c.Minimum }},
	{untyped("node_zfs_arc_c_max", "Bytes that the ARC does not grow above."),
		func(c *collector.ZFSCache) collector.Value { return c.Maximum }},
	{untyped("node_zfs_arc_hits", "Reads that the ARC answered."),
		func(c *collector.ZFSCache) collector.Value { return c.Hits }},
	{untyped("node_zfs_arc_misses", "Reads that the ARC did not answer."),
		func(c *collector.ZFSCache) collector.Value { return c.Misses }},
}

func addZFS(e exposition, s *collector.Snapshot) {
	if !shown(&s.ZFS) {
		return
	}
	addColumns(e, arcColumns, &s.ZFS.Value.ARC)
	for i := range s.ZFS.Value.Pools {
		p := &s.ZFS.Value.Pools[i]
		addColumns(e, poolColumns, p, p.Name)
		if p.Status != collector.OK {
			continue
		}
		for _, state := range poolStates {
			e.add(poolState, truth(strings.EqualFold(p.State, state)), state, p.Name)
		}
	}
}
