package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// grace is how long a shutdown waits for the requests of connections that are
// open already: their clients may have sent them, or be about to.
const grace = 500 * time.Millisecond

// ample is how long a client may take to send a whole request while others have
// no room.
const ample = time.Second

// portion is what part of the connections one address may hold. Loopback, where
// proxies are, has no such limit.
const portion = 4

// connections bounds how many connections net/http holds. Without a bound,
// clients could take all descriptors, and the sampler would have none to read
// with. At the limit, no more are accepted until one has gone, so that a crowd
// that comes at once is served in turn. Whoever has waited longest without having
// sent a whole request goes when that has been ample time for it: those who only
// hold connections keep nobody out.
type connections struct {
	limit int

	mu      sync.Mutex
	held    map[net.Conn]*list.Element // the place in waiting; nil while it is answered
	waiting list.List                  // waiter without a whole request, the longest first
	from    map[netip.Addr]int         // how many are held of an address
	ending  bool                       // every answer ends its connection
	over    bool                       // nobody may wait any more
	empty   chan struct{}              // receives when the last has gone while ending
	room    chan struct{}              // receives when one has gone
}

type waiter struct {
	conn  net.Conn
	since time.Time
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, held: make(map[net.Conn]*list.Element), from: make(map[netip.Addr]int), empty: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

type connKey struct{}

// connContext is for [http.Server.ConnContext]: it lets streams and connections
// find the connection of a request.
func connContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(stream.ConnContext(ctx, conn), connKey{}, conn)
}

// track is for [http.Server.ConnState]. A connection that is closed here counts
// as gone at once, whatever net/http still does with it.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.admit(conn)
	case http.StateIdle:
		if _, held := c.held[conn]; !held {
			return
		}
		c.wait(conn)
		if c.over {
			c.closeLongest()
		}
	case http.StateClosed, http.StateHijacked:
		c.forget(conn)
	}
}

// admit takes in a new connection. The goroutine that accepts waits here until
// there is room for it. The caller holds mu, which is given back meanwhile.
func (c *connections) admit(conn net.Conn) {
	from := originOf(conn)
	if from.IsValid() && c.from[from] >= max(1, c.limit/portion) {
		conn.Close()
		return
	}
	c.from[from]++
	c.wait(conn)
	for len(c.held) > c.limit {
		patience := ample
		if first := c.waiting.Front(); first != nil {
			patience -= time.Since(first.Value.(waiter).since)
		}
		if patience <= 0 {
			c.closeLongest()
			continue
		}
		c.mu.Unlock()
		select {
		case <-c.room:
		case <-time.After(patience):
		}
		c.mu.Lock()
	}
}

func originOf(conn net.Conn) netip.Addr { return stream.Origin(conn.RemoteAddr().String()) }

// answering tells c when a request is whole. [http.StateActive] does not: for a
// request that came together with the one before there is none. It also bounds how
// long the client may take to accept the answer, since one that is answered keeps
// its place. Streams have deadlines of their own.
func (c *connections) answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(net.Conn)
		if c.answer(conn) {
			w.Header().Set("Connection", "close")
		}
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(patience))
		next.ServeHTTP(w, r)
	})
}

// answer notes that conn waits no longer, and reports whether its answer has to
// be the last.
func (c *connections) answer(conn net.Conn) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place := c.held[conn]; place != nil {
		c.waiting.Remove(place)
		c.held[conn] = nil
	}
	return c.ending
}

// wait has conn wait from now on, whether it does already or not.
func (c *connections) wait(conn net.Conn) {
	if place := c.held[conn]; place != nil {
		c.waiting.Remove(place)
	}
	c.held[conn] = c.waiting.PushBack(waiter{conn, time.Now()})
}

func (c *connections) forget(conn net.Conn) {
	place, held := c.held[conn]
	if !held {
		return
	}
	if place != nil {
		c.waiting.Remove(place)
	}
	delete(c.held, conn)
	from := originOf(conn)
	if c.from[from]--; c.from[from] == 0 {
		delete(c.from, from)
	}
	signal(c.room)
	if c.ending && len(c.held) == 0 {
		signal(c.empty)
	}
}

// signal wakes who waits for c, or whoever does so next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (c *connections) closeLongest() {
	conn := c.waiting.Front().Value.(waiter).conn
	conn.Close()
	c.forget(conn)
}

// count is how many are open.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}

// drain ends all connections once no more are accepted. Each is answered what it
// asks for until grace is over. The error is that of ctx, when it ends before
// they do.
func (c *connections) drain(ctx context.Context) error {
	if c.end() == 0 {
		return nil
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-c.empty:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	if c.closeWaiting() == 0 {
		return nil
	}
	select {
	case <-c.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end makes each answer the last of its connection, and returns how many there
// are.
func (c *connections) end() (open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	return len(c.held)
}

// closeWaiting closes who has no whole request, now and whenever an answer is
// given, and returns how many are still being answered.
func (c *connections) closeWaiting() (open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for c.waiting.Len() > 0 {
		c.closeLongest()
	}
	return len(c.held)
}

// descriptors is what this process may have open.
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}

// shares divides the descriptors: some are for what tacho reads itself, a few of
// the rest for what net/http holds, and all others for streams. A connection that
// net/http holds takes some ten kilobytes and is soon done, so a few hundred are
// enough, and there are never more than a few thousand.
func shares(descriptors int) (streams, others int) {
	const own, enough, most = 128, 256, 4096
	free := max(16, descriptors-own)
	others = min(most, max(free/32, min(enough, free/2)))
	return free - others, others
}
