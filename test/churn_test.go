package test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

// What a stream holds is gone with its client, however that goes, and not only
// when the next tick cannot be sent.
func TestClientsThatGo(t *testing.T) {
	const (
		cycles   = 10000
		together = 20
		slack    = 5
	)
	dir := t.TempDir()
	write(t, dir, "config.yaml", "interval: 1h\nstream: {heartbeat: 5m}\n")
	p := startIn(t, dir)
	open := sockets(t, p)
	first, running := goroutines(t, p)
	var clients sync.WaitGroup
	for worker := range together {
		clients.Go(func() {
			for i := range cycles / together {
				if err := comeAndGo(p.Address(), (worker+i)%2 == 0); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	ended := time.Now()
	eventually(t, func() error {
		if after := sockets(t, p); after > open+slack {
			return fmt.Errorf("%d sockets before %d clients, %d after them", open, cycles, after)
		}
		return nil
	})
	t.Logf("%d clients were forgotten %s after the last had gone", cycles, time.Since(ended).Round(time.Millisecond))

	write(t, dir, "config.yaml", "interval: 100ms\n")
	reload(t, p, "settings reloaded")
	eventually(t, func() error {
		if tick, after := goroutines(t, p); tick == first || after > running+slack {
			return fmt.Errorf("%d goroutines at tick %d, before %d clients, %d at tick %d", running, first, cycles, after, tick)
		}
		return nil
	})
}

// comeAndGo reads the beginning of a stream, and leaves with a farewell or by
// tearing the connection.
func comeAndGo(address string, abrupt bool) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if abrupt {
		c.(*net.TCPConn).SetLinger(0)
	}
	c.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(c, "GET /api/v1/stream/load HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 500))
	return err
}

// sockets is how many connections, and listeners, a program has open.
func sockets(t *testing.T, p *program.Program) (n int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd/", p.Pid())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		// One that was closed meanwhile is none.
		if target, err := os.Readlink(dir + e.Name()); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// waitSockets waits until a program has n of them: a listener, and n-1 connections.
func waitSockets(t *testing.T, p *program.Program, n int) {
	t.Helper()
	eventually(t, func() error {
		if now := sockets(t, p); now != n {
			return fmt.Errorf("%d sockets, want %d", now, n)
		}
		return nil
	})
}

// goroutines is how many there were at the last tick.
func goroutines(t *testing.T, p *program.Program) (tick uint64, n int) {
	t.Helper()
	s, err := snapshotOf(p.URL)
	if err != nil || s.Self.Data["goroutines"] == nil {
		t.Fatalf("self is %s: %v", s.Self.Status, err)
	}
	return s.Seq, int(*s.Self.Data["goroutines"])
}
