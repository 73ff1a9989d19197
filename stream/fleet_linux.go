package stream

import (
	"errors"
	"net/http"
	"os"
	"runtime/debug"
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
	gate      *Gate
	heartbeat func() time.Duration
	stall     time.Duration
	epoll     *os.File // in the poller of the runtime, so that waiting for it costs no thread
	timer     *time.Timer

	mu      sync.Mutex
	members []*member // by place; nil where one has left
	free    []int32   // places of those
	visits  int32     // how often a place was taken
	due     time.Time // when the timer fires
	joined  int       // since the last frame
	handed  int       // frames that members were given since the last count
	of      *position // of those frames
	sent    uint64    // bytes, likewise
	closed  bool
	empty   chan struct{} // gets an element when it is closed and the last has left

	crowded   bool                       // until memory is given back; for run alone
	arriving  map[*http.Request]struct{} // that have not become members yet
	admission sync.WaitGroup             // of those
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
	return &fleet{hub: h.Hub, gate: h.Gate, heartbeat: h.Heartbeat, stall: h.Stall, epoll: os.NewFile(uintptr(fd), "epoll"), timer: timer,
		empty: make(chan struct{}, 1), arriving: make(map[*http.Request]struct{})}, nil
}

// discard gives back what a fleet holds that is not going to run.
func (f *fleet) discard() { f.epoll.Close() }

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
			f.giveBack()
		case <-f.timer.C:
			f.sweep()
		case <-f.hub.closed:
			open = false
		}
	}
	f.dissolve()
	cut := time.AfterFunc(farewell, f.cut)
	f.admission.Wait()
	cut.Stop()
	f.epoll.Close()
	watching.Wait()
}

// admit announces a request that is to become a member, and reports whether it
// may: run waits for it then, until it is dismissed.
func (f *fleet) admit(r *http.Request) bool {
	f.mu.Lock()
	defer f.unlock()
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
	defer f.unlock()
	delete(f.arriving, r)
	f.admission.Done()
}

// cut closes the connections of those who are still arriving.
func (f *fleet) cut() {
	f.mu.Lock()
	defer f.unlock()
	for r := range f.arriving {
		if c, ok := connection(r); ok {
			c.Close()
		}
	}
}

// join makes a client with its connection a member, and reports whether it did.
// It then owns both, and neither must be used again.
func (f *fleet) join(conn socket, c *client) bool {
	f.mu.Lock()
	defer f.unlock()
	if f.closed {
		return false
	}
	fd, err := detach(conn)
	if err != nil {
		return false
	}
	f.joined++
	m := &member{fd: fd, sub: *c.sub, coding: c.coding, set: c.set, from: c.from, touched: time.Now()}
	f.place(m)
	if f.arm(unix.EPOLL_CTL_ADD, m) != nil {
		f.vacate(m)
		return false
	}
	f.alarm(m.touched.Add(f.heartbeat()))
	f.advance(m, m.touched)
	return true
}

// crowd is how many may join between two frames before what net/http needed for
// them counts as much.
const crowd = 256

// giveBack returns to the system what net/http needed for a crowd that has joined,
// ten times what its members need. The collector alone would keep that for as long
// as nothing else is allocated, which on this path is for ever.
func (f *fleet) giveBack() {
	f.mu.Lock()
	joined := f.joined
	f.joined = 0
	f.unlock()
	f.crowded = f.crowded || joined >= crowd
	if f.crowded && joined < crowd {
		f.crowded = false
		debug.FreeOSMemory()
	}
}

