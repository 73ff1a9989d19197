package stream

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// fleet writes a hub's frames to the connections that were taken over from
// net/http: one goroutine for all of them, one non-blocking system call for a
// client and frame, and for each client nothing but a descriptor and a member.
//
// A second goroutine, watch, waits in the kernel's epoll for those that hang up
// and for those whose socket was full and takes bytes again. Whatever either
// does with a member it does with mu held.
type fleet struct {
	hub       *Hub
	heartbeat func() time.Duration
	stall     time.Duration
	epoll     *os.File // in the poller of the runtime, so that waiting for it costs no thread
	timer     *time.Timer

	mu      sync.Mutex
	members []*member // by place; nil where one has left
	free    []int32   // places of those
	visits  int32     // how often a place was taken
	due     time.Time // when the timer fires
	closed  bool

	arriving  map[*http.Request]struct{} // that have not become members yet
	admission sync.WaitGroup             // of those
}

// member is one connection.
type member struct {
	fd      int
	sub     Subscriber
	set     Set
	place   int32
	visit   int32     // tells its events from those of who had the place before
	rest    []byte    // of a frame that the socket took in part
	touched time.Time // when the socket last took something, or began to take nothing
	heard   int       // bytes after its request
}

func newFleet(h *Handler) (*fleet, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &fleet{hub: h.Hub, heartbeat: h.Heartbeat, stall: h.Stall, epoll: os.NewFile(uintptr(fd), "epoll"), timer: timer,
		arriving: make(map[*http.Request]struct{})}, nil
}

// run serves the members until the hub is closed, says goodbye to them and
// returns when everything is given back.
func (f *fleet) run() {
	var watching sync.WaitGroup
	watching.Go(f.watch)
	at := f.hub.position()
	f.publish() // for those who joined before the position was taken
	for open := true; open; {
		select {
		case <-at.newer:
			at = f.hub.position()
			f.publish()
		case <-f.timer.C:
			f.sweep()
		case <-f.hub.closed:
			open = false
		}
	}
	f.dissolve()
	f.hurry()
	f.admission.Wait()
	f.epoll.Close()
	watching.Wait()
}

// admit announces a request that is to become a member, and reports whether it
// may: run waits for it then, until it is dismissed.
func (f *fleet) admit(r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.arriving[r] = struct{}{}
	f.admission.Add(1)
	return true
}

// dismiss ends what admit began.
func (f *fleet) dismiss(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.arriving, r)
	f.admission.Done()
}

// hurry bounds the writes that are under way to those who arrive.
func (f *fleet) hurry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.arriving {
		if c, ok := r.Context().Value(connKey{}).(*net.TCPConn); ok {
			c.SetWriteDeadline(time.Now().Add(farewell))
		}
	}
}

// join makes the connection of c a member, which stands where sub stands, and
// reports whether it did. It then owns both, and c must not be used again.
func (f *fleet) join(c *net.TCPConn, sub *Subscriber, set Set) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	fd, err := detach(c)
	if err != nil {
		return false
	}
	m := &member{fd: fd, sub: *sub, set: set, touched: time.Now()}
	f.place(m)
	if f.arm(unix.EPOLL_CTL_ADD, m) != nil {
		f.vacate(m)
		return false
	}
	f.alarm(m.touched.Add(f.heartbeat()))
	f.advance(m, m.touched)
	return true
}

// detach returns a descriptor of the connection that the runtime knows nothing
// of, and closes the one that it does.
func detach(c *net.TCPConn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	duplicate := func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }
	if failed := raw.Control(duplicate); failed != nil {
		return 0, failed
	}
	if err != nil {
		return 0, os.NewSyscallError("fcntl", err)
	}
	c.Close()
	return fd, nil
}

func (f *fleet) place(m *member) {
	if n := len(f.free); n > 0 {
		m.place, f.free = f.free[n-1], f.free[:n-1]
		f.members[m.place] = m
	} else {
		m.place = int32(len(f.members))
		f.members = append(f.members, m)
	}
	f.visits++
	m.visit = f.visits
}

// arm tells epoll what to wait for. Nothing is expected of a client but its
// hanging up, so whatever it sends is looked at.
func (f *fleet) arm(operation int, m *member) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: m.place, Pad: m.visit}
	if m.rest != nil {
		event.Events |= unix.EPOLLOUT
	}
	return f.control(func(epoll int) error { return unix.EpollCtl(epoll, operation, m.fd, &event) })
}

func (f *fleet) control(do func(epoll int) error) error {
	raw, err := f.epoll.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(failed, err)
}

// publish brings every member to the newest frame.
func (f *fleet) publish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.each(f.advance)
	f.alarm(time.Now().Add(f.heartbeat())) // which may have become shorter
}

// each calls do for every member.
func (f *fleet) each(do func(*member, time.Time)) {
	now := time.Now()
	for _, m := range f.members {
		if m != nil {
			do(m, now)
		}
	}
}

