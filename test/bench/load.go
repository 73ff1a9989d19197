package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// clientele is whom a load process plays.
type clientele struct {
	port, count int
	path        string
	gzip        bool
	end         string // of an event
}

// arguments start the process of the clients.
func (c clientele) arguments() []string {
	return []string{"load", fmt.Sprint("-port=", c.port), fmt.Sprint("-count=", c.count), "-path=" + c.path,
		fmt.Sprint("-gzip=", c.gzip), "-end=" + strconv.Quote(c.end)}
}

func parseClientele(arguments []string) (c clientele, err error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.IntVar(&c.port, "port", 0, "")
	flags.IntVar(&c.count, "count", 0, "")
	flags.StringVar(&c.path, "path", "", "")
	flags.BoolVar(&c.gzip, "gzip", false, "")
	quoted := flags.String("end", "", "")
	if err := flags.Parse(arguments); err != nil {
		return c, err
	}
	c.end, err = strconv.Unquote(*quoted)
	return c, err
}

// load is the process of the clients: it opens their streams at a port of
// loopback, says so, and then answers what the lines of its input ask.
func load(arguments []string) error {
	who, err := parseClientele(arguments)
	if err != nil {
		return err
	}
	if _, err := raiseDescriptors(); err != nil {
		return err
	}
	c, err := newClients(who)
	if err != nil {
		return err
	}
	go c.read()
	for i := range who.count {
		if err := c.connect(i); err != nil {
			return fmt.Errorf("client %d: %w", i, err)
		}
	}
	fmt.Println(who.count)
	return answer(c.command)
}

func (c *clients) command(words []string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch words[0] {
	case "reset":
		c.reset()
		return "reset", nil
	case "received":
		return c.received(), nil
	case "spread":
		return c.spread(), nil
	case "delays":
		return c.percentiles(), nil
	case "goodbyes":
		return fmt.Sprint(c.goodbyes), nil
	case "stop":
		every, err := strconv.Atoi(words[1])
		if err != nil {
			return "", err
		}
		return "stopped", c.stop(every)
	}
	return "", fmt.Errorf("no command %q", words[0])
}

// clients are sockets that look for the ends of events and keep nothing else of
// what they read, so that the load leaves the cores to the server.
type clients struct {
	clientele
	poll    int
	sockets []int

	mu       sync.Mutex
	events   []uint32 // of each client since reset
	matched  []uint8  // of the end of an event that was cut
	first    []int64  // by the number of the event: when the first client had it
	last     []int64  // and the last one
	delays   []int64  // of every event that says when it was published
	gone     int      // closed by the server
	goodbyes int      // clients that were told goodbye
}

func newClients(c clientele) (*clients, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &clients{clientele: c, poll: poll, sockets: make([]int, c.count), events: make([]uint32, c.count), matched: make([]uint8, c.count)}, nil
}

// clientsPerAddress keeps the ports of one source address from running short.
const clientsPerAddress = 4000

func (c *clients) connect(i int) error {
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
	if err := unix.Connect(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: c.port}); err != nil {
		return err
	}
	if err := unix.SetNonblock(socket, true); err != nil {
		return err
	}
	if _, err := unix.Write(socket, []byte(c.request())); err != nil {
		return err
	}
	return unix.EpollCtl(c.poll, unix.EPOLL_CTL_ADD, socket, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)})
}

func (c clientele) request() string {
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n", c.path, c.port)
	if c.gzip {
		request += "Accept-Encoding: gzip\r\n"
	}
	return request + "\r\n"
}

// stop has each of so many clients read no more, and hardly receive.
func (c *clients) stop(every int) error {
	for i := 0; i < len(c.sockets); i += every {
		if err := unix.EpollCtl(c.poll, unix.EPOLL_CTL_DEL, c.sockets[i], nil); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(c.sockets[i], unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
			return err
		}
	}
	return nil
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
		c.mu.Lock()
		for _, event := range ready[:max(n, 0)] {
			c.readOne(int(event.Fd), buffer)
		}
		c.mu.Unlock()
	}
}

func (c *clients) readOne(i int, buffer []byte) {
	n, err := unix.Read(c.sockets[i], buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
	case n <= 0:
		c.gone++
		unix.Close(c.sockets[i])
	default:
		c.look(i, buffer[:n])
	}
}

// look finds the ends of events in what a client has received.
func (c *clients) look(i int, received []byte) {
	if bytes.Contains(received, []byte("event: bye")) {
		c.goodbyes++
	}
	matched := int(c.matched[i])
	for at := 0; at < len(received); at++ {
		if matched == 0 {
			next := bytes.IndexByte(received[at:], c.end[0])
			if next < 0 {
				break
			}
			at += next
		}
		switch {
		case received[at] == c.end[matched]:
			matched++
		case received[at] == c.end[0]:
			matched = 1
		default:
			matched = 0
		}
		if matched == len(c.end) {
			matched = 0
			c.note(i, received[:max(0, at+1-len(c.end))])
		}
	}
	c.matched[i] = uint8(matched)
}

// note notes an event, of which before is what was received before its end.
func (c *clients) note(i int, before []byte) {
	now, number := monotonic(), int(c.events[i])
	c.events[i]++
	for number >= len(c.first) {
		c.first, c.last = append(c.first, now), append(c.last, now)
	}
	c.last[number] = now
	if len(before) < stampSize {
		return
	}
	stamp, err := strconv.ParseInt(string(before[len(before)-stampSize:]), 10, 64)
	if err == nil {
		c.delays = append(c.delays, now-stamp)
	}
}

func (c *clients) reset() {
	clear(c.events)
	c.first, c.last, c.delays = c.first[:0], c.last[:0], c.delays[:0]
}

// received is how many events came, the fewest and most of one client, and how
// many connections the server has closed.
func (c *clients) received() string {
	total, least, most := uint64(0), ^uint32(0), uint32(0)
	for _, n := range c.events {
		total, least, most = total+uint64(n), min(least, n), max(most, n)
	}
	return fmt.Sprint(total, " ", least, " ", most, " ", c.gone)
}

// spread is the time from the first client of an event to the last, the median and
// the longest.
func (c *clients) spread() string {
	spreads := make([]int64, len(c.first))
	for i := range spreads {
		spreads[i] = c.last[i] - c.first[i]
	}
	return fmt.Sprint(median(spreads), " ", slices.Max(spreads))
}

// percentiles are of the delays: half, 99 of 100, and all are no longer.
func (c *clients) percentiles() string {
	sorted := slices.Sorted(slices.Values(c.delays))
	n := len(sorted)
	return fmt.Sprint(sorted[n/2], " ", sorted[n*99/100], " ", sorted[n-1])
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
