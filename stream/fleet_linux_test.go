package stream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// startLean returns a site with Run.
func startLean(t *testing.T, h *stream.Hub) *site {
	t.Helper()
	s := newSite(t, h)
	s.Start()
	s.lead(t)
	return s
}

// The head of an answer that net/http does not write.
func TestLeanHead(t *testing.T) {
	s := newSite(t, &stream.Hub{})
	s.wrap(func(w http.ResponseWriter) http.ResponseWriter {
		w.Header().Set("Connection", "keep-alive")
		w.Header().Set("Date", "yesterday")
		w.Header().Set("X-Frame-Options", "DENY\r\nX-Smuggled: 1")
		return w
	})
	s.Start()
	s.lead(t)
	for _, request := range []string{
		plainGet,
		plainGet + "\r\nConnection: keep-alive",
		"GET / HTTP/1.0",
		"GET / HTTP/1.0\r\nConnection: keep-alive",
	} {
		lines := headLines(t, s.dial(t, request))
		dates := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, "Date: ") })
		date := strings.Join(dates, "")
		if at, err := http.ParseTime(strings.TrimPrefix(date, "Date: ")); err != nil || time.Since(at).Abs() > patience {
			t.Errorf("%s, %v", date, err)
		}
		want := []string{
			"HTTP/1.1 200 OK",
			"Cache-Control: no-store, no-transform",
			"Connection: close",
			"Content-Type: text/event-stream",
			date,
			"Vary: Accept-Encoding",
			"X-Accel-Buffering: no",
			"X-Frame-Options: DENY  X-Smuggled: 1",
		}
		if !slices.Equal(lines, want) {
			t.Errorf("%q:\n%q, want\n%q", request, lines, want)
		}
	}
}

// headLines reads the head of an answer as it is.
func headLines(t *testing.T, conn net.Conn) (lines []string) {
	t.Helper()
	for wire := bufio.NewReader(conn); ; {
		line, err := wire.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, lines)
		}
		if line == "\r\n" {
			return lines
		}
		lines = append(lines, strings.TrimSuffix(line, "\r\n"))
	}
}

func TestHeadRequestLeavesItsConnection(t *testing.T) {
	s := startLean(t, &stream.Hub{})
	conn := s.dial(t, "HEAD / HTTP/1.1\r\nHost: tacho.test")
	if lines := headLines(t, conn); slices.Contains(lines, "Connection: close") {
		t.Errorf("got %q", lines)
	}
	if _, err := io.WriteString(conn, plainGet+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	client := answer(t, conn)
	if m := client.message(); !client.response.Close || m.comment != "tacho" {
		t.Errorf("got %+v %+v", client.response, m)
	}
}

func TestWhoIsTakenOver(t *testing.T) {
	for name, c := range map[string]struct {
		lean  bool
		start func(*site)
	}{
		"a plain connection": {true, func(s *site) { s.Start() }},
		"below a middleware that can be looked through": {true, func(s *site) {
			s.wrap(func(w http.ResponseWriter) http.ResponseWriter { return transparent{w} })
			s.Start()
		}},
		"below one that cannot": {false, func(s *site) {
			s.wrap(func(w http.ResponseWriter) http.ResponseWriter { return opaque{w, w.(http.Flusher)} })
			s.Start()
		}},
		"without ConnContext": {false, func(s *site) {
			s.Server.Config.ConnContext = nil
			s.Start()
		}},
		"on a connection around another": {false, func(s *site) {
			s.Listener = wrapping{s.Listener}
			s.Start()
		}},
		"TLS": {false, func(s *site) { s.StartTLS() }},
		"HTTP/2": {false, func(s *site) {
			s.EnableHTTP2 = true
			s.StartTLS()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := &stream.Hub{Boot: stream.NewBoot()}
			s := newSite(t, h)
			s.Handler = startLean(t, h).Handler
			c.start(s)
			client := getStream(t, s.Server, "")
			if client.response.Close != c.lean {
				t.Errorf("%+v", client.response)
			}
			client.message()
			publish(h, 1, 1)
			client.wantNumbered(h, 1)
			h.Close()
			if m := client.event(); m.name != "bye" {
				t.Errorf("got %+v", m)
			}
			client.wantEnd()
		})
	}
}

// wrap puts a middleware around the handler.
func (s *site) wrap(around func(http.ResponseWriter) http.ResponseWriter) {
	next := s.Server.Config.Handler
	s.Server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(around(w), r)
	})
}