// advance writes the newest frame to a member that does not have it. One that
// still has to take the rest of an earlier one is left alone, and skips.
func (f *fleet) advance(m *member, now time.Time) {
	if m.rest != nil || m.sub.at == f.hub.latest.Load() {
		return
	}
	frame, skipped := m.sub.Next()
	kept, live := frame.Kept.Bytes(m.set), frame.Live.Bytes(m.set)
	if skipped != (Range{}) {
		kept = append(appendGap(nil, skipped), kept...)
	}
	f.write(m, now, kept, live)
}

// write hands the parts to the socket, and keeps what it does not take.
func (f *fleet) write(m *member, now time.Time, parts ...[]byte) {
	var n int
	var err error
	if len(parts) == 1 || len(parts[1]) == 0 {
		n, err = unix.Write(m.fd, parts[0])
	} else {
		n, err = unix.Writev(m.fd, parts)
	}
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		f.leave(m)
		return
	}
	if n > 0 {
		m.touched = now
		f.hub.sent.Add(uint64(n))
	}
	f.hold(m, now, remainder(parts, max(0, n)))
}

// remainder returns what is left of parts behind the first n bytes, nil for
// nothing. It copies only what it has to join.
func remainder(parts [][]byte, n int) (rest []byte) {
	for _, part := range parts {
		taken := min(n, len(part))
		n -= taken
		if part = part[taken:]; rest == nil && len(part) > 0 {
			rest = part[:len(part):len(part)] // what is appended to it goes elsewhere
		} else {
			rest = append(rest, part...)
		}
	}
	return rest
}

// hold keeps what the socket has not taken, and has epoll wait for the socket
// as long as there is something.
func (f *fleet) hold(m *member, now time.Time, rest []byte) {
	waited := m.rest != nil
	m.rest = rest
	if waited == (rest != nil) {
		return
	}
	if f.arm(unix.EPOLL_CTL_MOD, m) != nil {
		f.leave(m)
	} else if rest != nil {
		m.touched = now // the silence before was not the client's
		f.alarm(now.Add(f.stall))
	}
}

// leave ends a membership and gives back all that it holds.
func (f *fleet) leave(m *member) {
	f.vacate(m)
	m.sub.Close()
}

// vacate gives back a member's descriptor and place.
func (f *fleet) vacate(m *member) {
	unix.Close(m.fd) // epoll forgets it by itself
	f.members[m.place] = nil
	f.free = append(f.free, m.place)
}

// alarm has the timer fire at t, unless it does so earlier.
func (f *fleet) alarm(t time.Time) {
	if f.due.IsZero() || t.Before(f.due) {
		f.due = t
		f.timer.Reset(time.Until(t))
	}
}

// sweep sends heartbeats to those who have heard nothing for long, and closes
// those who have taken nothing for long.
func (f *fleet) sweep() {
	silence := f.heartbeat()
	comment := appendComment(nil, "heartbeat")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = time.Time{}
	f.each(func(m *member, now time.Time) {
		idle := now.Sub(m.touched)
		switch {
		case m.rest != nil && idle >= f.stall:
			f.leave(m)
			return
		case m.rest != nil:
			f.alarm(m.touched.Add(f.stall))
			return
		case idle >= silence:
			f.write(m, now, comment)
		}
		if f.members[m.place] == m {
			f.alarm(m.touched.Add(silence))
		}
	})
}

// watch handles what epoll reports until the epoll is closed.
func (f *fleet) watch() {
	raw, err := f.epoll.SyscallConn()
	if err != nil {
		return
	}
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events, 0)
			return n > 0
		})
		if err != nil {
			return
		}
		f.handle(events[:n])
	}
}

func (f *fleet) handle(events []unix.EpollEvent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for _, e := range events {
		if int(e.Fd) >= len(f.members) {
			continue
		}
		m := f.members[e.Fd]
		if m == nil || m.visit != e.Pad {
			continue
		}
		gone := e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
		if gone || e.Events&unix.EPOLLIN != 0 && !m.listen() {
			f.leave(m)
			continue
		}
		if e.Events&unix.EPOLLOUT != 0 && m.rest != nil {
			f.write(m, now, m.rest)
		}
		if f.members[e.Fd] == m {
			f.advance(m, now)
		}
	}
}

// patience is how much a client may say after its request. It has nothing to
// say, but some HTTP clients send the next request before they have read.
const patience = 4 << 10

// listen reads away what a client has sent, and reports whether it may stay.
func (m *member) listen() bool {
	var b [patience + 1]byte
	n, err := unix.Read(m.fd, b[:])
	m.heard += max(0, n)
	return m.heard <= patience && (n > 0 || err == unix.EAGAIN || err == unix.EINTR)
}

// dissolve says goodbye to every member. Who has not taken the last frame yet
// cannot be told.
func (f *fleet) dissolve() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.timer.Stop()
	f.each(func(m *member, _ time.Time) {
		if m.rest == nil {
			n, _ := unix.Write(m.fd, f.hub.bye())
			f.hub.sent.Add(uint64(max(0, n)))
		}
		m.listen() // input left unread makes the kernel reset the connection, which may cost the goodbye
		f.leave(m)
	})
}
