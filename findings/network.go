package findings

import "github.com/tacho-monitor/tacho/collector"

// network are physical links that damage what they carry. One that is down is
// often meant to be.
func (r *report) network(s *collector.Snapshot) {
	if !usable(s.Network) {
		return
	}
	for _, link := range s.Network.Value {
		received, bad := happens(link.Receive.Errors)
		sent, worse := happens(link.Transmit.Errors)
		if link.Kind == collector.KindPhysical && (bad || worse) {
			r.add(Warning, "network", link.Name, "%s errors per second", often(received+sent))
		}
	}
}

// sockets are connections that find no room.
func (r *report) sockets(s *collector.Snapshot) {
	if !usable(s.Sockets) {
		return
	}
	if rate, lost := happens(s.Sockets.Value.TCP.ListenOverflowRate); lost {
		r.add(Warning, "sockets", "TCP", "%s connections per second dropped: a listening program does not keep up", often(rate))
	}
	r.table("sockets", "connection tracking", s.Sockets.Value.Conntrack.Percent)
}
