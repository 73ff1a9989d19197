package stream_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			s := serve(t, newHandler(&stream.Hub{}))
			conn, request := s.dial(t, method, "", "")
			response, err := http.ReadResponse(bufio.NewReader(conn), request)
			if err != nil {
				t.Fatal(err)
			}
			response.Header.Del("Date")
			want := http.Header{
				"Content-Type":      {"text/event-stream"},
				"Cache-Control":     {"no-store, no-transform"},
				"X-Accel-Buffering": {"no"},
				"Vary":              {"Accept-Encoding"},
			}
			if response.StatusCode != 200 || !maps.EqualFunc(response.Header, want, slices.Equal) {
				t.Errorf("%s: %s %v, want %v", method, response.Status, response.Header, want)
			}
		}
	})
}

func TestHeadEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h stream.Hub
		s := serve(t, newHandler(&h))
		conn, request := s.dial(t, http.MethodHead, "", "")
		response, err := http.ReadResponse(bufio.NewReader(conn), request)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); len(body) > 0 || err != nil {
			t.Errorf("body %q, %v", body, err)
		}
		s.wantEnded(t, 1)
		if n := h.Stats().Subscribers; n != 0 {
			t.Errorf("%d subscribers", n)
		}
	})
}

func TestFirstBytesComeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot()}
		s := serve(t, newHandler(&h))
		start := time.Now()

		early := s.get(t, "", "")
		if m := early.message(); m.comment != "tacho" {
			t.Errorf("first message %+v", m)
		}
		publish(&h, 1, 1)
		early.wantNumbered(&h, 1)

		late := s.get(t, "", "")
		if m := late.message(); m.comment != "tacho" {
			t.Errorf("first message %+v", m)
		}
		late.wantNumbered(&h, 1)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		if n := h.Stats().Subscribers; n != 2 {
			t.Errorf("%d subscribers, want 2", n)
		}
	})
}

func TestRetryStandsInTheFirstBlockWithData(t *testing.T) {
	boot := stream.NewBoot()
	for _, c := range []struct {
		name               string
		published          uint64
		query, lastEventID string
	}{
		{"before the first frame", 0, "", ""},
		{"newest", 5, "", ""},
		{"replay", 5, "replay=3", ""},
		{"resume", 5, "", boot.ID(4).String()},
		{"resume with nothing missed", 5, "", boot.ID(5).String()},
		{"lost", 5, "", boot.ID(1).String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := stream.Hub{Boot: boot, Ring: 3}
				publish(&h, 1, c.published)
				client := serve(t, newHandler(&h)).get(t, c.query, c.lastEventID)
				client.message()
				synctest.Wait()
				publish(&h, c.published+1, c.published+1)
				if m := client.event(); m.retry < time.Second || m.retry > 3*time.Second {
					t.Errorf("first event %+v", m)
				}
				if m := client.event(); m.retry != 0 {
					t.Errorf("second event %+v", m)
				}
			})
		})
	}
}

func TestHeartbeatAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot()}
		client := serve(t, newHandler(&h)).get(t, "", "")
		client.message()
		last := time.Now()
		wantBeat := func() {
			t.Helper()
			if m := client.message(); m.comment != "heartbeat" || time.Since(last) != heartbeat {
				t.Errorf("%+v after %v, want a heartbeat after %v", m, time.Since(last), heartbeat)
			}
			last = time.Now()
		}
		wantBeat()
		wantBeat()
		time.Sleep(heartbeat - time.Nanosecond)
		publish(&h, 1, 1)
		client.wantNumbered(&h, 1)
		last = time.Now()
		wantBeat()
		wantBeat()
	})
}

func TestHeartbeatIsAskedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		every := heartbeat
		handler := newHandler(&stream.Hub{})
		handler.Heartbeat = func() time.Duration { return every }
		client := serve(t, handler).get(t, "", "")
		client.message()
		synctest.Wait()
		every = time.Second
		start := time.Now()
		client.message()
		client.message()
		if got := time.Since(start); got != heartbeat+time.Second {
			t.Errorf("two heartbeats after %v", got)
		}
	})
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot(), Ring: 4}
		publish(&h, 1, 10)
		s := serve(t, newHandler(&h))

		client := s.get(t, "", h.Boot.ID(8).String())
		client.want(h.Boot.ID(9), "kept", "9")
		client.wantNumbered(&h, 10)
		publish(&h, 11, 11)
		client.wantNumbered(&h, 11)
		client.conn.Close()

		client = s.get(t, "", client.id)
		client.want(h.Boot.ID(11), "live", "11")
		publish(&h, 12, 12)
		client.wantNumbered(&h, 12)

		client = s.get(t, "replay=2", "")
		client.want(h.Boot.ID(11), "kept", "11")
		client.wantNumbered(&h, 12)
	})
}

func TestResumeOutOfTheRingTellsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot(), Ring: 2}
		publish(&h, 1, 10)
		client := serve(t, newHandler(&h)).get(t, "", h.Boot.ID(3).String())
		client.want(stream.ID{}, "gap", `{"from":4,"to":8}`)
		client.want(h.Boot.ID(9), "kept", "9")
		client.wantNumbered(&h, 10)
	})
}

func TestSlowClientIsToldWhatItSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot()}
		publish(&h, 1, 1)
		client := serve(t, newHandler(&h)).get(t, "", "")
		client.wantNumbered(&h, 1)
		publish(&h, 2, 2) // the handler hangs in its write, which nobody reads
		synctest.Wait()
		publish(&h, 3, 6)
		client.wantNumbered(&h, 2)
		client.want(h.Boot.ID(2), "gap", `{"from":3,"to":5}`)
		client.wantNumbered(&h, 6)
		if n := h.Stats().Skipped; n != 3 {
			t.Errorf("%d frames skipped, want 3", n)
		}
	})
}

func TestOnlyTheChannelsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot(), Ring: 2}
		frame := func(seq uint64) *stream.Frame {
			return &stream.Frame{Seq: seq, Kept: stream.NewBlock(h.Boot.ID(seq).AppendLine(nil), 3, func(i int) []byte {
				return stream.AppendData(nil, fmt.Append(nil, i))
			}, []byte("\n"))}
		}
		h.Publish(frame(1))
		client := serve(t, newHandler(&h)).get(t, "set=5", "")
		client.want(h.Boot.ID(1), "message", "0\n2")
		h.Publish(frame(2))
		client.want(h.Boot.ID(2), "message", "0\n2")
		if n := h.Stats().Encodings; n != 4 {
			t.Errorf("%d segments encoded, want 4", n)
		}
	})
}

// A client that stops reading must be closed after Stall, and must cost the
// others nothing.
func TestStalledClientIsClosed(t *testing.T) {
	for name, readsFirst := range map[string]bool{"from the start": false, "after its first event": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := stream.Hub{Boot: stream.NewBoot()}
				publish(&h, 1, 1)
				s := serve(t, newHandler(&h))
				stopped := time.Now()
				if readsFirst {
					s.get(t, "", "").wantNumbered(&h, 1)
					time.Sleep(stall + time.Second) // the deadline of the last write must not count
					stopped = time.Now()
				} else {
					s.dial(t, http.MethodGet, "", "")
				}
				other := s.get(t, "", "")
				other.wantNumbered(&h, 1)
				for seq := uint64(2); seq < 20; seq++ {
					published := time.Now()
					publish(&h, seq, seq)
					other.wantNumbered(&h, seq)
					if waited := time.Since(published); waited != 0 {
						t.Errorf("another client waited %v", waited)
					}
					time.Sleep(time.Second)
				}
				s.wantEnded(t, 1)
				if lasted := (<-s.ended).Sub(stopped); lasted != stall {
					t.Errorf("closed after %v, want %v", lasted, stall)
				}
				if n := h.Stats().Subscribers; n != 1 {
					t.Errorf("%d subscribers, want 1", n)
				}
			})
		})
	}
}

// Slow is not stalled: a large frame may take longer than Stall as a whole.
func TestSlowClientIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 1 << 20
		h := stream.Hub{Ring: 1}
		s := serve(t, newHandler(&h))
		h.Publish(&stream.Frame{Seq: 1, Kept: text(strings.Repeat("x", size))})
		client := s.get(t, "", "")
		start := time.Now()
		for read := 0; read < size; {
			time.Sleep(stall / 2)
			n, err := io.ReadFull(client.response.Body, make([]byte, 32<<10))
			if err != nil {
				t.Fatalf("after %d bytes and %v: %v", read, time.Since(start), err)
			}
			read += n
		}
		if time.Since(start) < 2*stall {
			t.Errorf("read all in %v, which says nothing", time.Since(start))
		}
	})
}

func TestLongReplayIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ring = 300
		h := stream.Hub{Boot: stream.NewBoot(), Ring: ring}
		padding := strings.Repeat("x", 1000)
		for seq := range uint64(ring) {
			h.Publish(&stream.Frame{Seq: seq + 1, Kept: text(fmt.Sprint(seq+1, padding))})
		}
		client := serve(t, newHandler(&h)).get(t, "replay=300", "")
		for seq := range ring {
			if m := client.event(); m.data != fmt.Sprint(seq+1, padding) {
				t.Fatalf("event %d is %.20q", seq+1, m.data)
			}
		}
	})
}

func TestStalledInReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Ring: 2}
		for seq := range uint64(2) {
			h.Publish(&stream.Frame{Seq: seq + 1, Kept: text(strings.Repeat("x", 100<<10))})
		}
		s := serve(t, newHandler(&h))
		start := time.Now()
		s.dial(t, http.MethodGet, "replay=2", "")
		if ended := <-s.ended; ended.Sub(start) != stall {
			t.Errorf("closed after %v", ended.Sub(start))
		}
	})
}

func TestDisconnectEndsTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot()}
		publish(&h, 1, 1)
		s := serve(t, newHandler(&h))
		client := s.get(t, "", "")
		client.wantNumbered(&h, 1)
		synctest.Wait()
		client.conn.Close()
		s.wantEnded(t, 1)

		client = s.get(t, "", "") // and when it goes in the middle of a write
		client.message()
		client.conn.Close()
		s.wantEnded(t, 2)
		if n := h.Stats().Subscribers; n != 0 {
			t.Errorf("%d subscribers left", n)
		}
	})
}

func TestCloseSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients = 50
		for _, subscribers := range []int{clients, 10_000} {
			var h stream.Hub
			s := serve(t, newHandler(&h))
			for range subscribers - clients {
				h.Subscribe(stream.Start{})
			}
			var all []*reader
			for range clients {
				client := s.get(t, "", "")
				client.message()
				all = append(all, client)
			}
			h.Close()
			latest := max(3*time.Second, time.Second+time.Duration(subscribers)*time.Second/100)
			wantByes(t, all, latest)
			s.wantEnded(t, clients)
		}
	})
}

// wantByes checks that clients are asked to return at times which spread over
// most of the span from a second to latest.
func wantByes(t *testing.T, clients []*reader, latest time.Duration) {
	t.Helper()
	var retries []time.Duration
	for _, client := range clients {
		m := client.event()
		if m.name != "bye" || m.retry < time.Second || m.retry > latest {
			t.Errorf("%+v, want bye with a retry within %v", m, latest)
		}
		var data struct {
			Retry float64 `json:"retry_seconds"`
		}
		if err := json.Unmarshal([]byte(m.data), &data); err != nil || time.Duration(math.Round(data.Retry*1000))*time.Millisecond != m.retry {
			t.Errorf("data %s beside a retry of %v: %v", m.data, m.retry, err)
		}
		retries = append(retries, m.retry)
		client.wantEnd()
	}
	if spread := slices.Max(retries) - slices.Min(retries); spread < (latest-time.Second)/2 {
		t.Errorf("%d clients return within %v of each other, up to %v", len(clients), spread, latest)
	}
}

func TestAfterCloseClientsGetTheLatestAndGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot()}
		publish(&h, 1, 1)
		h.Close()
		client := serve(t, newHandler(&h)).get(t, "", "")
		client.wantNumbered(&h, 1)
		if m := client.event(); m.name != "bye" {
			t.Errorf("got %+v", m)
		}
		client.wantEnd()
	})
}

func TestSentBytesAreCounted(t *testing.T) {
	h := stream.Hub{Boot: stream.NewBoot()}
	publish(&h, 1, 1)
	h.Close()
	w := httptest.NewRecorder()
	newHandler(&h).Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), stream.Selection{})
	if got := h.Stats().SentBytes; got != uint64(w.Body.Len()) {
		t.Errorf("%d counted, %d sent", got, w.Body.Len())
	}
}

func FuzzLastEventID(f *testing.F) {
	h := &stream.Hub{Boot: stream.NewBoot(), Ring: 3}
	publish(h, 1, 9)
	h.Close()
	prefix := strings.TrimSuffix(h.Boot.ID(0).String(), "0")
	for _, text := range []string{"", "-", "9", "0", "-1", "+8", "08", "8 ", "8\r\nid: 9", "\x00", "\xff", "٨", "18446744073709551616", "<script>", strings.Repeat("9", 5000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range []string{text, prefix + text} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["Last-Event-Id"] = []string{id}
			w := httptest.NewRecorder()
			newHandler(h).Serve(w, r, stream.Selection{})
			checkWire(t, w.Body.Bytes())
			events := parse(t, w.Body.String())
			if w.Code != http.StatusOK || len(events) < 2 {
				t.Fatalf("%q: status %d, %+v", id, w.Code, events)
			}
			want := []string{"kept9", "live9", "bye"}
			switch seq, own := isOwn(h.Boot, id); {
			case own && seq < 6:
				want = []string{"gap", "kept7", "kept8", "kept9", "live9", "bye"}
			case own && seq <= 9:
				want = want[len(want)-2:]
				for s := uint64(9); s > seq; s-- {
					want = append([]string{fmt.Sprint("kept", s)}, want...)
				}
			}
			if got := names(events); !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v", id, got, want)
			}
		}
	})
}

func names(events []message) (all []string) {
	for _, m := range events {
		if m.name == "kept" || m.name == "live" {
			m.name += m.data
		}
		all = append(all, m.name)
	}
	return all
}
