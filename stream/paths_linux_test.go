package stream_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

const (
	// patience is how long a test waits for what must come.
	patience = time.Minute
	// forever is longer than any test.
	forever = time.Hour
)

// site is a handler on a socket. Its requests are those of a [service].
type site struct {
	*httptest.Server
	*stream.Handler
	gzip     bool       // what its clients ask for
	returned chan error // gets what Run returns
}

// newSite returns a site that is yet to be started, with no heartbeat and no
// stall that a test could see.
func newSite(t testing.TB, hub *stream.Hub) *site {
	s := &site{
		Handler:  &stream.Handler{Hub: hub, Heartbeat: func() time.Duration { return forever }, Stall: forever},
		returned: make(chan error, 1),
	}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		replay, _ := strconv.Atoi(r.URL.Query().Get("replay"))
		interval, _ := time.ParseDuration(r.URL.Query().Get("interval"))
		s.Serve(w, r, stream.Selection{Channels: asked(r), Replay: replay, Interval: interval})
	}))
	s.Server.Config.ConnContext = stream.ConnContext
	t.Cleanup(s.Server.Close)
	t.Cleanup(hub.Close)
	return s
}

// lead starts Run and returns when it takes clients.
func (s *site) lead(t testing.TB) {
	t.Helper()
	before := s.Hub.Stats().Subscribers
	go func() { s.returned <- s.Run() }()
	t.Cleanup(func() {
		s.Hub.Close()
		s.wantReturned(t)
	})
	eventually(t, "a client that is taken over", func() bool {
		probe := s.dial(t, plainGet)
		defer probe.Close()
		response, err := http.ReadResponse(bufio.NewReader(probe), nil)
		return err == nil && response.Close
	})
	s.wantSubscribers(t, before)
}

// wantReturned checks that Run returns, and without an error. It may be called
// again.
func (s *site) wantReturned(t testing.TB) {
	t.Helper()
	select {
	case err := <-s.returned:
		if err != nil {
			t.Error(err)
		}
		s.returned <- nil
	case <-time.After(patience):
		t.Fatal("Run does not return")
	}
}

