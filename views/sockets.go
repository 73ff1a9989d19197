package views

import "github.com/tacho-monitor/tacho/collector"

func socketFacts(s collector.Sockets) []number {
	from := func(about, path string) string { return sourced(about, "sockets", path) }
	t, u := s.TCP, s.UDP
	return []number{
		{term: "established", about: from("TCP connections", "tcp.established"), value: t.Established, as: count},
		{term: "time wait", about: from("TCP connections that have ended, kept for stray packets", "tcp.time_wait"), value: t.TimeWait, as: count},
		{term: "orphans", about: from("TCP connections that no process holds any more", "tcp.orphans"), value: t.Orphans, as: count},
		{term: "opened/s", about: from("TCP connections made from here", "tcp.active_opens_per_second"), value: t.ActiveOpenRate, as: frequency},
		{term: "accepted/s", about: from("TCP connections made to here", "tcp.passive_opens_per_second"), value: t.PassiveOpenRate, as: frequency},
		{term: "failed/s", about: from("TCP connections that could not be made", "tcp.failed_opens_per_second"), value: t.FailedOpenRate, as: frequency, notable: true},
		{term: "resets/s", about: from("TCP connections that were cut off", "tcp.established_resets_per_second"), value: t.EstabResetRate, as: frequency, notable: true},
		{term: "segments in/s", about: from("", "tcp.in_segments_per_second"), value: t.InSegmentRate, as: frequency},
		{term: "segments out/s", about: from("", "tcp.out_segments_per_second"), value: t.OutSegmentRate, as: frequency},
		{term: "retransmitted", about: from("TCP segments that had to be sent again", "tcp.retransmitted_percent"), value: t.RetransmitPercent, as: percent, notable: true},
		{term: "overflows/s", about: from("connections for which a listening program had no room", "tcp.listen_overflows_per_second"), value: t.ListenOverflowRate, as: frequency, notable: true},
		{term: "TCP memory", about: from("", "tcp.memory_bytes"), value: t.Memory, as: bytes},
		{term: "UDP in/s", about: from("datagrams", "udp.in_datagrams_per_second"), value: u.InDatagramRate, as: frequency},
		{term: "UDP out/s", about: from("datagrams", "udp.out_datagrams_per_second"), value: u.OutDatagramRate, as: frequency},
		{term: "UDP errors/s", about: from("datagrams that were lost here", "udp.in_errors_per_second"), value: u.InErrorRate, as: frequency, notable: true},
		{term: "forwarded/s", about: from("packets for others", "ip.forwarded_per_second"), value: s.IP.ForwardRate, as: frequency},
		{term: "conntrack", about: from("connections that the packet filter follows", "conntrack.used"), value: s.Conntrack.Used, as: count, of: outOf(s.Conntrack.Limit)},
		{term: "sockets", about: from("of every kind", "used"), value: s.Used, as: count},
	}
}

// state is how many TCP sockets are in a state.
type state struct {
	name  string
	path  string // in the section
	count uint64
}

// tcpStates are the states that any socket is in.
func tcpStates(c collector.Connections) (states []state) {
	for _, s := range []state{
		{"established", "established", c.Established}, {"listen", "listen", c.Listen}, {"time wait", "time_wait", c.TimeWait},
		{"close wait", "close_wait", c.CloseWait}, {"SYN sent", "syn_sent", c.SYNSent}, {"SYN received", "syn_recv", c.SYNReceived + c.NewSYNReceived},
		{"FIN wait 1", "fin_wait1", c.FINWait1}, {"FIN wait 2", "fin_wait2", c.FINWait2}, {"last ACK", "last_ack", c.LastACK},
		{"closing", "closing", c.Closing}, {"closed", "close", c.Close}, {"other", "other", c.Other},
	} {
		if s.count > 0 {
			states = append(states, s)
		}
	}
	return states
}
