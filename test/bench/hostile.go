package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// hostile measures what many, slow and vanishing clients do to tacho.
func hostile(ctx context.Context, p plan) error {
	return errors.Join(held(ctx, p), slow(ctx, p), killed(ctx, p), ended(ctx))
}

// openTacho starts the server of the fan-out with subscribers, who have all had an
// event.
func openTacho(ctx context.Context, subscribers int) (server, clients *child, port int, err error) {
	server, err = startChild(ctx, "serve", tachoName)
	if err != nil {
		return nil, nil, 0, err
	}
	if err = server.ask("", &port); err == nil {
		who := clienteleOf(tachoName, port)
		who.count = subscribers
		clients, err = subscribe(ctx, server, who, 1)
	}
	if err != nil {
		server.end()
	}
	return server, clients, port, err
}

// most is how many clients two processes of the permitted descriptors can have.
const most = 19_000

// held has as many clients as possible for as long as a minute.
func held(ctx context.Context, p plan) error {
	steps, err := affordable([]step{{most, 1, p.held}})
	if err != nil || len(steps) == 0 {
		return err
	}
	server, clients, _, err := openTacho(ctx, most)
	if err != nil {
		return err
	}
	defer server.end()
	defer clients.end()
	r, err := deliver(server, clients, steps[0])
	if err != nil {
		return err
	}
	last, err := clients.receipt()
	if err != nil {
		return err
	}
	var middle, longest time.Duration
	if err := clients.ask("spread", &middle, &longest); err != nil {
		return err
	}
	title("%d clients for %d s, one event of %d bytes a second", most, p.held, payloadSize)
	t := newTable("", "events", "lost", "closed", "first to last client ms", "at most ms", "CPU/event us")
	t.add(tachoName, strconv.Itoa(p.held), strconv.Itoa(r.lost), strconv.Itoa(last.gone), milliseconds(middle), milliseconds(longest),
		fmt.Sprintf("%.2f", r.cpu))
	t.print()
	return nil
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }

// slow has one client of a hundred stop reading, and sees what the others notice.
func slow(ctx context.Context, p plan) error {
	const subscribers, every, rate = 1000, 100, 10
	server, clients, port, err := openTacho(ctx, subscribers)
	if err != nil {
		return err
	}
	defer server.end()
	defer clients.end()
	title("%d clients, %d events a second: how long an event takes from being published to being read", subscribers, rate)
	t := newTable("", "half ms", "99 of 100 ms", "all ms")
	defer t.print()
	if err := t.addDelays("all read", server, clients, p.slow, rate); err != nil {
		return err
	}
	if err := clients.ask(fmt.Sprint("stop ", every), new(string)); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	queued := make(chan int, 1)
	go func() { queued <- longestQueue(watching, port) }()
	err = t.addDelays("1 of 100 does not read", server, clients, p.slow, rate)
	evicted, fault := awaitSubscribers(ctx, server, subscribers-subscribers/every)
	stop()
	t.note = fmt.Sprintf("Who did not read was closed within %.1f s; the kernel had queued up to %d KB for one.",
		(p.slow + evicted).Seconds(), <-queued>>10)
	return errors.Join(err, fault)
}

// addDelays publishes for as long as d and adds a row of what it took.
func (t *table) addDelays(name string, server, clients *child, d time.Duration, rate int) error {
	if err := clients.ask("reset", new(string)); err != nil {
		return err
	}
	if err := server.ask(fmt.Sprintf("publish %d %d", int(d.Seconds())*rate, rate), new(int64)); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	var half, most, all time.Duration
	if err := clients.ask("delays", &half, &most, &all); err != nil {
		return err
	}
	t.add(name, milliseconds(half), milliseconds(most), milliseconds(all))
	return nil
}

// awaitSubscribers publishes until there are no more than so many, and returns how
// long that took.
func awaitSubscribers(ctx context.Context, server *child, want int) (time.Duration, error) {
	begin := time.Now()
	for ctx.Err() == nil {
		var subscribers, stalled int
		if err := server.ask("stats", &subscribers, &stalled); err != nil {
			return 0, err
		}
		if subscribers <= want {
			return time.Since(begin), nil
		}
		if time.Since(begin) > time.Minute {
			return 0, fmt.Errorf("%d clients are left, want %d", subscribers, want)
		}
		if err := server.ask("publish 1 10", new(int64)); err != nil {
			return 0, err
		}
	}
	return 0, ctx.Err()
}

