package stream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Handler serves a hub's frames over HTTP.
type Handler struct {
	Hub *Hub
	// Heartbeat is asked for the longest silence towards a client. After it, a
	// comment goes out, so that proxies and clients know the stream is alive.
	Heartbeat func() time.Duration
	// Stall is how long a client may accept nothing before it is closed, whole
	// milliseconds. One whose machine or network is gone is closed as soon, from
	// the first bytes on that it does not acknowledge.
	Stall time.Duration
	// Gate bounds the clients; nil lets everybody in.
	Gate *Gate
	// Refuse answers those who find the gate closed and are no EventSource; nil is
	// [http.Error].
	Refuse func(w http.ResponseWriter, r *http.Request, code int, detail string)

	lean atomic.Pointer[lean] // nil unless Run runs
}

// Selection is what a client wants of a hub's frames.
type Selection struct {
	Channels Set
	// Replay is how many frames to begin with, at least one.
	Replay int
	// Interval is the least time between two frames. It is rounded up to whole
	// frames; 0 is every frame.
	Interval time.Duration
}

// returnsPerSecond is the rate at which clients are asked to come back after a
// shutdown.
const returnsPerSecond = 100

type connKey struct{}

// ConnContext is for [http.Server.ConnContext]: with it, a [Handler] finds the
// connection of a request, bounds what the kernel does for it, and can take it
// over.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Serve sends what is selected until the client goes, stalls, or the hub is
// closed. The first bytes go out at once: the latest frame, preceded by those of
// the replay, or what a Last-Event-ID says that the client missed.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, want Selection) {
	gzip := acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	if r.Method == http.MethodHead {
		writeHeaders(w, gzip)
		return
	}
	from := Origin(r.RemoteAddr)
	if no := h.Gate.enter(from); no != "" {
		h.refuse(w, r, no)
		return
	}
	writeHeaders(w, gzip)
	bound(r.Context().Value(connKey{}), h.Stall)
	sub, missed, lost := h.Hub.Subscribe(Start{r.Header.Get("Last-Event-ID"), want.Replay, want.Interval})
	c := &client{coding: coding{gzip: gzip}, sub: sub, set: want.Channels, from: from, handler: h}
	if h.serveLean(w, r, c, missed, lost) {
		return
	}
	defer c.close()
	c.sink = response{w, http.NewResponseController(w)}
	if c.open(missed, lost) == nil {
		c.follow(r.Context())
	}
}

// Once sends what [Handler.Serve] begins with, and ends: for those who ask again
// and again, because something on the way holds streams back. Who has the newest
// frame already gets a comment. It passes no gate.
func (h *Handler) Once(w http.ResponseWriter, r *http.Request, want Selection) {
	gzip := acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	writeHeaders(w, gzip)
	if r.Method == http.MethodHead {
		return
	}
	sub, missed, lost := h.Hub.Subscribe(Start{r.Header.Get("Last-Event-ID"), want.Replay, want.Interval})
	defer sub.Close()
	c := &client{coding: coding{gzip: gzip}, sub: sub, set: want.Channels, handler: h}
	c.sink = response{w, http.NewResponseController(w)}
	if len(missed) == 0 {
		c.write(c.end(c.own(c.begin(nil), heartbeat)))
		return
	}
	if c.open(missed, lost) == nil {
		c.write(c.end(nil))
	}
}

func writeHeaders(w http.ResponseWriter, gzip bool) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Accel-Buffering", "no")
	header.Add("Vary", "Accept-Encoding")
	if gzip {
		header.Set("Content-Encoding", "gzip")
	}
}

// refuse asks a client to come back later. EventSource would give up for good on
// any answer but that of a stream, so it gets one that ends at once.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, why refusal) {
	h.Hub.counters.refused.Add(1)
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	retry := (15*time.Second + rand.N(30*time.Second)).Truncate(time.Millisecond)
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		writeHeaders(w, false)
		data := fmt.Appendf(nil, `{"retry_seconds":%.3f,"reason":%q}`, retry.Seconds(), why)
		w.Write(Event{Retry: retry, Name: "full", Data: data}.AppendTo(nil))
		return
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	if h.Refuse == nil {
		http.Error(w, string(why), why.status())
		return
	}
	h.Refuse(w, r, why.status(), string(why))
}

var heartbeat = appendComment(nil, "heartbeat")

func appendGap(dst []byte, lost Range) []byte {
	data := fmt.Appendf(nil, `{"from":%d,"to":%d}`, lost.From, lost.To)
	return Event{Name: "gap", Data: data}.AppendTo(dst)
}

// firstRetry is when a client is to come back that loses its connection without
// a word: soon, and not all at once.
func firstRetry() time.Duration {
	return time.Second + rand.N(time.Second).Truncate(time.Millisecond)
}

// bye says that the server ends, and asks each client to return at a time of
// its own, so that a restart is no stampede.
func (h *Hub) bye() []byte {
	spread := max(2*time.Second, time.Duration(h.left)*time.Second/returnsPerSecond)
	retry := (time.Second + rand.N(spread)).Truncate(time.Millisecond)
	data := fmt.Appendf(nil, `{"retry_seconds":%.3f}`, retry.Seconds())
	return Event{Retry: retry, Name: "bye", Data: data}.AppendTo(nil)
}
