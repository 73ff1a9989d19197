package stream

import (
	"bytes"
	"net"
	"net/http"
	"time"
)

// Run serves clients in the lean way until the hub is closed, and then returns
// when each of them was told goodbye. While it runs, [Handler.Serve] hands the
// plain HTTP/1 connections over to it, and returns once they have what they are
// to have first. net/http then has no part in them: its buffers and goroutine
// are free again, and Shutdown does not wait for them, so wait for Run.
//
// Without it, and for HTTP/2 and TLS, and on other systems than Linux, each
// client stays on the goroutine of its request.
func (h *Handler) Run() error {
	f, err := newFleet(h)
	if err != nil {
		return err
	}
	h.fleet.Store(f)
	defer h.fleet.Store(nil)
	f.run()
	return nil
}

// takeOver takes the connection of a request from net/http and writes the head
// of its answer. The body then ends with the connection. ok is false when the
// connection is not one for that; nothing has happened to it then.
func (h *Handler) takeOver(w http.ResponseWriter, r *http.Request) (c *net.TCPConn, ok bool) {
	tcp, plain := r.Context().Value(connKey{}).(*net.TCPConn) // and nothing around it, such as TLS
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
	tcp.SetWriteDeadline(time.Now().Add(h.Stall))
	if _, err := tcp.Write(head.Bytes()); err != nil {
		tcp.Close()
		return nil, true
	}
	return tcp, true
}

// unbuffered is a connection that has nothing to flush.
type unbuffered struct{ *net.TCPConn }

func (unbuffered) Flush() error { return nil }