type transparent struct{ http.ResponseWriter }

func (w transparent) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type opaque struct {
	http.ResponseWriter
	http.Flusher
}

// wrapping is a listener whose connections do to their bytes what it takes to
// be understood, as those of TLS do.
type wrapping struct{ net.Listener }

func (l wrapping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return wrapped{c}, nil
}

type wrapped struct{ net.Conn }

func (c wrapped) NetConn() net.Conn { return c.Conn }

func TestRunAfterTheFirstClient(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := newSite(t, h)
	s.Start()
	early := s.gets(t, 1)[0]
	s.lead(t)
	both := append(s.gets(t, 1), early)
	publish(h, 1, 1)
	for _, client := range both {
		client.wantNumbered(h, 1)
	}
	h.Close()
	for _, client := range both {
		if m := client.event(); m.name != "bye" {
			t.Errorf("got %+v", m)
		}
		client.wantEnd()
	}
	s.wantReturned(t)
}

func TestRunWithAClosedHub(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	publish(h, 1, 1)
	h.Close()
	s := newSite(t, h)
	s.Start()
	if err := s.Run(); err != nil {
		t.Error(err)
	}
	client := s.get(t, "", "")
	client.wantNumbered(h, 1)
	if m := client.event(); m.name != "bye" {
		t.Errorf("got %+v", m)
	}
	client.wantEnd()
}

// Whoever comes while the hub closes is told goodbye, wherever it has got to.
func TestCloseWhileClientsCome(t *testing.T) {
	const before, during = 20, 60
	h := &stream.Hub{Boot: stream.NewBoot()}
	publish(h, 1, 1)
	s := startLean(t, h)
	var all sync.WaitGroup
	come := func() { all.Go(func() { s.untilBye(t) }) }
	for range before {
		come()
	}
	s.wantSubscribers(t, before)
	for i := range during {
		come()
		if i == during/2 {
			all.Go(h.Close)
		}
	}
	all.Wait()
	s.wantReturned(t)
	s.wantSubscribers(t, 0)
}

// untilBye reads a stream to its end. It is for any goroutine.
func (s *site) untilBye(t *testing.T) {
	conn, err := s.connect(plainGet)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return
	}
	var last message
	for p := newParser(response.Body); ; {
		m, err := p.next()
		if err != nil {
			if !errors.Is(err, io.EOF) || last.name != "bye" {
				t.Errorf("%+v, %v instead of a goodbye and the end", last, err)
			}
			return
		}
		last = m
	}
}

// What a member has sent and nobody has read must not turn its goodbye into a
// reset.
func TestGoodbyeToThoseWhoTalk(t *testing.T) {
	for range 3 { // more than a fleet attends to in one breath
		h := &stream.Hub{Boot: stream.NewBoot()}
		all := startLean(t, h).gets(t, 400)
		publish(h, 1, 1)
		for _, client := range all {
			client.wantNumbered(h, 1)
		}
		for _, client := range all {
			if _, err := client.conn.Write(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
		}
		h.Close()
		wantByes(t, all, 5*time.Second)
	}
}

// Nor does it wait for those who are slow with them.
func TestRunReturnsWhileAClientIsSlowInItsOpening(t *testing.T) {
	const frames, size = 4, 8 << 20
	h := &stream.Hub{Ring: frames}
	for seq := range uint64(frames) {
		h.Publish(padded(h, seq+1, size))
	}
	s := startLean(t, h)
	response, err := http.ReadResponse(bufio.NewReader(s.dial(t, "GET /?replay=4 HTTP/1.1\r\nHost: tacho.test")), nil)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan int64, 1)
	go func() {
		pace := time.NewTicker(10 * time.Millisecond)
		defer pace.Stop()
		var n int64
		for ; err == nil; <-pace.C {
			var more int
			more, err = response.Body.Read(make([]byte, 16<<10))
			n += int64(more)
		}
		read <- n
	}()
	s.wantSubscribers(t, 1)
	h.Close()
	s.wantReturned(t)
	if n := <-read; n >= frames*size {
		t.Errorf("it had all %d bytes of its opening", n)
	}
}

