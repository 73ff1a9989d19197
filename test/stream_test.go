package test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"
	"golang.org/x/sys/unix"
)

// event is what every client makes of a block: its id, and its data as one line.
type event struct{ id, data string }

func (e event) seq(t *testing.T) int {
	t.Helper()
	_, number, _ := strings.Cut(e.id, "-")
	seq, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("event id %q: %v", e.id, err)
	}
	return seq
}

// parse reads events from a stream by the rules of the standard.
func parse(r io.Reader) <-chan event {
	out := make(chan event, 1000)
	go func() {
		defer close(out)
		for e, err := range sse.Read(r, &sse.ReadConfig{MaxEventSize: 1 << 20}) {
			if err != nil {
				return
			}
			if e.Type == "" {
				out <- event{e.LastEventID, strings.ReplaceAll(e.Data, "\n", "")}
			}
		}
	}()
	return out
}

func curl(t *testing.T, url string, args ...string) io.Reader {
	t.Helper()
	return tool(t, "curl", append([]string{"--silent", "--show-error", "--no-buffer", url}, args...)...)
}

// take receives n events.
func take(t *testing.T, events <-chan event, n int) []event {
	t.Helper()
	late := time.After(patience)
	var got []event
	for len(got) < n {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended after %d of %d events", len(got), n)
			}
			got = append(got, e)
		case <-late:
			t.Fatalf("%d of %d events came", len(got), n)
		}
	}
	return got
}

// wantConsecutive wants the events of n ticks from first on, each once and in
// order, with data that says the same of itself as the id.
func wantConsecutive(t *testing.T, events []event, first int) {
	t.Helper()
	for i, e := range events {
		if e.seq(t) != first+i {
			t.Errorf("event %d is %s, want tick %d", i, e.id, first+i)
		}
		if data := decode[snapshot](t, e.data); int(data.Seq) != first+i {
			t.Errorf("event %s has seq %d", e.id, data.Seq)
		}
	}
}

func TestFirstEventComesAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=1h")
	began := time.Now()
	first := take(t, parse(curl(t, p.URL+"api/v1/stream/cpu")), 1)[0]
	t.Logf("curl had its first event %s after it was started", time.Since(began).Round(time.Millisecond))
	if first.seq(t) != 1 || decode[snapshot](t, first.data).CPU.Data.Times["user_seconds_total"] == nil {
		t.Errorf("the first event is %s %s", first.id, first.data)
	}
}

// wantCurrent wants the events of n ticks to come with their ticks: one that
// was held back somewhere would come with later ones, or when a buffer is full.
func wantCurrent(t *testing.T, url string, events <-chan event, n int) []event {
	t.Helper()
	got := take(t, events, 1)
	for range n - 1 {
		got = append(got, take(t, events, 1)...)
		s, err := snapshotOf(url)
		if err != nil {
			t.Fatal(err)
		}
		if last := got[len(got)-1]; int(s.Seq) > last.seq(t)+2 {
			t.Errorf("event %s comes at tick %d", last.id, s.Seq)
		}
	}
	wantConsecutive(t, got, got[0].seq(t))
	return got
}

