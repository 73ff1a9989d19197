package test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wire passes connections on to a server, and can be cut.
type wire struct {
	t       *testing.T
	address string // where it listens
	server  string

	mu       sync.Mutex
	listener net.Listener // nil while down
	open     map[net.Conn]bool
	serving  sync.WaitGroup
}

// newWire returns a wire to a server that is up until the test ends.
func newWire(t *testing.T, server string) *wire {
	t.Helper()
	w := &wire{t: t, address: freeAddress(t), server: server, open: map[net.Conn]bool{}}
	w.up()
	t.Cleanup(func() {
		w.down()
		w.serving.Wait()
	})
	return w
}

// up accepts connections.
func (w *wire) up() {
	w.t.Helper()
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener = listener
	w.serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			w.serving.Go(func() { w.pass(client) })
		}
	})
}

// cut ends all connections.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		c.Close()
	}
}

// down ends all connections and refuses new ones.
func (w *wire) down() {
	w.mu.Lock()
	if w.listener != nil {
		w.listener.Close()
		w.listener = nil
	}
	w.mu.Unlock()
	w.cut()
}

// pass carries bytes both ways until either end is gone.
func (w *wire) pass(client net.Conn) {
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		client.Close()
		return
	}
	if !w.track(client, server) {
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			io.Copy(way[0], way[1])
			client.Close()
			server.Close()
		})
	}
	both.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, client)
	delete(w.open, server)
}

// track notes connections that a cut is to end. A wire that is down takes none.
func (w *wire) track(connections ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range connections {
		if w.listener == nil {
			c.Close()
		} else {
			w.open[c] = true
		}
	}
	return w.listener != nil
}
