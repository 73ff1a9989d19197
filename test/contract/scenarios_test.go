package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// scenarios are what holds on every path.
var scenarios = map[string]func(*testing.T, *way){
	"framing":                 framing,
	"first bytes":             firstBytes,
	"heartbeat":               heartbeat,
	"live":                    live,
	"resume":                  resume,
	"gap":                     gap,
	"last event id of others": foreignID,
	"replay":                  replay,
	"interval":                interval,
	"bye":                     bye,
	"stall":                   stall,
	"disconnect":              disconnect,
	"limit":                   limit,
	"once":                    once,
}

// hostile are texts that break a careless framing, or a careless proxy.
var hostile = []string{
	"", " ", "  two spaces", ":", ": comment", "data: x", "id: 9", "\n", "\n\n", "a\n\nb", "a\rb", "a\r\nb", "\r\n\r\n", "\r\r",
	"\nevent: bye\n\n", "\uFEFF", "\uFEFFa", "a\x00b", "\xff", "a\xc3\nb", "\xed\xa0\x80", "\u2028\u2029\u0085", "🐧", "<script>",
	"\x1f\x8b\x08", strings.Repeat("\n", 100), strings.Repeat("x", 100<<10), noise(),
}

// received is how a text arrives that was sent as data.
func received(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// receivedAll is how texts arrive that were sent each as the data of a channel.
func receivedAll(texts []string) string {
	var all []string
	for _, text := range texts {
		all = append(all, received(text))
	}
	return strings.Join(all, "\n")
}

func framing(t *testing.T, w *way) {
	s := w.open(t, nil)
	clients := map[string]*reader{}
	for _, set := range []string{"", "b", "a,c", "c,b"} {
		clients[set] = s.get("channels=" + set)
	}
	for i := range hostile {
		seq := uint64(i + 1)
		texts := []string{hostile[i], hostile[(i+1)%len(hostile)], fmt.Sprint(seq)}
		s.publishTexts(seq, texts...)
		for set, client := range clients {
			bits, _ := channels.Parse(set)
			var want []string
			for i, text := range texts {
				if bits.Has(i) {
					want = append(want, text)
				}
			}
			client.want(message{id: s.hub.Boot.ID(seq).String(), name: "message", data: receivedAll(want)})
			client.wantLive(seq)
		}
	}
}

// firstBytes are there before there is anything to send, and the newest frame
// before there is another.
func firstBytes(t *testing.T, w *way) {
	s := w.open(t, nil)
	early := s.get("")
	s.publish(1)
	late := s.get("")
	for _, client := range []*reader{early, late} {
		if m := client.event(); m.data != "a1\nb1\nc1" || m.retry < time.Second || m.retry > 2*time.Second {
			t.Errorf("the first event is %+v", m)
		}
		client.wantLive(1)
	}
}

func heartbeat(t *testing.T, w *way) {
	s := w.open(t, func(h *stream.Handler) { h.Heartbeat = func() time.Duration { return 50 * time.Millisecond } })
	client := s.get("")
	for seq := range uint64(2) {
		for range 2 {
			if m := client.message(); m.comment != "heartbeat" {
				t.Errorf("got %+v", m)
			}
		}
		s.publish(seq + 1)
		client.wantFrame(seq + 1)
	}
}

// live events come one by one: none is held back until there are more.
func live(t *testing.T, w *way) {
	s := w.open(t, nil)
	both := []*reader{s.get(""), s.get("")}
	for seq := uint64(1); seq <= 20; seq++ {
		s.publish(seq)
		for _, client := range both {
			client.wantFrame(seq)
		}
	}
	if n := s.hub.Stats().Skipped; n != 0 {
		t.Errorf("%d frames skipped", n)
	}
}

func resume(t *testing.T, w *way) {
	s := w.open(t, nil)
	s.publish(1)
	client := s.get("")
	client.wantFrame(1)
	client.leave()
	s.publish(2, 3, 4)
	client = s.get("", "Last-Event-ID", s.hub.Boot.ID(1).String())
	client.wantKept(2, 3, 4)
	client.wantLive(4)
	s.publish(5)
	client.wantFrame(5)
	again := s.get("", "Last-Event-ID", s.hub.Boot.ID(5).String())
	again.wantLive(5)
	s.publish(6)
	again.wantFrame(6)
}

func gap(t *testing.T, w *way) {
	s := w.open(t, func(h *stream.Handler) { h.Hub.Ring = 3 })
	s.publish(1, 2, 3, 4, 5, 6, 7, 8, 9)
	client := s.get("", "Last-Event-ID", s.hub.Boot.ID(2).String())
	client.want(message{name: "gap", data: `{"from":3,"to":6}`})
	client.wantKept(7, 8)
	client.wantFrame(9)
	s.publish(10)
	client.wantFrame(10)
}

func foreignID(t *testing.T, w *way) {
	s := w.open(t, nil)
	s.publish(1, 2, 3)
	own := s.hub.Boot.ID(1).String()
	boot := strings.TrimSuffix(own, "1")
	for _, id := range []string{
		"-", "1", "0badb007-1", "x" + own, own + "x", own + "0", boot + "-1", boot + "+1", boot + "01", boot + "-", boot + "18446744073709551617",
		own + "\t" + own, own + ", " + own, "<script>", "☃", "\xff\xfe", "x-" + strings.Repeat("1", 4000),
	} {
		s.get("", "Last-Event-ID", id).wantFrame(3)
	}
}

func replay(t *testing.T, w *way) {
	s := w.open(t, func(h *stream.Handler) { h.Hub.Ring = 4 })
	s.publish(1, 2, 3, 4, 5, 6)
	for n, kept := range map[string][]uint64{"1": nil, "3": {4, 5}, "100": {3, 4, 5}} {
		client := s.get("replay=" + n)
		client.wantKept(kept...)
		client.wantFrame(6)
	}
}

// interval leaves out frames that come sooner, and those are no gap.
func interval(t *testing.T, w *way) {
	s := w.open(t, nil)
	client := s.get("interval=2500ms")
	s.publish(1)
	client.wantFrame(1)
	for seq := uint64(3); seq < 12; seq += 3 {
		s.publish(seq-1, seq)
		client.wantFrame(seq)
		s.publish(seq + 1)
	}
}

func bye(t *testing.T, w *way) {
	s := w.open(t, nil)
	s.publish(1)
	clients := []*reader{s.get(""), s.get("channels=a&replay=3")}
	s.wantSubscribers(2)
	for _, client := range clients {
		client.event()
		client.wantLive(1)
	}
	s.hub.Close()
	late := s.get("")
	late.wantFrame(1)
	for _, client := range append(clients, late) {
		client.wantBye()
		client.wantEnd()
	}
	s.wantSubscribers(0)
}

// wantBye wants to be asked to return after some seconds, in two ways that agree.
func (r *reader) wantBye() {
	r.s.t.Helper()
	m := r.event()
	var data struct {
		Retry float64 `json:"retry_seconds"`
	}
	if err := json.Unmarshal([]byte(m.data), &data); err != nil || math.Round(data.Retry*1000) != float64(m.retry.Milliseconds()) {
		r.s.t.Errorf("got %+v, %v", m, err)
	}
	if m.name != "bye" || m.retry < time.Second || m.retry > 3*time.Second {
		r.s.t.Errorf("got %+v", m)
	}
}

// stall is about a client that stops reading: it is closed, and what it has been
// sent is whole to the last event but one.
func stall(t *testing.T, w *way) {
	s := w.open(t, func(h *stream.Handler) {
		h.Stall = 500 * time.Millisecond
		h.Hub.Ring = 0
	})
	client := s.get("")
	seq := uint64(0)
	eventually(t, func() error { // since a proxy takes some megabytes before its client is missed
		seq++
		s.publishTexts(seq, noise(), noise(), fmt.Sprint(seq))
		stats := s.hub.Stats()
		if stats.Subscribers == 0 && stats.Stalled == 0 && !w.counts {
			client = s.get("")
		}
		if stats.Subscribers != 0 || stats.Stalled != 1 {
			return fmt.Errorf("%d stalled, %d connected", stats.Stalled, stats.Subscribers)
		}
		return nil
	})
	client.wantWhole(noise() + "\n" + noise())
	s.publish(seq + 1)
	s.get("").wantFrame(seq + 1)
}

// wantWhole wants the rest of a stream to come, with whole messages that begin with
// a text, and then its end, of whatever kind.
func (r *reader) wantWhole(text string) {
	r.s.t.Helper()
	for {
		m, err := r.receive()
		if err == errLate {
			r.s.t.Fatal("the connection stays open")
		}
		if err != nil {
			return
		}
		if m.name == "message" && !strings.HasPrefix(m.data, text) {
			r.s.t.Errorf("a torn event of %d bytes", len(m.data))
		}
	}
}

// disconnect is noticed without anything being sent.
func disconnect(t *testing.T, w *way) {
	s := w.open(t, nil)
	both := []*reader{s.get(""), s.get("")}
	s.wantSubscribers(2)
	both[0].leave()
	s.wantSubscribers(1)
	s.publish(1)
	both[1].wantFrame(1)
	both[1].leave()
	s.wantSubscribers(0)
}

// limit turns away by an event whoever would give up on a status, and everybody
// else by a status. Neither costs those inside anything.
func limit(t *testing.T, w *way) {
	s := w.open(t, func(h *stream.Handler) { h.Gate = &stream.Gate{Total: 1} })
	inside := s.enter()
	wait := func(d time.Duration) bool { return d >= 15*time.Second && d <= 45*time.Second }

	refused := s.ask("", "Accept", "text/event-stream")
	if m := refused.event(); refused.response.StatusCode != http.StatusOK || m.name != "full" || !wait(m.retry) {
		t.Errorf("%s, %+v", refused.response.Status, m)
	}
	refused.wantEnd()

	response := s.ask("", "Accept", "*/*").response
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if response.StatusCode != http.StatusServiceUnavailable || !wait(time.Duration(seconds)*time.Second) {
		t.Errorf("%s, retry after %d s, %v", response.Status, seconds, err)
	}

	s.publish(1)
	inside.wantFrame(1)
	inside.leave()
	s.enter().wantFrame(1)
}

// enter opens a stream as soon as there is room.
func (s *site) enter() (client *reader) {
	s.t.Helper()
	eventually(s.t, func() error {
		client = s.ask("")
		if client.response.StatusCode != http.StatusOK {
			return errors.New(client.response.Status)
		}
		return nil
	})
	return client
}

// once is for those who ask again and again: they get what they lack, and the end.
func once(t *testing.T, w *way) {
	s := w.open(t, nil)
	s.publish(1, 2, 3)
	client := s.get("once")
	client.wantFrame(3)
	client.wantEnd()
	client = s.get("once", "Last-Event-ID", s.hub.Boot.ID(1).String())
	client.wantKept(2, 3)
	client.wantLive(3)
	client.wantEnd()
	client = s.ask("once", "Last-Event-ID", s.hub.Boot.ID(3).String())
	if m := client.message(); m.comment == "" {
		t.Errorf("got %+v, which is nothing new", m)
	}
	client.wantEnd()
}