func (s *site) wantSubscribers(t testing.TB, want int64) {
	t.Helper()
	eventually(t, fmt.Sprint(want, " subscribers"), func() bool { return s.Hub.Stats().Subscribers == want })
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

const plainGet = "GET / HTTP/1.1\r\nHost: tacho.test"

// connect sends the head of a request on a new connection. What is read from it
// must come in time.
func (s *site) connect(head string) (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	tcp.SetReadDeadline(time.Now().Add(patience))
	_, err = io.WriteString(tcp, head+"\r\n\r\n")
	return tcp, err
}

func (s *site) dial(t testing.TB, head string) *net.TCPConn {
	t.Helper()
	conn, err := s.connect(head)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (s *site) get(t *testing.T, query, lastEventID string) *reader {
	t.Helper()
	head := "GET /?" + query + " HTTP/1.1\r\nHost: tacho.test"
	if lastEventID != "" {
		head += "\r\nLast-Event-ID: " + lastEventID
	}
	return answer(t, s.dial(t, head+s.accepts()))
}

// accepts is the header by which a client says how it may be answered.
func (s *site) accepts() string {
	if s.gzip {
		return "\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip"
	}
	return "\r\nAccept: text/event-stream"
}

// decoded is the body of an answer as it was before it was coded.
func decoded(response *http.Response) (io.Reader, error) {
	if response.Header.Get("Content-Encoding") != "gzip" {
		return response.Body, nil
	}
	return gzip.NewReader(response.Body)
}

// answer reads the head of the answer on a connection.
func answer(t *testing.T, conn net.Conn) *reader {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %v", response.Status, response.Header)
	}
	body, err := decoded(response)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{newParser(body), t, conn, response}
}

// gets returns n clients that have their first bytes.
func (s *site) gets(t *testing.T, n int) (all []*reader) {
	t.Helper()
	for range n {
		client := s.get(t, "", "")
		client.message()
		all = append(all, client)
	}
	return all
}

// onEveryPath runs a scenario with clients on goroutines of their own and with
// clients of Run, who take the bytes as they are or as gzip. start starts the
// site, which can be changed before that.
func onEveryPath(t *testing.T, scenario func(t *testing.T, start func(*site))) {
	for _, gzip := range []bool{false, true} {
		name := map[bool]string{true: ", gzip"}[gzip]
		t.Run("portable"+name, func(t *testing.T) {
			scenario(t, func(s *site) {
				s.gzip = gzip
				s.Start()
			})
		})
		t.Run("lean"+name, func(t *testing.T) {
			scenario(t, func(s *site) {
				s.gzip = gzip
				s.Start()
				s.lead(t)
			})
		})
	}
}

// noise can hardly be compressed.
var noise = sync.OnceValue(func() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	source, text := rand.New(rand.NewPCG(1, 2)), make([]byte, 8<<20)
	for i := range text {
		text[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(text)
})

// padded is a frame of one event, whose data starts with its number.
func padded(h *stream.Hub, seq uint64, size int) *stream.Frame {
	data := fmt.Appendf(nil, "%d %s", seq, noise()[:size])
	return &stream.Frame{Seq: seq, Kept: stream.NewBlock(stream.Event{ID: h.Boot.ID(seq), Data: data}.AppendTo(nil), 0, nil, nil)}
}

// track reads the padded frames behind at, or from any of them when at is 0, up
// to last. It returns how many were missing, and an error unless the others
// come in order and each gap is told.
func track(p *parser, at, last uint64) (missing uint64, err error) {
	for at < last {
		m, err := p.next()
		if err != nil {
			return missing, fmt.Errorf("after %d: %w", at, err)
		}
		var gap stream.Range
		number, _, _ := strings.Cut(m.data, " ")
		seq, _ := strconv.ParseUint(number, 10, 64)
		switch {
		case !m.isEvent():
		case m.name == "gap" && json.Unmarshal([]byte(m.data), &gap) == nil && gap.From == at+1 && gap.To >= gap.From:
			missing += gap.To - gap.From + 1
			at = gap.To
		case m.name == "message" && (seq == at+1 || at == 0):
			at = seq
		default:
			return missing, fmt.Errorf("after %d: %s %.40q", at, m.name, m.data)
		}
	}
	return missing, nil
}

func TestOpeningOnEveryPath(t *testing.T) {
	boot := stream.NewBoot()
	for name, c := range map[string]struct {
		published          uint64
		query, lastEventID string
		want               []string // events, as names gives them
	}{
		"before the first frame":     {0, "", "", nil},
		"newest":                     {5, "", "", []string{"kept5", "live5"}},
		"replay":                     {5, "replay=2", "", []string{"kept4", "kept5", "live5"}},
		"resume":                     {5, "", boot.ID(4).String(), []string{"kept5", "live5"}},
		"resume with nothing missed": {5, "", boot.ID(5).String(), []string{"live5"}},
		"lost":                       {5, "", boot.ID(1).String(), []string{"gap", "kept3", "kept4", "kept5", "live5"}},
		"unknown id":                 {5, "", "x-1", []string{"kept5", "live5"}},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryPath(t, func(t *testing.T, start func(*site)) {
				h := &stream.Hub{Boot: boot, Ring: 3}
				publish(h, 1, c.published)
				s := newSite(t, h)
				start(s)
				client := s.get(t, c.query, c.lastEventID)
				if m := client.message(); m.comment != "tacho" {
					t.Errorf("first %+v", m)
				}
				var events []message
				for range c.want {
					events = append(events, client.event())
				}
				publish(h, c.published+1, c.published+1)
				events = append(events, client.event(), client.event())
				next := fmt.Sprint(c.published + 1)
				if got, want := fmt.Sprint(names(events)), fmt.Sprint(append(c.want, "kept"+next, "live"+next)); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				for i, m := range events {
					if (i == 0) != (m.retry >= time.Second && m.retry <= 3*time.Second) || i > 0 && m.retry != 0 {
						t.Errorf("event %d asks for a retry of %v", i, m.retry)
					}
					if m.name == "gap" && m.data != `{"from":2,"to":2}` {
						t.Errorf("gap %s", m.data)
					}
				}
			})
		})
	}
}

func TestChannelsOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot(), Ring: 2}
		s := newSite(t, h)
		start(s)
		some, others := s.get(t, "set=5", ""), s.get(t, "set=2", "")
		for seq := uint64(1); seq <= 3; seq++ {
			h.Publish(&stream.Frame{Seq: seq, Kept: stream.NewBlock(h.Boot.ID(seq).AppendLine(nil), 3, func(i int) []byte {
				return stream.AppendData(nil, fmt.Append(nil, i))
			}, []byte("\n"))})
			some.want(h.Boot.ID(seq), "message", "0\n2")
			others.want(h.Boot.ID(seq), "message", "1")
		}
		if n := h.Stats().Encodings; n != 9 {
			t.Errorf("%d segments encoded, want 9", n)
		}
	})
}

// A client that does not read must cost the others nothing, and be told what
// it missed when it reads again.
func TestSlowClientOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const last = 60
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		both := s.gets(t, 2)
		slow, quick := both[0], both[1]
		for seq := uint64(1); seq <= last; seq++ {
			h.Publish(padded(h, seq, 64<<10))
			if missing, err := track(quick.parser, seq-1, seq); missing > 0 || err != nil {
				t.Fatalf("another client missed %d frames: %v", missing, err)
			}
		}
		missing, err := track(slow.parser, 0, last)
		if err != nil || missing == 0 || missing != h.Stats().Skipped {
			t.Errorf("%d frames missing, %d skipped: %v", missing, h.Stats().Skipped, err)
		}
	})
}

func TestStalledClientOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		s.Stall = 200 * time.Millisecond
		start(s)
		before := h.Stats().SentBytes
		client := s.get(t, "", "")
		client.message()
		h.Publish(padded(h, 1, 4<<20))
		s.wantSubscribers(t, 0)
		if sent := h.Stats().SentBytes - before; sent > 1<<20 {
			t.Errorf("%d bytes went to a client that reads none", sent)
		}
		if s := h.Stats(); s.Stalled != 1 || s.Events != 0 {
			t.Errorf("%d clients stalled, and %d events were taken", s.Stalled, s.Events)
		}
		if m, err := client.next(); err == nil {
			t.Errorf("a torn event arrived: %.40q", m.data)
		}
	})
}

func TestDisconnectOnEveryPath(t *testing.T) {
	leave := map[string]func(*net.TCPConn) error{
		"FIN":       (*net.TCPConn).Close,
		"half FIN":  (*net.TCPConn).CloseWrite,
		"RST":       func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
		"both ways": func(c *net.TCPConn) error { return errors.Join(c.CloseRead(), c.CloseWrite()) },
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			onEveryPath(t, func(t *testing.T, start func(*site)) {
				h := &stream.Hub{}
				s := newSite(t, h)
				start(s)
				both := s.gets(t, 2)
				s.wantSubscribers(t, 2)
				if err := leave(both[0].conn.(*net.TCPConn)); err != nil {
					t.Fatal(err)
				}
				s.wantSubscribers(t, 1) // with nothing sent to it
				h.Publish(padded(h, 1, 0))
				if _, err := track(both[1].parser, 0, 1); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestHeartbeatOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const silence = 100 * time.Millisecond
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		s.Heartbeat = func() time.Duration { return silence }
		start(s)
		since := time.Now()
		client := s.get(t, "", "")
		client.message()
		wantBeat := func() {
			t.Helper()
			if m := client.message(); m.comment != "heartbeat" || time.Since(since) < silence {
				t.Errorf("%+v after %v", m, time.Since(since))
			}
		}
		wantBeat()
		for seq := uint64(1); seq <= 3; seq++ {
			since = time.Now()
			publish(h, seq, seq)
			client.wantNumbered(h, seq)
			wantBeat()
			wantBeat()
		}
	})
}

func TestHeartbeatIsAskedAnewOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		var silence atomic.Int64
		silence.Store(int64(forever))
		s.Heartbeat = func() time.Duration { return time.Duration(silence.Load()) }
		start(s)
		client := s.gets(t, 1)[0]
		silence.Store(int64(50 * time.Millisecond))
		publish(h, 1, 1)
		client.wantNumbered(h, 1)
		for range 2 {
			if m := client.message(); m.comment != "heartbeat" {
				t.Errorf("got %+v", m)
			}
		}
	})
}

func TestCloseOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const clients = 50
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		all := s.gets(t, clients)
		h.Close()
		wantByes(t, all, 3*time.Second)
		s.wantSubscribers(t, 0)
	})
}

func TestSentBytesOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot(), Ring: 3}
		publish(h, 1, 3)
		s := newSite(t, h)
		start(s)
		before := h.Stats().SentBytes
		conn := s.dial(t, "GET /?replay=3 HTTP/1.1\r\nHost: tacho.test"+s.accepts())
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		const size = 1 << 20
		h.Publish(padded(h, 4, size))
		var body []byte // as it is on the wire
		for b := make([]byte, 64<<10); len(body) < size/2; {
			n, err := response.Body.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			body = append(body, b[:n]...)
		}
		h.Close()
		rest, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		s.wantSubscribers(t, 0)
		if got, want := h.Stats().SentBytes-before, len(body)+len(rest); got != uint64(want) {
			t.Errorf("%d counted, %d sent", got, want)
		}
	})
}

// Nobody may miss a frame that leaves everybody time to take it.
func TestEveryFrameOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const clients, last = 200, 60
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		took := make(chan error, clients)
		for _, client := range s.gets(t, clients) {
			go func() {
				for seq := range uint64(last) {
					missing, err := track(client.parser, seq, seq+1)
					if missing > 0 {
						err = fmt.Errorf("missed %d behind %d", missing, seq)
					}
					took <- err
					if err != nil {
						return
					}
				}
			}()
		}
		for seq := range uint64(last) {
			h.Publish(padded(h, seq+1, 100))
			for range clients {
				if err := <-took; err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// Those who come in the middle of it all neither lose a frame untold nor get
// one twice, and the last one always comes.
func TestJoiningWhilePublishingOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const last = 300
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		var missing atomic.Uint64
		var all sync.WaitGroup
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for seq := uint64(1); seq <= last; seq++ {
			if seq%3 == 0 {
				all.Go(func() { missing.Add(s.join(t, last)) })
			}
			h.Publish(padded(h, seq, 100))
			<-tick.C
		}
		all.Wait()
		if skipped := h.Stats().Skipped; skipped != missing.Load() {
			t.Errorf("%d frames missing, %d skipped", missing.Load(), skipped)
		}
	})
}

// join connects, tracks the frames up to last and returns how many were
// missing. It is for any goroutine.
func (s *site) join(t *testing.T, last uint64) (missing uint64) {
	conn, err := s.connect(plainGet + s.accepts())
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	body, err := decoded(response)
	if err != nil {
		t.Error(err)
		return 0
	}
	missing, err = track(newParser(body), 0, last)
	if err != nil {
		t.Error(err)
	}
	return missing
}

func TestKilledConnectionsOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const workers, cycles = 8, 250
		h := &stream.Hub{Ring: 10}
		publish(h, 1, 10)
		s := newSite(t, h)
		start(s)
		before := inUse(t)
		var all sync.WaitGroup
		for worker := range workers {
			all.Go(func() {
				for cycle := range cycles {
					connectAndKill(t, s.Server, cycle%2 == 0)
					h.Publish(numbered(h, uint64(11+cycle*workers+worker)))
				}
			})
		}
		all.Wait()
		s.wantSubscribers(t, 0)
		var after resources
		eventually(t, "what is in use to be given back", func() bool {
			after = inUse(t)
			return after.goroutines <= before.goroutines && after.descriptors <= before.descriptors
		})
	})
}

func TestLimitOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		s.Gate = &stream.Gate{Total: 2}
		start(s)
		both := s.gets(t, 2)
		third := s.get(t, "", "")
		if m := third.event(); m.name != "full" || m.retry < 15*time.Second || m.retry > 45*time.Second || h.Stats().Refused != 1 {
			t.Errorf("got %+v", m)
		}
		third.wantEnd()
		both[0].conn.Close()
		s.wantSubscribers(t, 1)
		both[0] = s.gets(t, 1)[0]
		publish(h, 1, 1)
		for _, client := range both {
			client.wantNumbered(h, 1)
		}
	})
}
