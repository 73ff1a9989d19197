package stream_test

import (
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/stream"
)

// vanish has the kernel drop all that arrives for a connection, as when a cable
// is pulled: nothing is acknowledged, and no FIN or RST is sent.
func vanish(t *testing.T, c net.Conn) {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	program := unix.SockFprog{Len: 1, Filter: &nothing}
	failed := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	if failed != nil || err != nil {
		t.Fatal(failed, err)
	}
}

// A client whose machine is gone without a word takes bytes for as long as there
// is room in the socket. It must not be kept for that long.
func TestVanishedClientOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		s.Stall = time.Second
		start(s)
		both := s.gets(t, 2)
		s.wantSubscribers(t, 2)
		vanish(t, both[0].conn)
		publish(h, 1, 1)
		s.wantSubscribers(t, 1)
		publish(h, 2, 2)
		both[1].wantNumbered(h, 1)
		both[1].wantNumbered(h, 2)
	})
}

// A client that does not read shuts its window. What the socket still takes for it
// is no sign of life.
func TestShutWindowOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		s.Stall = time.Second
		start(s)
		client := s.get(t, "", "")
		client.message()
		if err := client.conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		published := make(chan struct{})
		stop := make(chan struct{})
		go func() {
			defer close(published)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for seq := uint64(1); ; seq++ { // far less than the socket has room for
				h.Publish(padded(h, seq, 100))
				select {
				case <-tick.C:
				case <-stop:
					return
				}
			}
		}()
		s.wantSubscribers(t, 0)
		close(stop)
		<-published
	})
}
