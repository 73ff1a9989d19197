package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	netstat  = newPrefixed(untyped, "node_netstat_", "of /proc/net/snmp, snmp6 or netstat")
	sockstat = newPrefixed(gauge, "node_sockstat_", "of /proc/net/sockstat or sockstat6")
)

var conntrackColumns = []column[collector.Conntrack]{
	{gauge("node_nf_conntrack_entries", "Connections that the kernel tracks."),
		func(c *collector.Conntrack) collector.Value { return c.Used }},
	{gauge("node_nf_conntrack_entries_limit", "Connections that the kernel may track."),
		func(c *collector.Conntrack) collector.Value { return c.Limit }},
}

func addSockets(e exposition, s *collector.Snapshot) {
	if !shown(&s.Sockets) {
		return
	}
	sockets := &s.Sockets.Value
	e.addCounters(sockets.Netstat, netstat)
	e.addCounters(sockets.Sockstat, sockstat)
	addColumns(e, conntrackColumns, &sockets.Conntrack)
}
