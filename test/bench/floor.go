package main

import (
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// floor is what no server can go below: one write() a socket for each event, in
// a loop, without goroutines, buffers, deadlines or a thought for slow clients.
type floor struct {
	mu      sync.Mutex
	sockets []int
}

const floorHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

func (f *floor) serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		if err := f.accept(c.(*net.TCPConn)); err != nil {
			return err
		}
	}
}

// accept takes the descriptor away from the Go runtime, whose poller would cost
// memory.
func (f *floor) accept(c *net.TCPConn) error {
	defer c.Close()
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var socket int
	var dupErr error
	if err := raw.Control(func(fd uintptr) {
		socket, dupErr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil || dupErr != nil {
		return err
	}
	write(socket, []byte(floorHead))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sockets = append(f.sockets, socket)
	return nil
}

func (f *floor) publish(data []byte) {
	event := append(append([]byte("data: "), data...), "\n\n"...)
	f.mu.Lock()
	defer f.mu.Unlock()
	alive := f.sockets[:0]
	for _, socket := range f.sockets {
		if write(socket, event) {
			alive = append(alive, socket)
		} else {
			unix.Close(socket)
		}
	}
	f.sockets = alive
}

// write reports whether the client is still there.
func write(socket int, b []byte) bool {
	_, err := unix.Write(socket, b)
	return err == nil || err == unix.EAGAIN
}