// longestQueue is the most that the kernel has queued for one connection of a
// port of loopback, until ctx ends. Source: /proc/net/tcp, tx_queue.
func longestQueue(ctx context.Context, port int) (longest int) {
	local := fmt.Sprintf("0100007F:%04X", port)
	for ctx.Err() == nil {
		text, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			return longest
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 4 && fields[1] == local {
				queue, _, _ := strings.Cut(fields[4], ":")
				n, _ := strconv.ParseInt(queue, 16, 64)
				longest = max(longest, int(n))
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return longest
}

// usage is what clients may leave behind.
type usage struct {
	subscribers, descriptors, goroutines int
	resident                             float64
}

func (r *running) usage(ctx context.Context) (u usage, err error) {
	body, err := r.open(ctx, "/api/v1/snapshot?channels=self")
	if err != nil {
		return u, err
	}
	defer body.Close()
	var s struct {
		Self struct {
			Data struct {
				Subscribers int
				Goroutines  int
				Resident    float64 `json:"resident_bytes"`
			}
		}
	}
	if err := json.NewDecoder(body).Decode(&s); err != nil {
		return u, err
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid))
	return usage{s.Self.Data.Subscribers, len(open), s.Self.Data.Goroutines, s.Self.Data.Resident}, err
}

// killed has clients come and go: with a FIN, with a RST, and without a word.
func killed(ctx context.Context, p plan) error {
	program, err := startTacho(ctx)
	if err != nil {
		return err
	}
	defer program.end()
	time.Sleep(settling)
	before, err := program.usage(ctx)
	if err != nil {
		return err
	}
	vanished, err := comeAndGo(strings.TrimPrefix(program.url, "http://"), p.cycles)
	for _, c := range vanished {
		defer c.Close()
	}
	if err != nil {
		return err
	}
	begin, after := time.Now(), usage{subscribers: 1}
	for after.subscribers > 0 && time.Since(begin) < time.Minute {
		time.Sleep(500 * time.Millisecond)
		if after, err = program.usage(ctx); err != nil {
			return err
		}
	}
	gone := time.Since(begin)
	title("%d clients that come and go, a third each with FIN, RST and without a word (bin/tacho)", p.cycles)
	t := newTable("", "streams", "descriptors", "goroutines", "RSS MB")
	for i, u := range []usage{before, after} {
		t.add([]string{"before", "after"}[i], strconv.Itoa(u.subscribers), strconv.Itoa(u.descriptors), strconv.Itoa(u.goroutines), fmt.Sprintf("%.1f", u.resident/(1<<20)))
	}
	t.note = fmt.Sprintf("All were gone %.1f s after the last; those without a word take as long as nobody acknowledges.", gone.Seconds())
	t.print()
	return nil
}

// comeAndGo returns the connections that have vanished: nothing arrives at them.
func comeAndGo(address string, count int) (vanished []net.Conn, err error) {
	const together = 8
	var mu sync.Mutex
	var all sync.WaitGroup
	for worker := range together {
		all.Go(func() {
			for i := worker; i < count; i += together {
				c, fault := openStream(address)
				mu.Lock()
				if err = cmp.Or(err, fault); fault == nil && i%3 == 2 {
					vanished = append(vanished, c)
				}
				mu.Unlock()
				if fault != nil {
					return
				}
				leave(c, i%3)
			}
		})
	}
	all.Wait()
	return vanished, err
}

func openStream(address string) (*net.TCPConn, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "GET /api/v1/stream/load HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n", address)
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if lines.Text() == ": tacho" {
			return c.(*net.TCPConn), nil
		}
	}
	c.Close()
	return nil, fmt.Errorf("%s: no stream", address)
}

// leave closes a connection, resets it, or has the kernel drop whatever arrives.
func leave(c *net.TCPConn, how int) {
	switch how {
	case 0:
		c.Close()
	case 1:
		c.SetLinger(0)
		c.Close()
	case 2:
		drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
		if raw, err := c.SyscallConn(); err == nil {
			raw.Control(func(fd uintptr) {
				unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop})
			})
		}
	}
}

// ended stops the program under many streams.
func ended(ctx context.Context) error {
	const subscribers = 10_000
	program, err := startTacho(ctx)
	if err != nil {
		return err
	}
	defer program.end()
	_, port, _ := strings.Cut(strings.TrimPrefix(program.url, "http://"), ":")
	who := clientele{path: "/api/v1/stream/load", count: subscribers, end: "\n\n"}
	if who.port, err = strconv.Atoi(port); err != nil {
		return err
	}
	clients, err := startChild(ctx, who.arguments()...)
	if err != nil {
		return err
	}
	defer clients.end()
	if err := clients.ask("", new(int)); err != nil {
		return err
	}
	if r, err := clients.awaitEvents(3, 5*time.Second); err != nil || r.least < 3 {
		return errors.Join(err, fmt.Errorf("a client of %d had %d events", subscribers, r.least))
	}
	begin := time.Now()
	program.cmd.Process.Signal(syscall.SIGTERM)
	fault := program.cmd.Wait()
	took := time.Since(begin)
	time.Sleep(500 * time.Millisecond)
	var goodbyes int
	if err := clients.ask("goodbyes", &goodbyes); err != nil {
		return err
	}
	title("SIGTERM with %d streams (bin/tacho)", subscribers)
	t := newTable("", "goodbyes", "seconds to the end", "exit")
	t.add(tachoName, strconv.Itoa(goodbyes), fmt.Sprintf("%.2f", took.Seconds()), cmp.Or(errorText(fault), "0"))
	t.print()
	return nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
