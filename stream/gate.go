package stream

import (
	"net/http"
	"net/netip"
	"sync"
)

// Gate bounds how many clients there may be, in all and from one address. Any
// number of handlers may share one. The zero Gate lets everybody in.
type Gate struct {
	Total int // 0 is no limit
	// PerAddress bounds the clients of one IPv4 address or one IPv6 network of 64
	// bits; 0 is no limit. Loopback has none: a reverse proxy there speaks for many.
	PerAddress int

	mu     sync.Mutex
	inside int
	from   map[netip.Addr]int
}

// refusal says why somebody is not let in, "" when he is.
type refusal string

const (
	crowded refusal = "this server has as many streams as it can bear"
	greedy  refusal = "too many streams from this address"
)

// status is for clients that understand one.
func (r refusal) status() int {
	if r == greedy {
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

// enter lets a client in, who is to leave.
func (g *Gate) enter(from netip.Addr) refusal {
	if g == nil {
		return ""
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.Total > 0 && g.inside >= g.Total:
		return crowded
	case g.PerAddress > 0 && from.IsValid() && g.from[from] >= g.PerAddress:
		return greedy
	}
	g.inside++
	if from.IsValid() {
		if g.from == nil {
			g.from = make(map[netip.Addr]int)
		}
		g.from[from]++
	}
	return ""
}

func (g *Gate) leave(from netip.Addr) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if !from.IsValid() {
		return
	}
	if g.from[from]--; g.from[from] == 0 {
		delete(g.from, from)
	}
}

// Origin is what a client at an address and port counts for at a [Gate]: its IPv4
// address, or its IPv6 network of 64 bits. It is invalid where there is no limit:
// for loopback, and for Unix sockets.
func Origin(remote string) netip.Addr {
	parsed, err := netip.ParseAddrPort(remote)
	if err != nil { // a Unix socket
		return netip.Addr{}
	}
	address := parsed.Addr().Unmap().WithZone("")
	switch {
	case address.IsLoopback():
		return netip.Addr{}
	case address.Is6():
		network, _ := address.Prefix(64) // of a valid address, never an error
		return network.Addr()
	}
	return address
}
