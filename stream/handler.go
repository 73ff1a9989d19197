package stream

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Handler serves a hub's frames over HTTP.
type Handler struct {
	Hub *Hub
	// Heartbeat is asked for the longest silence towards a client. After it, a
	// comment goes out, so that proxies and clients know the stream is alive.
	Heartbeat func() time.Duration
	// Stall is how long a client may accept nothing before it is closed.
	Stall time.Duration
	// Limit is how many clients there may be; 0 is no limit. One more is asked to
	// come back later, with an answer that EventSource takes for a stream: any
	// other it would give up on for good.
	Limit int

	fleet atomic.Pointer[fleet] // set while Run runs
}

const (
	// sendBuffer bounds what the kernel queues for a client that has stopped
	// reading; Linux doubles it. Left alone, the buffer grows to 4 MiB, and such
	// a client goes unnoticed for minutes.
	sendBuffer = 64 << 10
	// writeSize is the most that one write deadline covers.
	writeSize = 16 << 10
	// farewell is how long a client may accept nothing once the hub is closed.
	farewell = time.Second
	// returnsPerSecond is the rate at which clients are asked to come back after
	// a shutdown.
	returnsPerSecond = 100
)

type connKey struct{}

// ConnContext is for [http.Server.ConnContext]: with it, a [Handler] finds the
// connection of a request, bounds its send buffer, and can take it over.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// boundBuffer sets the send buffer of a connection that [ConnContext] noted.
func boundBuffer(c any) {
	if wrapped, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = wrapped.NetConn()
	}
	if socket, ok := c.(interface{ SetWriteBuffer(int) error }); ok {
		socket.SetWriteBuffer(sendBuffer) // an unbounded buffer is a worse stream, not a broken one
	}
}

// Serve sends the channels of set until the client goes, stalls, or the hub is
// closed. The first bytes go out at once: the latest frame, preceded by up to
// replay-1 kept ones, or what a Last-Event-ID says that the client missed.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, set Set, replay int) {
	writeHeaders(w)
	if r.Method == http.MethodHead {
		return
	}
	if h.Limit > 0 && h.Hub.subscribers.Load() >= int64(h.Limit) {
		w.Header().Set("Connection", "close")
		w.Write(full())
		return
	}
	boundBuffer(r.Context().Value(connKey{}))
	sub, missed, lost := h.Hub.Subscribe(Start{LastEventID: r.Header.Get("Last-Event-ID"), Replay: replay})
	if h.serveLean(w, r, sub, missed, lost, set) {
		return
	}
	defer sub.Close()
	c := &client{sink: response{w, http.NewResponseController(w)}, stall: h.Stall, hub: h.Hub}
	if c.open(sub, missed, lost, set) != nil {
		return
	}
	h.follow(r.Context(), c, sub, set)
}

// serveLean takes the connection over, sends what it is to have first, and hands
// it to the fleet with the subscriber. It reports false, and has done nothing,
// when the connection stays with net/http.
func (h *Handler) serveLean(w http.ResponseWriter, r *http.Request, sub *Subscriber, missed []*Frame, lost Range, set Set) bool {
	f := h.fleet.Load()
	if f == nil || !f.admit(r) {
		return false
	}
	defer f.dismiss(r)
	conn, taken := h.takeOver(w, r)
	if conn == nil {
		if taken { // and broken already
			sub.Close()
		}
		return taken
	}
	c := &client{sink: unbuffered{conn}, stall: h.Stall, hub: h.Hub}
	if c.open(sub, missed, lost, set) == nil {
		if f.join(conn, sub, set) {
			return true
		}
		if h.Hub.isClosed() { // and the fleet is dissolved
			c.write(h.Hub.bye())
		}
	}
	conn.Close()
	sub.Close()
	return true
}

func writeHeaders(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Accel-Buffering", "no")
}

func appendGap(dst []byte, lost Range) []byte {
	data := fmt.Appendf(nil, `{"from":%d,"to":%d}`, lost.From, lost.To)
	return Event{Name: "gap", Data: data}.AppendTo(dst)
}

