package stream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"time"
)

const (
	// writeSize is the most that one write deadline covers.
	writeSize = 16 << 10
	// farewell is how long a client may accept nothing once the hub is closed.
	farewell = time.Second
	// openWithin is how long a client may take to accept what it is to have first:
	// all of that is kept for it meanwhile.
	openWithin = 5 * time.Minute
)

// client is one connection, as long as it is on the goroutine of its request.
type client struct {
	sink
	coding
	sub     *Subscriber
	set     Set
	from    netip.Addr // as the gate knows it
	handler *Handler
	until   time.Time // the end of its opening, zero after that
}

// close ends what the client is counted in. Its connection is another's.
func (c *client) close() {
	c.handler.Gate.leave(c.from) // first, so that whoever sees it gone finds room
	c.sub.Close()
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

// open sends all that a client is to have before it waits. The retry line is
// left for the next block to go on with, since some clients heed it only in one
// that has data.
func (c *client) open(missed []*Frame, lost Range) error {
	c.until = time.Now().Add(openWithin)
	defer func() { c.until = time.Time{} }()
	text := appendComment(nil, "tacho")
	text = appendRetry(text, firstRetry())
	if lost != (Range{}) {
		text = appendGap(text, lost)
	}
	b := c.own(c.begin(nil), text)
	for i, f := range missed {
		missed[i] = nil // so that the ring may forget it
		b = append(b, c.shared(f.Kept, c.set)...)
		if len(b) < writeSize {
			continue
		}
		if err := c.send(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if f := c.sub.Latest(); f != nil {
		b = append(b, c.shared(f.Live, c.set)...)
	}
	return c.write(b)
}

// follow sends each newer frame, a heartbeat when there is none for long, and a
// goodbye when the hub closes.
func (c *client) follow(ctx context.Context) {
	silence := time.NewTimer(c.handler.Heartbeat())
	defer silence.Stop()
	for {
		sent, err := true, error(nil)
		select {
		case <-c.sub.Newer():
			sent, err = c.writeNext()
		case <-silence.C:
			err = c.write(c.own(nil, heartbeat))
		case <-c.hub().closed:
			c.goodbye()
			return
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		if sent {
			silence.Reset(c.handler.Heartbeat())
		}
	}
}

// writeNext sends the newest frame, if it is due, and before it the word on those
// that were passed over.
func (c *client) writeNext() (sent bool, err error) {
	f, skipped := c.sub.Next()
	if f == nil {
		return false, nil
	}
	if skipped != (Range{}) {
		if err := c.send(c.own(nil, appendGap(nil, skipped))); err != nil {
			return false, err
		}
	}
	if err := c.send(c.shared(f.Kept, c.set)); err != nil {
		return false, err
	}
	if err := c.write(c.shared(f.Live, c.set)); err != nil {
		return false, err
	}
	c.hub().counters.delivered(1, time.Since(c.sub.at.since))
	return true, nil
}

func (c *client) goodbye() {
	c.write(c.end(c.own(nil, c.hub().bye()))) // whoever does not take it goes without
}

func (c *client) hub() *Hub { return c.handler.Hub }

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
		stall := c.handler.Stall
		if c.hub().isClosed() {
			stall = min(stall, farewell)
		}
		c.SetWriteDeadline(c.deadline(stall))
		if _, err := c.Write(b[:n]); err != nil {
			return c.failed(err)
		}
		c.hub().counters.sent.Add(uint64(n))
		b = b[n:]
	}
	return nil
}

// deadline is after d, or the end of the opening before that.
func (c *client) deadline(d time.Duration) time.Time {
	at := time.Now().Add(d)
	if !c.until.IsZero() && c.until.Before(at) {
		return c.until
	}
	return at
}

// flush pushes out what was sent, under the deadline of that, and clears it: on
// HTTP/2 one that passes between two ticks would end the stream.
func (c *client) flush() error {
	err := c.Flush()
	c.SetWriteDeadline(time.Time{})
	return c.failed(err)
}

// failed counts a client that has accepted nothing for too long.
func (c *client) failed(err error) error {
	timedOut := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT)
	if timedOut && !c.hub().isClosed() {
		c.hub().counters.stalled.Add(1)
	}
	return err
}