func TestUnixSocketIsTakenOver(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := newSite(t, h)
	path := filepath.Join(t.TempDir(), "socket")
	s.Listener.Close()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = listener
	s.Start()
	go func() { s.returned <- s.Run() }()
	t.Cleanup(func() {
		h.Close()
		s.wantReturned(t)
	})
	var client *reader
	eventually(t, "a client that is taken over", func() bool {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, plainGet+"\r\n\r\n")
		client = answer(t, conn)
		return client.response.Close
	})
	publish(h, 1, 1)
	client.wantNumbered(h, 1)
}

// A crowd leaves behind what net/http needed for it, which is given back once it
// has come.
func TestMemoryOfACrowdIsGivenBack(t *testing.T) {
	forced := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NumForcedGC
	}
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	seq := uint64(0)
	tell := func(all []*reader) {
		seq++
		h.Publish(padded(h, seq, 0))
		for _, client := range all {
			if _, err := track(client.parser, 0, seq); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, few := forced(), s.gets(t, 50)
	tell(few)
	tell(few)
	if n := forced() - before; n != 0 {
		t.Errorf("collected %d times for a few", n)
	}
	all := append(few, s.gets(t, 600)...) // that is a crowd for each fleet of some
	tell(all)
	eventually(t, "memory to be given back", func() bool {
		tell(all)
		return forced() > before
	})
}

// Run waits for those who have not got their first bytes yet, but not for ever.
func TestRunReturnsWhileAClientStallsInItsOpening(t *testing.T) {
	h := &stream.Hub{}
	s := startLean(t, h)
	h.Publish(padded(h, 1, 4<<20))
	s.dial(t, plainGet)
	var sent uint64
	var since time.Time
	eventually(t, "the opening to be stuck", func() bool {
		if now := h.Stats().SentBytes; now != sent {
			sent, since = now, time.Now()
		}
		return h.Stats().Subscribers == 1 && time.Since(since) > 100*time.Millisecond
	})
	h.Close()
	if s.wantReturned(t); h.Stats().Subscribers != 0 {
		t.Errorf("%d subscribers left", h.Stats().Subscribers)
	}
}

// What is published while a client is busy with its opening comes after it.
func TestPublishedDuringTheOpening(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	before := h.Stats().SentBytes
	h.Publish(padded(h, 1, 4<<20))
	conn := s.dial(t, plainGet)
	eventually(t, "the opening to begin", func() bool { return h.Stats().SentBytes > before })
	h.Publish(padded(h, 2, 0))
	h.Publish(padded(h, 3, 0))
	if missing, err := track(answer(t, conn).parser, 0, 3); missing != 1 || err != nil {
		t.Errorf("%d missing, %v", missing, err)
	}
}

// Who takes the place of one that was killed must not be taken for it.
func TestChurnClosesNobodyElse(t *testing.T) {
	const workers, cycles = 4, 150
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	var seq atomic.Uint64
	var stayed sync.WaitGroup
	var all sync.WaitGroup
	defer all.Wait()
	stop := make(chan struct{})
	defer close(stop)
	for range workers {
		stayed.Go(func() {
			for range cycles {
				s.join(t, seq.Load()+2)
			}
		})
		all.Go(func() {
			for !isClosed(stop) {
				connectAndKill(t, s.Server, true)
			}
		})
	}
	all.Go(func() {
		for !isClosed(stop) {
			h.Publish(padded(h, seq.Add(1), 100))
			runtime.Gosched()
		}
	})
	stayed.Wait()
}

func TestPipelinedRequestsAreNotAnswered(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	client := answer(t, s.dial(t, plainGet+"\r\n\r\n"+plainGet+"\r\nX: "+strings.Repeat("x", 3000)))
	client.message()
	publish(h, 1, 1)
	client.wantNumbered(h, 1)
	h.Close()
	if m := client.event(); m.name != "bye" {
		t.Errorf("got %+v", m)
	}
	client.wantEnd()
}

func TestAMemberMaySayLittle(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	client := startLean(t, h).gets(t, 1)[0]
	for seq := uint64(1); seq <= 20; seq++ {
		if _, err := io.WriteString(client.conn, plainGet+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		publish(h, seq, seq)
		client.wantNumbered(h, seq)
	}
}

func TestAMemberMayNotSayMuch(t *testing.T) {
	h := &stream.Hub{}
	s := startLean(t, h)
	client := s.gets(t, 1)[0]
	client.conn.Write(make([]byte, 1<<20)) // fails when the other end is quick
	s.wantSubscribers(t, 0)
}

// What the lean path is for.
func TestMembersHaveNoGoroutine(t *testing.T) {
	const members = 1000
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	var before, after resources
	eventually(t, "the goroutines of the probe to end", func() bool {
		was := before
		before = inUse(t)
		return was == before
	})
	all := s.gets(t, members)
	s.wantSubscribers(t, members)
	want := resources{before.goroutines, before.descriptors + 2*members} // one at either end
	eventually(t, fmt.Sprintf("%+v", want), func() bool {
		after = inUse(t)
		return after == want
	})
	publish(h, 1, 1)
	for _, client := range all {
		client.wantNumbered(h, 1)
	}
	h.Close()
	wantByes(t, all, time.Second+members*time.Second/100)
	if s.wantReturned(t); h.Stats().Subscribers != 0 {
		t.Errorf("%d subscribers left", h.Stats().Subscribers)
	}
}

func TestLongReplayToAMember(t *testing.T) {
	const ring = 300
	h := &stream.Hub{Boot: stream.NewBoot(), Ring: ring}
	for seq := range uint64(ring) {
		h.Publish(padded(h, seq+1, 4000))
	}
	client := startLean(t, h).get(t, "replay=300", "")
	h.Publish(padded(h, ring+1, 4000))
	if missing, err := track(client.parser, 0, ring+1); missing > 0 || err != nil {
		t.Errorf("%d missing, %v", missing, err)
	}
}

// Slow is not stalled: a large frame may take longer than Stall as a whole.
func TestSlowMemberIsKept(t *testing.T) {
	const size, step, pace = 2 << 20, 32 << 10, 40 * time.Millisecond
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := newSite(t, h)
	s.Stall = time.Second
	s.Start()
	s.lead(t)
	client := s.gets(t, 1)[0]
	start := time.Now()
	h.Publish(padded(h, 1, size))
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for read := 0; read < size; <-tick.C {
		n, err := io.ReadFull(client.response.Body, make([]byte, step))
		if err != nil {
			t.Fatalf("after %d bytes and %v: %v", read, time.Since(start), err)
		}
		read += n
	}
	if time.Since(start) < 2*s.Stall {
		t.Errorf("read all in %v, which says nothing", time.Since(start))
	}
}

// A member has Stall from the first byte that its socket does not take, however
// long ago the last one was that it took.
func TestStallBeginsWithTheFirstRefusal(t *testing.T) {
	h := &stream.Hub{}
	s := newSite(t, h)
	s.Stall = 300 * time.Millisecond
	accepted := make(chan *os.File, 1)
	s.Start()
	s.lead(t)
	other := newSite(t, h)
	other.Handler = s.Handler
	other.Server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		file, err := c.(*net.TCPConn).File()
		if err != nil {
			t.Error(err)
		}
		accepted <- file
		return stream.ConnContext(ctx, c)
	}
	other.Start()
	client := other.gets(t, 1)[0]
	h.Publish(padded(h, 1, 0))
	if _, err := track(client.parser, 0, 1); err != nil {
		t.Fatal(err)
	}
	socket := <-accepted
	defer socket.Close()
	fill(t, socket)
	<-time.After(s.Stall)
	fill(t, socket) // what has become free in the meantime
	published := time.Now()
	h.Publish(padded(h, 2, 4<<20))
	s.wantSubscribers(t, 0)
	if lasted := time.Since(published); lasted < s.Stall {
		t.Errorf("closed after %v, want %v", lasted, s.Stall)
	}
}

// fill writes to a socket until it takes no more.
func fill(t *testing.T, socket *os.File) {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for size := 64 << 10; size > 0; {
			if n, _ := syscall.Write(int(fd), bytes.Repeat([]byte(":"), size)); n < size {
				size /= 2
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGoneInTheMiddleOfAFrame(t *testing.T) {
	h := &stream.Hub{}
	s := startLean(t, h)
	client := s.gets(t, 1)[0]
	s.begin(t, padded(h, 1, 4<<20))
	h.Publish(padded(h, 2, 0))
	if err := client.conn.Close(); err != nil {
		t.Fatal(err)
	}
	s.wantSubscribers(t, 0)
}

// A frame that stops in the middle goes on where it stopped, with the newest
// behind it.
func TestFrameInPieces(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	s := startLean(t, h)
	client := s.gets(t, 1)[0]
	publish(h, 1, 1)
	client.wantNumbered(h, 1)
	id, part := h.Boot.ID(2), varied(1<<20)
	s.begin(t, &stream.Frame{
		Seq:  2,
		Kept: stream.NewBlock(stream.Event{ID: id, Name: "kept", Data: part}.AppendTo(nil), 0, nil, nil),
		Live: stream.NewBlock(stream.Event{ID: id, Name: "live", Data: part}.AppendTo(nil), 0, nil, nil),
	})
	publish(h, 3, 9)
	for _, name := range []string{"kept", "live"} {
		if m := client.event(); m.id != id.String() || m.name != name || m.data != string(part) {
			t.Fatalf("event %s %s of %d bytes is not what was sent", m.id, m.name, len(m.data))
		}
	}
	client.want(id, "gap", `{"from":3,"to":8}`)
	client.wantNumbered(h, 9)
	if n := h.Stats().Skipped; n != 6 {
		t.Errorf("%d skipped, want 6", n)
	}
}

// begin publishes a frame and returns when bytes of it were sent.
func (s *site) begin(t *testing.T, f *stream.Frame) {
	t.Helper()
	before := s.Hub.Stats().SentBytes
	s.Hub.Publish(f)
	eventually(t, "the frame to begin", func() bool { return s.Hub.Stats().SentBytes > before })
}

// varied returns text of which no part is like the one before it.
func varied(size int) (text []byte) {
	for i := 0; len(text) < size; i++ {
		text = strconv.AppendInt(text, int64(i), 36)
	}
	return text
}

// Without a descriptor to spare a client is sent away with what it has, and is
// not told that the server ends.
func TestNoDescriptorToSpare(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	publish(h, 1, 1)
	s := startLean(t, h)
	conn := s.dial(t, "HEAD / HTTP/1.1\r\nHost: tacho.test")
	headLines(t, conn)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := syscall.Rlimit{Cur: 3, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, plainGet+"\r\n\r\n")
	client := answer(t, conn)
	client.wantNumbered(h, 1)
	client.wantEnd()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	s.wantSubscribers(t, 0)
	another := s.get(t, "", "")
	another.wantNumbered(h, 1)
	publish(h, 2, 2)
	another.wantNumbered(h, 2)
}

// BenchmarkSend is the time from a frame's publication until the kernel has it
// for each of a thousand connections, and the processor time that this takes.
func BenchmarkSend(b *testing.B) {
	for _, path := range []string{"portable", "lean"} {
		b.Run(path, func(b *testing.B) {
			const clients = 1000
			s := newSite(b, &stream.Hub{Ring: 1})
			s.Start()
			if path == "lean" {
				s.lead(b)
			}
			var conns []net.Conn
			for range clients {
				conn := s.dial(b, plainGet)
				if _, err := newParser(conn).next(); err != nil {
					b.Fatal(err)
				}
				conns = append(conns, conn)
			}
			b.StopTimer()
			b.ResetTimer()
			var busy time.Duration
			for seq := range uint64(b.N) {
				f := padded(s.Hub, seq+1, 2000)
				before := processorTime(b)
				b.StartTimer()
				s.sendAll(f, clients)
				b.StopTimer()
				busy += processorTime(b) - before
				discard(b, conns)
			}
			sent := float64(b.N * clients)
			b.ReportMetric(float64(b.Elapsed())/sent, "ns/client")
			b.ReportMetric(float64(busy)/sent, "cpu-ns/client")
		})
	}
}

// sendAll publishes a frame and returns when it was sent to so many.
func (s *site) sendAll(f *stream.Frame, clients int) {
	want := s.Hub.Stats().SentBytes + uint64(clients*len(f.Kept.Bytes(0)))
	s.Hub.Publish(f)
	for s.Hub.Stats().SentBytes < want {
		time.Sleep(20 * time.Microsecond)
	}
}

// discard reads what connections have received.
func discard(b *testing.B, conns []net.Conn) {
	received := make([]byte, 64<<10)
	for _, conn := range conns {
		if _, err := conn.Read(received); err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
