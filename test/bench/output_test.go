package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/server"
	"github.com/tacho-monitor/tacho/views"
)

// BenchmarkOutput turns a snapshot of this machine into what clients get. Its
// second tick is taken: the first one has no rates.
func BenchmarkOutput(b *testing.B) {
	var latest *collector.Snapshot
	sample(2, 200*time.Millisecond, func(s *collector.Snapshot) { latest = s })
	b.Run("HTML of all panels", func(b *testing.B) { benchmarkPanels(b, latest) })
	b.Run("sample of the charts", func(b *testing.B) {
		for b.Loop() {
			views.Sample(latest)
		}
	})
	b.Run("JSON of all channels", func(b *testing.B) { benchmarkJSON(b, latest) })
	b.Run("publish", func(b *testing.B) {
		feed := newTicks(latest)
		for b.Loop() {
			feed.publish()
		}
	})
	for _, path := range []string{"/events", "/api/v1/stream", "/api/v1/stream/cpu,memory"} {
		b.Run("publish, first client of "+path, func(b *testing.B) { benchmarkStream(b, latest, path, true) })
		b.Run("each further client of "+path, func(b *testing.B) { benchmarkStream(b, latest, path, false) })
	}
}

func benchmarkPanels(b *testing.B, s *collector.Snapshot) {
	panels := views.Panels()
	for b.Loop() {
		for _, p := range panels {
			var html bytes.Buffer
			if err := p.Partial(s).Render(context.Background(), &html); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkJSON(b *testing.B, s *collector.Snapshot) {
	channels := len(api.Channels())
	for b.Loop() {
		body := api.Head(s)
		for i := range channels {
			body = append(body, api.Segment(s, i)...)
		}
		if body = append(body, api.Tail()...); len(body) == 0 {
			b.Fatal("no JSON")
		}
	}
}

// benchmarkStream connects to a stream that ends at once, so it costs a client
// its headers and the latest state.
func benchmarkStream(b *testing.B, s *collector.Snapshot, path string, publish bool) {
	ticks := newTicks(s)
	ticks.publish()
	handler := server.New(server.Options{Listen: "127.0.0.1:1", Feed: ticks.feed, Log: slog.New(slog.DiscardHandler)},
		server.Policy{}, time.Minute).Handler()
	gone, leave := context.WithCancel(context.Background())
	leave()
	request := httptest.NewRequestWithContext(gone, http.MethodGet, "http://127.0.0.1:1"+path, nil)
	for b.Loop() {
		if publish {
			ticks.publish()
		}
		got := discard{header: make(http.Header)}
		handler.ServeHTTP(&got, request)
		if got.refused {
			b.Fatal("no stream at", path)
		}
	}
}

// discard is a response that keeps nothing, so that only the server's own memory
// is counted.
type discard struct {
	header  http.Header
	refused bool
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(code int)        { d.refused = code != http.StatusOK }
func (d *discard) Flush()                      {}

// ticks publishes the same numbers again and again, each time as a new tick.
type ticks struct {
	feed     *server.Feed
	snapshot collector.Snapshot
}

func newTicks(s *collector.Snapshot) *ticks {
	return &ticks{server.NewFeed(300, slog.New(slog.DiscardHandler)), *s}
}

func (t *ticks) publish() {
	next := t.snapshot
	next.Seq++
	t.snapshot = next
	t.feed.Publish(&next)
}