// follow sends each newer frame, a heartbeat when there is none for long, and a
// goodbye when the hub closes.
func (h *Handler) follow(ctx context.Context, c *client, sub *Subscriber, set Set) {
	silence := time.NewTimer(h.Heartbeat())
	defer silence.Stop()
	for {
		var err error
		select {
		case <-sub.Newer():
			err = c.writeFrame(sub, set)
		case <-silence.C:
			err = c.write(appendComment(nil, "heartbeat"))
		case <-h.Hub.closed:
			c.write(h.Hub.bye())
			return
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		silence.Reset(h.Heartbeat())
	}
}

// bye says that the server ends, and asks each client to return at a time of
// its own, so that a restart is no stampede.
func (h *Hub) bye() []byte {
	spread := max(2*time.Second, time.Duration(h.leave)*time.Second/returnsPerSecond)
	retry := (time.Second + rand.N(spread)).Truncate(time.Millisecond)
	data := fmt.Appendf(nil, `{"retry_seconds":%.3f}`, retry.Seconds())
	return Event{Retry: retry, Name: "bye", Data: data}.AppendTo(nil)
}

// full says that there is no room for one more client.
func full() []byte {
	retry := (15*time.Second + rand.N(30*time.Second)).Truncate(time.Millisecond)
	data := fmt.Appendf(nil, `{"retry_seconds":%.3f}`, retry.Seconds())
	return Event{Retry: retry, Name: "full", Data: data}.AppendTo(nil)
}

// client is the writing side of one connection.
type client struct {
	sink
	hub   *Hub
	stall time.Duration
}

// sink is a connection as net/http shows it, or as it is.
type sink interface {
	io.Writer
	SetWriteDeadline(time.Time) error
	Flush() error
}

type response struct {
	http.ResponseWriter
	*http.ResponseController
}

// writeFrame sends the frame that sub steps to, and before it what sub skipped.
func (c *client) writeFrame(sub *Subscriber, set Set) error {
	f, skipped := sub.Next()
	if skipped != (Range{}) {
		if err := c.send(appendGap(nil, skipped)); err != nil {
			return err
		}
	}
	if err := c.send(f.Kept.Bytes(set)); err != nil {
		return err
	}
	if err := c.send(f.Live.Bytes(set)); err != nil {
		return err
	}
	return c.flush()
}

// open sends all that a client is to have before it waits. The retry line is
// left for the next block to go on with, since some clients heed it only in one
// that has data.
func (c *client) open(sub *Subscriber, missed []*Frame, lost Range, set Set) error {
	b := appendComment(nil, "tacho")
	b = fmt.Appendf(b, "retry: %d\n", 1000+rand.IntN(1000))
	if lost != (Range{}) {
		b = appendGap(b, lost)
	}
	for _, f := range missed {
		b = f.Kept.AppendTo(b, set)
		if len(b) < writeSize {
			continue
		}
		if err := c.send(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if f := sub.Latest(); f != nil {
		b = append(b, f.Live.Bytes(set)...)
	}
	return c.write(b)
}

func (c *client) write(b []byte) error {
	if err := c.send(b); err != nil {
		return err
	}
	return c.flush()
}

// send hands b to the connection. A client that keeps accepting something is
// slow but alive, so the deadline starts anew with each part.
func (c *client) send(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), writeSize)
		stall := c.stall
		if c.hub.isClosed() {
			stall = min(stall, farewell)
		}
		c.SetWriteDeadline(time.Now().Add(stall))
		if _, err := c.Write(b[:n]); err != nil {
			return err
		}
		c.hub.sent.Add(uint64(n))
		b = b[n:]
	}
	return nil
}

// flush pushes out what was sent, under the deadline of that, and clears it: on
// HTTP/2 one that passes between two ticks would end the stream.
func (c *client) flush() error {
	err := c.Flush()
	c.SetWriteDeadline(time.Time{})
	return err
}
