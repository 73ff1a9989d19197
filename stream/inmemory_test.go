package stream_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

const (
	heartbeat = 15 * time.Second
	stall     = 10 * time.Second
)

func newHandler(h *stream.Hub) *stream.Handler {
	return &stream.Handler{Hub: h, Heartbeat: func() time.Duration { return heartbeat }, Stall: stall}
}

// pipes is a listener in memory, so that a whole HTTP server, deadlines and
// all, runs on the clock of a synctest bubble. Its connections buffer nothing:
// a write ends when it was read.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	p := &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

// service is a handler behind an HTTP server in memory. The query of a request
// may have set and replay, in decimal.
type service struct {
	*pipes
	ended chan time.Time // gets the time at which each request ends
}

// serve is to be called in a bubble, which the server leaves with the test.
func serve(t *testing.T, h *stream.Handler) *service {
	s := &service{pipes: newPipes(), ended: make(chan time.Time, 100)}
	server := &http.Server{
		ConnContext: stream.ConnContext,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { s.ended <- time.Now() }()
			replay, _ := strconv.Atoi(r.URL.Query().Get("replay"))
			h.Serve(w, r, stream.Selection{Channels: asked(r), Replay: replay})
		}),
	}
	go server.Serve(s)
	t.Cleanup(func() { server.Close() })
	return s
}

// asked is the set of channels that a request names by their bits.
func asked(r *http.Request) stream.Set {
	set, _ := strconv.ParseUint(r.URL.Query().Get("set"), 10, 64)
	return stream.Set(set)
}

// reader is a client that reads a stream event by event.
type reader struct {
	*parser
	t        *testing.T
	conn     net.Conn
	response *http.Response
}

// dial connects and sends the request; it reads nothing.
func (s *service) dial(t *testing.T, method, query, lastEventID string) (net.Conn, *http.Request) {
	t.Helper()
	client, server := net.Pipe()
	s.accept <- server
	r, err := http.NewRequest(method, "http://tacho.test/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	if err := r.Write(client); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, r
}

func (s *service) get(t *testing.T, query, lastEventID string) *reader {
	t.Helper()
	conn, r := s.dial(t, http.MethodGet, query, lastEventID)
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %s", response.Status)
	}
	return &reader{newParser(response.Body), t, conn, response}
}

// event reads the next event over any comments.
func (r *reader) event() message {
	r.t.Helper()
	for {
		m := r.message()
		if m.isEvent() {
			return m
		}
	}
}

func (r *reader) message() message {
	r.t.Helper()
	m, err := r.next()
	if err != nil {
		r.t.Fatalf("stream ended: %v", err)
	}
	return m
}

// want reads one event and compares its id, name and data.
func (r *reader) want(id stream.ID, name, data string) {
	r.t.Helper()
	if m := r.event(); m.id != id.String() || m.name != name || m.data != data {
		r.t.Errorf("got %+v, want %s %s %q", m, id, name, data)
	}
}

// wantNumbered reads both events of a numbered frame.
func (r *reader) wantNumbered(h *stream.Hub, seq uint64) {
	r.t.Helper()
	r.want(h.Boot.ID(seq), "kept", strconv.FormatUint(seq, 10))
	r.want(h.Boot.ID(seq), "live", strconv.FormatUint(seq, 10))
}

// wantEnd reads the end of the stream, which the server must have ended cleanly.
func (r *reader) wantEnd() {
	r.t.Helper()
	if m, err := r.next(); !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.t.Errorf("%+v, %v instead of the end", m, err)
	}
}

// wantEnded checks that exactly n requests have come to an end.
func (s *service) wantEnded(t *testing.T, n int) {
	t.Helper()
	synctest.Wait()
	if got := len(s.ended); got != n {
		t.Errorf("%d requests ended, want %d", got, n)
	}
}
