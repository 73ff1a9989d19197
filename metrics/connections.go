package metrics

import "github.com/tacho-monitor/tacho/collector"

var tcpStates = gauge("node_tcp_connection_states", "TCP sockets in each state, of both versions of IP.", "state")

func addConnections(e exposition, s *collector.Snapshot) {
	if !shown(&s.Connections) {
		return
	}
	c := &s.Connections.Value
	e.add(tcpStates, float64(c.Established), "established")
	e.add(tcpStates, float64(c.SYNSent), "syn_sent")
	e.add(tcpStates, float64(c.SYNReceived+c.NewSYNReceived), "syn_recv")
	e.add(tcpStates, float64(c.FINWait1), "fin_wait1")
	e.add(tcpStates, float64(c.FINWait2), "fin_wait2")
	e.add(tcpStates, float64(c.TimeWait), "time_wait")
	e.add(tcpStates, float64(c.Close), "close")
	e.add(tcpStates, float64(c.CloseWait), "close_wait")
	e.add(tcpStates, float64(c.LastACK), "last_ack")
	e.add(tcpStates, float64(c.Listen), "listen")
	e.add(tcpStates, float64(c.Closing), "closing")
}
