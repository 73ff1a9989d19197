package stream_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/stream"
)

// listen serves a handler on a socket. The channel gets an element as each
// request ends.
func listen(t *testing.T, h *stream.Handler) (*httptest.Server, <-chan struct{}) {
	ended := make(chan struct{}, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Serve(w, r, stream.Selection{Channels: asked(r), Replay: 1})
		select {
		case ended <- struct{}{}:
		default:
		}
	}))
	s.Config.ConnContext = stream.ConnContext
	t.Cleanup(s.Close)
	return s, ended
}

func getStream(t *testing.T, s *httptest.Server, query string) *reader {
	t.Helper()
	client := s.Client()
	client.Transport.(*http.Transport).DisableCompression = true
	response, err := client.Get(s.URL + query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &reader{parser: newParser(response.Body), t: t, response: response}
}

func TestHTTP2(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	handler := newHandler(h)
	handler.Stall = 400 * time.Millisecond
	handler.Heartbeat = func() time.Duration { return 500 * time.Millisecond }
	s, ended := listen(t, handler)
	s.EnableHTTP2 = true
	s.StartTLS()

	client := getStream(t, s, "")
	if header := client.response.Header; client.response.ProtoMajor != 2 || header["Connection"] != nil || header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%s %v", client.response.Proto, header)
	}
	client.message()
	for range 2 { // longer than Stall, whose deadline must not outlive its write
		if m := client.message(); m.comment != "heartbeat" {
			t.Errorf("got %+v", m)
		}
	}
	publish(h, 1, 1)
	client.wantNumbered(h, 1)

	stalled := getStream(t, s, "?set=1") // on the same connection, which must not hang
	h.Publish(&stream.Frame{Seq: 2, Kept: stream.NewBlock([]byte("data: 2\n"), 1, func(int) []byte {
		return append(bytes.Repeat([]byte("data: x\n"), 1<<20), '\n')
	}, []byte("\n"))})
	client.want(h.Boot.ID(1), "message", "2")
	<-ended
	if n := h.Stats().Subscribers; n != 1 {
		t.Errorf("%d subscribers, want 1", n)
	}
	if _, err := io.Copy(io.Discard, stalled.response.Body); err == nil {
		t.Error("a stalled stream ended as if it was whole")
	}
	publish(h, 3, 3)
	client.wantNumbered(h, 3)

	h.Close()
	if m := client.event(); m.name != "bye" {
		t.Errorf("got %+v", m)
	}
	client.wantEnd()
}

// The kernel would take megabytes for a client that reads nothing.
func TestKernelBufferIsBounded(t *testing.T) {
	h := &stream.Hub{}
	handler := newHandler(h)
	handler.Stall = 100 * time.Millisecond
	s, ended := listen(t, handler)
	s.Start()
	request(t, dialSocket(t, s))
	h.Publish(&stream.Frame{Seq: 1, Kept: text(strings.Repeat("x", 4<<20))})
	<-ended
	if sent := h.Stats().SentBytes; sent > 1<<20 {
		t.Errorf("%d bytes went to a client that reads none", sent)
	}
}

func TestKernelBufferIsBoundedBelowTLS(t *testing.T) {
	s, _ := listen(t, newHandler(&stream.Hub{}))
	accepted := make(chan net.Conn, 1)
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		accepted <- c.(*tls.Conn).NetConn()
		return stream.ConnContext(ctx, c)
	}
	s.StartTLS()
	request(t, tls.Client(dialSocket(t, s), &tls.Config{InsecureSkipVerify: true}))
	raw, err := (<-accepted).(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	if controlErr := raw.Control(func(fd uintptr) {
		size, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
	}); controlErr != nil || err != nil {
		t.Fatal(controlErr, err)
	}
	if size > 256<<10 {
		t.Errorf("send buffer of %d bytes", size)
	}
}

// dialSocket connects with a small receive buffer.
func dialSocket(t *testing.T, s *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	return conn
}

// request asks for the stream and reads as far as the handler's first bytes.
func request(t *testing.T, conn net.Conn) {
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: tacho.test\r\n\r\n")
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Errorf("no stream: %v", err)
			return
		}
		if line == ": tacho\n" {
			return
		}
	}
}

func TestConnContextWithoutASocket(t *testing.T) {
	server, client := net.Pipe()
	defer server.Close()
	defer client.Close()
	h := &stream.Hub{}
	h.Close()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r = r.WithContext(stream.ConnContext(context.Background(), server))
	w := httptest.NewRecorder()
	newHandler(h).Serve(w, r, stream.Selection{})
	if events := parse(t, w.Body.String()); len(events) != 1 || events[0].name != "bye" {
		t.Errorf("got %+v", events)
	}
}

// resources are what a connection holds.
type resources struct{ goroutines, descriptors int }

func inUse(t *testing.T) resources {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return resources{runtime.NumGoroutine(), len(descriptors)}
}

func TestKilledConnectionsLeaveNothingBehind(t *testing.T) {
	const workers, cycles = 8, 250
	h := &stream.Hub{Ring: 10}
	publish(h, 1, 10)
	s, _ := listen(t, newHandler(h))
	s.Start()
	before := inUse(t)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for cycle := range cycles {
				connectAndKill(t, s, cycle%2 == 0)
				h.Publish(numbered(h, uint64(11+cycle*workers+worker)))
			}
		})
	}
	all.Wait()
	deadline := time.After(2 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		after, subscribers := inUse(t), h.Stats().Subscribers
		if subscribers == 0 && after.goroutines <= before.goroutines+5 && after.descriptors <= before.descriptors+5 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%+v in use before, %+v after, %d subscribers", before, after, subscribers)
		}
	}
}

// connectAndKill ends the connection with a RST when abrupt, else with a FIN.
func connectAndKill(t *testing.T, s *httptest.Server, abrupt bool) {
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	request(t, conn)
	if abrupt {
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
			t.Error(err)
		}
	}
}
