package contract

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/stream"
)

// The tests of this file do not run in parallel: they count what the whole
// process uses.

// slack is by how much the heap may have grown without anything being wrong:
// what is pooled, and what a map keeps of its largest size.
const slack = 4 << 20

// usage is what a process holds.
type usage struct {
	goroutines, descriptors int
	heap                    uint64 // bytes of objects in use
}

func inUse(t *testing.T) usage {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{runtime.NumGoroutine(), len(descriptors), memory.HeapAlloc}
}

// wantBack waits until no more is in use than before.
func wantBack(t *testing.T, before usage) {
	t.Helper()
	eventually(t, func() error {
		if after := inUse(t); after.goroutines > before.goroutines || after.descriptors > before.descriptors || after.heap > before.heap+slack {
			return fmt.Errorf("%+v in use, %+v before", after, before)
		}
		return nil
	})
}

// Requests that are reset as soon as they are made (CVE-2023-44487) leave
// nothing behind, and those who watch do not notice.
func TestRapidReset(t *testing.T) {
	const requests = 10_000
	p := paths[slices.IndexFunc(paths, func(p path) bool { return p.front == &fronts.http2 })]
	w := &way{path: p, client: p.client(t)}
	s := w.open(t, nil)
	s.publish(1)
	watcher := s.get("")
	watcher.wantFrame(1)
	before := inUse(t)
	for made := 0; made < requests; {
		made += s.reset(requests - made)
	}
	s.wantSubscribers(1)
	wantBack(t, before)
	s.publish(2)
	watcher.wantFrame(2)
	w.client = p.client(t)
	s.get("").wantFrame(2)
}

// reset makes up to n requests on a connection and resets each at once. It
// returns how many it made before the server had enough.
func (s *site) reset(n int) (made int) {
	s.t.Helper()
	address := strings.TrimPrefix(s.way.front.url, "https://")
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: s.way.front.roots, NextProtos: []string{"h2"}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	framer := http2.NewFramer(conn, conn)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		awaitPing(framer)
	}()
	head := s.head(address)
	_, err = io.WriteString(conn, http2.ClientPreface)
	err = errors.Join(err, framer.WriteSettings())
	for ; err == nil && made < n; made++ {
		id := uint32(2*made + 1)
		err = errors.Join(
			framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head, EndStream: true, EndHeaders: true}),
			framer.WriteRSTStream(id, http2.ErrCodeCancel),
		)
	}
	framer.WritePing(false, [8]byte{}) // its answer says that all before it was read
	<-answered
	return made
}

// head is that of a request, in a form that is the same each time.
func (s *site) head(address string) []byte {
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", address}, {":path", "/" + s.name + "/"}} {
		encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1], Sensitive: true})
	}
	return head.Bytes()
}

// awaitPing reads until a ping or the end of the connection.
func awaitPing(framer *http2.Framer) {
	for {
		frame, err := framer.ReadFrame()
		if _, ping := frame.(*http2.PingFrame); ping || err != nil && !errors.As(err, new(http2.StreamError)) {
			return
		}
	}
}

// However connections end, nothing of them is left.
func TestKilledConnections(t *testing.T) {
	const workers, each = 8, 250
	w := &way{path: paths[0], client: paths[0].client(t)}
	s := w.open(t, func(h *stream.Handler) { h.Stall = time.Second })
	before := inUse(t)
	vanished := make(chan net.Conn, workers*each)
	ends := []func(*net.TCPConn) error{
		(*net.TCPConn).Close, // FIN
		func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) }, // RST
		func(c *net.TCPConn) error { vanished <- c; return vanish(c) },
	}
	var seq atomic.Uint64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range each {
				conn, err := s.connect()
				if err == nil {
					err = ends[i%len(ends)](conn)
				}
				if err != nil {
					t.Error(err)
				}
				s.publish(seq.Add(1))
			}
		})
	}
	all.Wait()
	close(vanished)
	s.publish(seq.Add(1)) // for those who vanished last: nobody else is missed
	s.wantSubscribers(0)
	if got := s.hub.Stats().Stalled; got != uint64(len(vanished)) {
		t.Errorf("%d counted as stalled, %d vanished", got, len(vanished))
	}
	for conn := range vanished {
		conn.Close()
	}
	wantBack(t, before)
	s.get("").wantFrame(seq.Load())
}

// connect opens a stream and reads as far as its first bytes.
func (s *site) connect() (*net.TCPConn, error) {
	address := strings.TrimPrefix(s.way.front.url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET /%s/ HTTP/1.1\r\nHost: %s\r\n\r\n", s.name, address)
	for lines := bufio.NewReader(conn); ; {
		if line, err := lines.ReadString('\n'); line == ": tacho\n" || err != nil {
			return conn.(*net.TCPConn), err
		}
	}
}

// vanish has the kernel drop all that arrives for a connection, as when a cable
// is pulled: nothing is acknowledged, and no FIN or RST is sent.
func vanish(c *net.TCPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	program := unix.SockFprog{Len: 1, Filter: &nothing}
	failed := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	return errors.Join(failed, err)
}
