package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// load is the process of the clients: it opens count streams at a port of
// loopback, says so, and then answers what the lines of its input ask.
func load(port string, count int) error {
	if _, err := raiseDescriptors(); err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	c, err := newClients(count)
	if err != nil {
		return err
	}
	go c.read()
	for i := range count {
		if err := c.connect(i, number); err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
	}
	fmt.Println(count)
	return answer(func(words []string) (string, error) {
		switch words[0] {
		case "reset":
			c.reset()
			return "reset", nil
		case "received":
			total, least, most := c.received()
			return fmt.Sprint(total, " ", least, " ", most, " ", c.gone.Load()), nil
		}
		return "", fmt.Errorf("no command %q", words[0])
	})
}

// clients are sockets that count marks and keep nothing else of what they read,
// so that the load leaves the cores to the server.
type clients struct {
	poll    int
	sockets []int
	events  []atomic.Uint64 // of each client since reset
	gone    atomic.Int64    // closed by the server
}

func newClients(count int) (*clients, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &clients{poll: poll, sockets: make([]int, count), events: make([]atomic.Uint64, count)}, nil
}

// clientsPerAddress keeps the ports of one source address from running short.
const clientsPerAddress = 4000

func (c *clients) connect(i, port int) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.sockets[i] = socket
	// A client that ends with a reset leaves no port in TIME_WAIT.
	if err := unix.SetsockoptLinger(socket, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(socket, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return err
	}
	source := [4]byte{127, 0, 0, byte(1 + i/clientsPerAddress)}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: source}); err != nil {
		return err
	}
	if err := unix.Connect(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
		return err
	}
	if err := unix.SetNonblock(socket, true); err != nil {
		return err
	}
	request := fmt.Sprintf("GET /?stream=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n", r3Stream, port)
	if _, err := unix.Write(socket, []byte(request)); err != nil {
		return err
	}
	return unix.EpollCtl(c.poll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)})
}

// read counts for as long as the process lives.
func (c *clients) read() {
	ready := make([]unix.EpollEvent, 512)
	buffer := make([]byte, 64<<10)
	for {
		n, err := unix.EpollWait(c.poll, ready, -1)
		if err != nil && err != unix.EINTR {
			fmt.Fprintln(os.Stderr, "bench: load: epoll:", err)
			os.Exit(1)
		}
		for _, event := range ready[:max(n, 0)] {
			c.readOne(int(event.Fd), buffer)
		}
	}
}

func (c *clients) readOne(i int, buffer []byte) {
	n, err := unix.Read(c.sockets[i], buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
	case n <= 0:
		c.gone.Add(1)
		unix.Close(c.sockets[i])
	default:
		c.events[i].Add(uint64(bytes.Count(buffer[:n], []byte{mark})))
	}
}

func (c *clients) reset() {
	for i := range c.events {
		c.events[i].Store(0)
	}
}

// received is how many events came, and the fewest and most of one client.
func (c *clients) received() (total, least, most uint64) {
	least = ^uint64(0)
	for i := range c.events {
		n := c.events[i].Load()
		total, least, most = total+n, min(least, n), max(most, n)
	}
	return total, least, most
}

// receipt is what clients have received since the last reset.
type receipt struct {
	total, least, most uint64
	gone               int
}

func (l *child) receipt() (r receipt, err error) {
	err = l.ask("received", &r.total, &r.least, &r.most, &r.gone)
	return r, err
}

// awaitEvents waits until each client has at least count events, or until
// nothing more has come for as long as quiet.
func (l *child) awaitEvents(count uint64, quiet time.Duration) (receipt, error) {
	before, since := uint64(0), time.Now()
	for {
		r, err := l.receipt()
		if err != nil || r.least >= count || time.Since(since) > quiet {
			return r, err
		}
		if r.total != before {
			before, since = r.total, time.Now()
		}
		time.Sleep(5 * time.Millisecond)
	}
}
