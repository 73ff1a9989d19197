package stream

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// member is one connection of a fleet.
type member struct {
	coding
	fd      int
	sub     Subscriber
	set     Set
	from    netip.Addr // as the gate knows it
	place   int32
	visit   int32     // tells its events from those of who had the place before
	rest    []byte    // of a frame that the socket took in part
	owed    bool      // some of a frame
	told    bool      // goodbye
	touched time.Time // when the socket last took something, or began to take nothing
	heard   int       // bytes after its request
}

// advance writes the newest frame to a member that does not have it and to which
// it is due. One that still has to take the rest of an earlier one is left alone,
// and skips.
func (f *fleet) advance(m *member, now time.Time) {
	if m.rest != nil || m.sub.at == f.hub.latest.Load() {
		return
	}
	frame, skipped := m.sub.Next()
	if frame == nil {
		return
	}
	var gap []byte
	if skipped != (Range{}) {
		gap = m.own(nil, appendGap(nil, skipped))
	}
	kept, live := m.shared(frame.Kept, m.set), m.shared(frame.Live, m.set)
	if gap != nil {
		kept = append(gap, kept...)
	}
	m.owed = true
	f.write(m, now, kept, live)
}

// hand counts the frame that a member has taken to its last byte.
func (f *fleet) hand(m *member) {
	m.owed = false
	if f.of != m.sub.at {
		f.count()
		f.of = m.sub.at
	}
	f.handed++
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
		if err == unix.ETIMEDOUT {
			f.hub.counters.stalled.Add(1)
		}
		f.leave(m)
		return
	}
	if n > 0 {
		m.touched = now
		f.sent += uint64(n)
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
	if rest == nil && m.owed {
		f.hand(m)
	}
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

// mostHeard is how many bytes a client may say after its request. It has nothing to
// say, but some HTTP clients send the next request before they have read.
const mostHeard = 4 << 10

// listen reads away what a client has sent, and reports whether it may stay.
func (m *member) listen() bool {
	var b [mostHeard + 1]byte
	n, err := unix.Read(m.fd, b[:])
	m.heard += max(0, n)
	return m.heard <= mostHeard && (n > 0 || err == unix.EAGAIN || err == unix.EINTR)
}
