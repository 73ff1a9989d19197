package stream

import (
	"bytes"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// lean is the fleets that share the clients of one handler.
type lean struct {
	fleets []*fleet
	next   atomic.Uint32
}

// fleets is how many cores one hub may keep busy with writing: half of them, and
// no more than a few. The machine has other things to do, and to write on every
// core at once costs a sixth more for each client.
func fleets() int { return max(1, min(runtime.NumCPU()/2, 4)) }

// Run serves clients in the lean way until the hub is closed, and then returns
// when each of them was told goodbye. While it runs, [Handler.Serve] hands the
// plain HTTP/1 connections over to it, and returns once they have what they are
// to have first. net/http then has no part in them: its buffers and goroutine
// are free again, and Shutdown does not wait for them, so wait for Run.
//
// Without it, and for HTTP/2 and TLS, and on other systems than Linux, each
// client stays on the goroutine of its request.
func (h *Handler) Run() error {
	l := &lean{}
	for range fleets() {
		f, err := newFleet(h)
		if err != nil {
			l.discard()
			return err
		}
		l.fleets = append(l.fleets, f)
	}
	h.lean.Store(l)
	defer h.lean.Store(nil)
	var running sync.WaitGroup
	for _, f := range l.fleets {
		running.Go(f.run)
	}
	running.Wait()
	return nil
}

// discard gives back fleets that have not run.
func (l *lean) discard() {
	for _, f := range l.fleets {
		f.discard()
	}
}

// pick returns the fleets in turn.
func (l *lean) pick() *fleet { return l.fleets[int(l.next.Add(1)%uint32(len(l.fleets)))] }

// serveLean takes the connection of a client over, sends what it is to have
// first, and hands it to a fleet. It reports false, and has done nothing, when the
// connection stays with net/http.
func (h *Handler) serveLean(w http.ResponseWriter, r *http.Request, c *client, missed []*Frame, lost Range) bool {
	l := h.lean.Load()
	if l == nil {
		return false
	}
	f := l.pick()
	if !f.admit(r) {
		return false
	}
	defer f.dismiss(r)
	conn, taken := h.takeOver(w, r)
	if conn == nil {
		if taken { // and broken already
			c.close()
		}
		return taken
	}
	c.sink = unbuffered{conn}
	if c.open(missed, lost) == nil {
		if f.join(conn, c) {
			return true
		}
		if h.Hub.isClosed() { // and the fleet is dissolved
			c.goodbye()
		}
	}
	conn.Close()
	c.close()
	return true
}

// takeOver takes the connection of a request from net/http and writes the head
// of its answer. The body then ends with the connection. ok is false when the
// connection is not one for that; nothing has happened to it then.
func (h *Handler) takeOver(w http.ResponseWriter, r *http.Request) (c socket, ok bool) {
	c, plain := connection(r)
	if !plain || r.ProtoMajor != 1 {
		return nil, false
	}
	if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
		return nil, false
	}
	header := w.Header()
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	header.Write(&head)
	head.WriteString("\r\n")
	c.SetWriteDeadline(time.Now().Add(h.Stall))
	if _, err := c.Write(head.Bytes()); err != nil {
		c.Close()
		return nil, true
	}
	return c, true
}

// socket is a connection of the kernel's and nothing around it, such as TLS.
type socket interface {
	net.Conn
	syscall.Conn
}

// connection is the one that [ConnContext] noted of a request.
func connection(r *http.Request) (c socket, ok bool) {
	c, ok = r.Context().Value(connKey{}).(socket)
	return c, ok
}

// unbuffered is a connection that has nothing to flush.
type unbuffered struct{ socket }

func (unbuffered) Flush() error { return nil }