func TestEachTickIsAnEvent(t *testing.T) {
	t.Parallel()
	p := start(t)
	got := wantCurrent(t, p.URL, parse(curl(t, p.URL+"api/v1/stream/cpu")), 4)
	for i, e := range got[1:] {
		s, before := decode[snapshot](t, e.data), decode[snapshot](t, got[i].data)
		if s.Interval != 1 || !s.Time.After(before.Time) {
			t.Errorf("tick %d at %s, every %v s; the one before at %s", s.Seq, s.Time, s.Interval, before.Time)
		}
		if s.CPU.Status != "ok" || s.Memory.Status != "" {
			t.Errorf("asked for cpu, got %s", e.data)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=1h", "--stream-heartbeat=1s")
	for _, path := range []string{"api/v1/stream", "events"} {
		lines := follow(t, p.URL+path)
		await(t, lines, "data: ")
		await(t, lines, ": heartbeat")
		await(t, lines, ": heartbeat")
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms")
	url := p.URL + "api/v1/stream/load"
	before := take(t, parse(curl(t, url)), 3)
	last := before[2]
	eventually(t, func() error {
		if s, err := snapshotOf(p.URL); err != nil || int(s.Seq) < last.seq(t)+10 {
			return fmt.Errorf("tick %d, %v", s.Seq, err)
		}
		return nil
	})
	after := take(t, parse(curl(t, url, "--header", "Last-Event-ID: "+last.id)), 15)
	wantConsecutive(t, append(before, after...), before[0].seq(t))
}

func TestResumeOfWhatIsForgotten(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms", "--stream-ring=3")
	url := p.URL + "api/v1/stream/load"
	first := take(t, parse(curl(t, url)), 1)[0]
	eventually(t, func() error {
		if s, err := snapshotOf(p.URL); err != nil || int(s.Seq) < first.seq(t)+10 {
			return fmt.Errorf("tick %d, %v", s.Seq, err)
		}
		return nil
	})
	lines := follow(t, url, func(r *http.Request) { r.Header.Set("Last-Event-ID", first.id) })
	await(t, lines, "event: gap")
	var from, to, next int
	if _, err := fmt.Sscanf(await(t, lines, "data: "), `data: {"from":%d,"to":%d}`, &from, &to); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(await(t, lines, `data: {"seq"`), `data: {"seq":%d`, &next); err != nil {
		t.Fatal(err)
	}
	if from != first.seq(t)+1 || to < from || next != to+1 {
		t.Errorf("after tick %d came a gap from %d to %d, and then %d", first.seq(t), from, to, next)
	}
}

func TestForeignLastEventID(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=1h")
	for _, id := range []string{"0badb007-1", "1", "x-" + strings.Repeat("9", 4000), "☃"} {
		got := take(t, parse(curl(t, p.URL+"api/v1/stream/load", "--header", "Last-Event-ID: "+id)), 1)
		wantConsecutive(t, got, 1)
	}
}

// A client that accepts nothing costs the others no tick, and is closed.
func TestClientThatStalls(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms")
	waitSockets(t, p, 1)
	small := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096) })
		return errors.Join(failed, err)
	}}
	stalled, err := small.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stalled.Close() })
	if _, err := fmt.Fprintf(stalled, "GET /events HTTP/1.1\r\nHost: %s\r\n\r\n", p.Address()); err != nil {
		t.Fatal(err)
	}
	events := parse(curl(t, p.URL+"api/v1/stream/load"))
	got := take(t, events, 1)
	waitSockets(t, p, 3)
	eventually(t, func() error {
		got = append(got, take(t, events, 1)...)
		if n := sockets(t, p); n > 2 {
			return fmt.Errorf("%d sockets: the stream that stalls is still open", n)
		}
		return nil
	})
	wantConsecutive(t, got, got[0].seq(t))
}

// A connection that breaks again and again loses nothing.
func TestClientThatIsCutOff(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=100ms")
	wire := newWire(t, p.Address())
	events := subscribe(t, "http://"+wire.address+"/api/v1/stream/load")
	var got []event
	for range 3 {
		got = append(got, take(t, events, 5)...)
		wire.cut()
	}
	got = append(got, take(t, events, 20)...)
	wantConsecutive(t, got, got[0].seq(t))
}

// subscribe follows a stream with a client that connects again by itself.
func subscribe(t *testing.T, url string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := sse.Client{Backoff: sse.Backoff{InitialInterval: 100 * time.Millisecond, MaxInterval: 300 * time.Millisecond}}
	connection := client.NewConnection(request)
	events := make(chan event, 1000)
	connection.SubscribeMessages(func(e sse.Event) {
		events <- event{e.LastEventID, strings.ReplaceAll(e.Data, "\n", "")}
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		connection.Connect()
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return events
}

func TestClientsReadTheSame(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	url := p.URL + "api/v1/stream/cpu,memory,mounts?replay=all"
	node := make(chan event, 1000)
	output := tool(t, "node", "testdata/read.mjs", url)
	go func() {
		defer close(node)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			id, data, _ := strings.Cut(lines.Text(), " ")
			node <- event{id, data}
		}
	}()
	clients := map[string]<-chan event{"curl": parse(curl(t, url)), "go-sse": subscribe(t, url), "node": node}
	const n = 10
	want := take(t, parse(curl(t, url)), n)
	wantConsecutive(t, want, 1)
	for name, events := range clients {
		for i, e := range take(t, events, n) {
			if e != want[i] {
				t.Errorf("%s reads\n%s %s\nwant\n%s %s", name, e.id, e.data, want[i].id, want[i].data)
			}
		}
	}
}
