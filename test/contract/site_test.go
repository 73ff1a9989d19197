package contract

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// forever is longer than any test.
const forever = time.Hour

var channels = stream.Channels{"a", "b", "c"}

var (
	sites sync.Map // http.Handler by name; every front serves all of them
	named atomic.Int64
)

func serveSite(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if site, ok := sites.Load(name); ok {
		site.(http.Handler).ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

// site is a hub and its handler behind every front, under a name of their own.
type site struct {
	t       *testing.T
	name    string
	way     *way
	hub     *stream.Hub
	handler *stream.Handler
}

// open returns a site that clients reach by this way, until the test ends. It has
// no heartbeat and no stall that a test could see, unless adjust says otherwise.
func (w *way) open(t *testing.T, adjust func(*stream.Handler)) *site {
	t.Helper()
	hub := &stream.Hub{Boot: stream.NewBoot(), Ring: 10}
	s := &site{t: t, name: fmt.Sprint("site", named.Add(1)), way: w, hub: hub, handler: &stream.Handler{
		Hub: hub, Heartbeat: func() time.Duration { return forever }, Stall: forever,
	}}
	if adjust != nil {
		adjust(s.handler)
	}
	sites.Store(s.name, s)
	t.Cleanup(func() { sites.Delete(s.name) })
	t.Cleanup(hub.Close)
	if w.lean {
		s.lead()
	}
	return s
}

// lead has Handler.Run serve, and returns when it takes clients.
func (s *site) lead() {
	s.t.Helper()
	returned := make(chan error)
	go func() { returned <- s.handler.Run() }()
	s.t.Cleanup(func() {
		s.hub.Close()
		if err := <-returned; err != nil {
			s.t.Error(err)
		}
	})
	eventually(s.t, func() error {
		response, err := http.Get(fronts.plain.url + "/" + s.name + "/")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if !response.Close {
			return errors.New("connections stay with net/http")
		}
		return nil
	})
	s.wantSubscribers(0)
}

// ServeHTTP serves what the query asks for.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	set, err := channels.Parse(query.Get("channels"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	replay, _ := strconv.Atoi(query.Get("replay"))
	interval, _ := time.ParseDuration(query.Get("interval"))
	serve := s.handler.Serve
	if query.Has("once") {
		serve = s.handler.Once
	}
	serve(w, r, stream.Selection{Channels: set, Replay: replay, Interval: interval})
}

func (s *site) wantSubscribers(want int64) {
	s.t.Helper()
	eventually(s.t, func() error {
		if n := s.hub.Stats().Subscribers; n != want {
			return fmt.Errorf("%d subscribers, want %d", n, want)
		}
		return nil
	})
}

// publish publishes a frame that says its number: once for those who come back,
// and once for the present.
func (s *site) publish(seqs ...uint64) {
	for _, seq := range seqs {
		s.publishTexts(seq, fmt.Sprint("a", seq), fmt.Sprint("b", seq), fmt.Sprint("c", seq))
	}
}

// publishTexts publishes a frame with a text for each channel.
func (s *site) publishTexts(seq uint64, texts ...string) {
	id := s.hub.Boot.ID(seq)
	kept := stream.NewBlock(id.AppendLine(nil), len(channels), func(i int) []byte {
		return stream.AppendData(nil, []byte(texts[i]))
	}, []byte("\n"))
	live := stream.Event{ID: id, Name: "live", Data: fmt.Append(nil, seq)}.AppendTo(nil)
	s.hub.Publish(&stream.Frame{Seq: seq, Interval: time.Second, Kept: kept, Live: stream.NewBlock(live, 0, nil, nil)})
}

// noise can hardly be compressed.
var noise = sync.OnceValue(func() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	source, text := rand.New(rand.NewPCG(1, 2)), make([]byte, 1<<20)
	for i := range text {
		text[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(text)
})