// detach returns a descriptor of the connection that the runtime knows nothing
// of, and closes the one that it does.
func detach(c socket) (fd int, err error) {
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

// unlock gives mu back. What has been counted with it held is told to the others
// then, and not with each member: their counters are shared between cores.
func (f *fleet) unlock() {
	f.count()
	f.mu.Unlock()
}

func (f *fleet) count() {
	if f.sent > 0 {
		f.hub.counters.sent.Add(f.sent)
		f.sent = 0
	}
	if f.handed > 0 {
		f.hub.counters.delivered(f.handed, time.Since(f.of.since))
		f.handed = 0
	}
}

// leave ends a membership and gives back all that it holds.
func (f *fleet) leave(m *member) {
	f.count() // so that the counters are whole when the last has left
	f.vacate(m)
	f.gate.leave(m.from) // first, so that whoever sees it gone finds room
	m.sub.Close()
	if f.closed && f.isEmpty() {
		f.empty <- struct{}{}
	}
}

// vacate gives back a member's descriptor and place.
func (f *fleet) vacate(m *member) {
	unix.Close(m.fd) // epoll forgets it by itself
	f.members[m.place] = nil
	f.free = append(f.free, m.place)
}

func (f *fleet) isEmpty() bool { return len(f.free) == len(f.members) }

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
	defer f.unlock()
	f.each(f.advance)
	f.alarm(time.Now().Add(f.heartbeat())) // which may have become shorter
}

// breath is for how many members the lock is held in a pass over all of them:
// who comes or goes meanwhile waits for that many system calls, and not for ten
// thousand.
const breath = 64

// each calls do for every member, with the time as of that part of the pass.
func (f *fleet) each(do func(*member, time.Time)) {
	var now time.Time
	for i := 0; i < len(f.members); i++ {
		if i%breath == 0 {
			f.unlock()
			now = time.Now()
			f.mu.Lock()
		}
		if m := f.members[i]; m != nil {
			do(m, now)
		}
	}
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
	f.mu.Lock()
	defer f.unlock()
	f.due = time.Time{}
	f.each(func(m *member, now time.Time) {
		idle := now.Sub(m.touched)
		switch {
		case m.rest != nil && idle >= f.stall:
			f.hub.counters.stalled.Add(1)
			f.leave(m)
			return
		case m.rest != nil:
			f.alarm(m.touched.Add(f.stall))
			return
		case idle >= silence:
			f.write(m, now, m.own(nil, heartbeat))
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
	defer f.unlock()
	now := time.Now()
	for _, e := range events {
		if int(e.Fd) >= len(f.members) {
			continue
		}
		if m := f.members[e.Fd]; m != nil && m.visit == e.Pad {
			f.attend(m, e.Events, now)
		}
	}
}

// attend does what the events of a member ask for.
func (f *fleet) attend(m *member, events uint32, now time.Time) {
	if events&unix.EPOLLERR != 0 && timedOut(m.fd) {
		f.hub.counters.stalled.Add(1)
	}
	gone := events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if gone || events&unix.EPOLLIN != 0 && !m.listen() {
		f.leave(m)
		return
	}
	if events&unix.EPOLLOUT != 0 && m.rest != nil {
		f.write(m, now, m.rest)
	}
	switch {
	case f.members[m.place] != m:
	case m.told:
		f.release(m)
	case f.closed: // its turn to be told comes
	default:
		f.advance(m, now)
	}
}

// dissolve says goodbye to every member. Who is in the middle of a frame has a
// moment to take it.
func (f *fleet) dissolve() {
	f.mu.Lock()
	defer f.unlock()
	f.closed = true
	f.timer.Stop()
	f.each(func(m *member, now time.Time) {
		m.told = true
		f.write(m, now, m.rest, m.end(m.own(nil, f.hub.bye())))
		if f.members[m.place] == m {
			f.release(m)
		}
	})
	if !f.isEmpty() {
		f.unlock()
		select {
		case <-f.empty:
		case <-time.After(farewell):
		}
		f.mu.Lock()
	}
	f.each(func(m *member, _ time.Time) { f.leave(m) })
}

// release lets a member go that has been told goodbye, once it has taken that.
func (f *fleet) release(m *member) {
	if m.rest == nil {
		m.listen() // input left unread makes the kernel reset the connection, which may cost the goodbye
		f.leave(m)
	}
}
