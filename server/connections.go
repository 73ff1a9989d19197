package server

import (
	"net"
	"net/http"
	"sync"
	"syscall"
)

// connections bounds how many connections net/http holds, and knows those that
// have not asked for anything yet. Without a bound, clients could take all
// descriptors, and the sampler would have none to read with.
type connections struct {
	limit int

	mu    sync.Mutex
	open  int
	fresh map[net.Conn]struct{} // no request yet: browsers connect ahead
}

// track is for [http.Server.ConnState]. It closes a connection over the limit
// at once.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fresh, conn)
	switch state {
	case http.StateNew:
		c.open++
		c.fresh[conn] = struct{}{}
		if c.open > c.limit {
			conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
}

// count is how many are open.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// closeFresh ends the connections without a request, for which a shutdown would
// wait as long as for one that is being answered.
func (c *connections) closeFresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.fresh {
		conn.Close()
	}
}

// descriptors is what this process may have open.
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}

// shares divides the descriptors: some are for what tacho reads itself, and of
// the rest half are for streams. A connection that net/http holds takes some
// ten kilobytes, so there are never more than a few thousand of those.
func shares(descriptors int) (streams, others int) {
	const own, most = 128, 4096
	free := max(16, descriptors-own)
	return free / 2, min(free/2, most)
}
