package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// holder is a server of connections in memory and in virtual time.
type holder struct {
	*connections
	listener *pipeListener
	served   chan error
}

// holding serves with a limit. A request for /slow is answered after 2 s.
func holding(t *testing.T, limit int) holder {
	s := newServer(t, Options{}, Policy{})
	s.connections.limit = limit
	web := s.HTTPServer()
	web.DisableGeneralOptionsHandler = false // for requests that reach no handler
	web.Handler = s.connections.answering(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(2 * time.Second)
		}
		io.WriteString(w, r.URL.Path)
	}))
	h := holder{s.connections, newPipeListener(), make(chan error, 1)}
	go func() { h.served <- web.Serve(h.listener) }()
	return h
}

// stop accepts no more and drains within 3 s. It returns how long that took.
func (h holder) stop(t *testing.T) (time.Duration, error) {
	h.listener.Close()
	<-h.served
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	began := time.Now()
	err := h.drain(ctx)
	return time.Since(began), err
}

// visitor is one connection of a client.
type visitor struct {
	net.Conn
	answers *bufio.Reader
}

func (h holder) visit(t *testing.T) visitor {
	v := h.come(t)
	synctest.Wait()
	return v
}

// come is for any goroutine.
func (h holder) come(t *testing.T) visitor {
	conn, err := h.listener.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return visitor{conn, bufio.NewReader(conn)}
}

func request(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n" }

// answer reads an answer, and tells whether it is the last.
func (v visitor) answer() (body string, last bool, err error) {
	r, err := http.ReadResponse(v.answers, nil)
	if err != nil {
		return "", false, err
	}
	b, err := io.ReadAll(r.Body)
	return string(b), r.Close, err
}

func (v visitor) ask(path string) (body string, last bool, err error) {
	if _, err := io.WriteString(v, request(path)); err != nil {
		return "", false, err
	}
	return v.answer()
}

// isClosed is for a connection that has no answer coming.
func (v visitor) isClosed() bool {
	v.SetReadDeadline(time.Now().Add(time.Nanosecond))
	defer v.SetReadDeadline(time.Time{})
	_, err := v.answers.Peek(1)
	return err == io.EOF
}

// trickle sends half a head, slowly.
func (v visitor) trickle() {
	for _, b := range []byte("GET / HTTP/1.1\r\nHost: local") {
		if _, err := v.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (h holder) wantCount(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	if got := h.count(); got != want {
		t.Errorf("%d connections are held, want %d", got, want)
	}
}

func TestSlowHeadsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 10)
		var slow []visitor
		var trickling sync.WaitGroup
		for range 10 {
			v := h.visit(t)
			slow = append(slow, v)
			trickling.Go(v.trickle)
		}
		time.Sleep(time.Second)
		h.wantCount(t, 10)
		ordinary := h.visit(t)
		for _, path := range []string{"/one", "/two"} {
			if body, last, err := ordinary.ask(path); body != path || last || err != nil {
				t.Errorf("%s is answered %q, %v, last %t", path, body, err, last)
			}
		}
		for i, v := range slow {
			if got := v.isClosed(); got != (i == 0) {
				t.Errorf("slow head %d is closed: %t, want the longest alone", i, got)
			}
		}
		h.wantCount(t, 10)
		for _, v := range append(slow, ordinary) {
			v.Close()
		}
		trickling.Wait()
		h.wantCount(t, 0)
		h.stop(t)
	})
}

func TestWhoIsIdleMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 4)
		var idle []visitor
		for range 4 {
			idle = append(idle, h.visit(t))
		}
		for _, i := range []int{3, 2, 1, 0, 3} {
			if _, _, err := idle[i].ask("/"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for range 2 {
			if body, _, err := h.visit(t).ask("/new"); body != "/new" || err != nil {
				t.Errorf("a newcomer is answered %q, %v", body, err)
			}
		}
		for i, want := range []bool{false, true, true, false} {
			if got := idle[i].isClosed(); got != want {
				t.Errorf("idle connection %d is closed: %t, want %t", i, got, want)
			}
		}
		h.wantCount(t, 4)
		h.stop(t)
		h.wantCount(t, 0)
	})
}

// A crowd that comes at once is served in turn.
func TestCrowdIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, crowd = 3, 100
		h := holding(t, limit)
		var all sync.WaitGroup
		for range crowd {
			all.Go(func() {
				v := h.come(t)
				defer v.Close()
				if body, _, err := v.ask("/crowd"); body != "/crowd" || err != nil {
					t.Errorf("answered %q, %v", body, err)
				}
			})
		}
		all.Wait()
		h.wantCount(t, 0)
		h.stop(t)
	})
}

func TestWhoIsAnsweredStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 2)
		pipelined, plain := h.visit(t), h.visit(t)
		io.WriteString(pipelined, request("/one")+request("/slow"))
		if body, _, err := pipelined.answer(); body != "/one" || err != nil {
			t.Fatal(body, err)
		}
		io.WriteString(plain, request("/slow"))
		synctest.Wait()
		late := h.visit(t)
		if late.isClosed() {
			t.Error("one over the limit has no time")
		}
		time.Sleep(ample)
		synctest.Wait()
		if !late.isClosed() {
			t.Error("one is let in over the limit")
		}
		h.wantCount(t, 2)
		for _, v := range []visitor{pipelined, plain} {
			if body, _, err := v.answer(); body != "/slow" || err != nil {
				t.Errorf("what was under way is answered %q, %v", body, err)
			}
		}
		h.stop(t)
	})
}

// Nobody tells when a request was whole that net/http answers by itself.
func TestWhoIsAnsweredByOthersWaitsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 1)
		before := h.visit(t)
		for range 2 {
			io.WriteString(before, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
			if _, _, err := before.answer(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for range 3 {
			time.Sleep(ample)
			next := h.visit(t)
			if !before.isClosed() {
				t.Error("who waits does not make room")
			}
			if body, _, err := next.ask("/new"); body != "/new" || err != nil {
				t.Errorf("a newcomer is answered %q, %v", body, err)
			}
			synctest.Wait()
			before = next
		}
		h.wantCount(t, 1)
		h.stop(t)
	})
}

// A request may be whole at the moment in which its connection is closed.
func TestWhoIsClosedStaysSo(t *testing.T) {
	c := newConnections(1)
	first, _ := net.Pipe()
	second, _ := net.Pipe()
	c.track(first, http.StateNew)
	c.track(second, http.StateNew)
	c.answer(first)
	for _, state := range []http.ConnState{http.StateActive, http.StateIdle, http.StateClosed} {
		if c.track(first, state); c.count() != 1 {
			t.Errorf("%d connections when one that was closed is %s, want the other one", c.count(), state)
		}
	}
	if c.track(second, http.StateClosed); c.count() != 0 {
		t.Errorf("%d connections after the last", c.count())
	}
}

func TestDrain(t *testing.T) {
	for name, c := range map[string]struct {
		before string        // is asked, and answered, before the end
		under  string        // is asked when the end begins
		age    time.Duration // of the connection at the end
		after  time.Duration // since then, until asked for /; 0 for never
		took   time.Duration
		failed bool
	}{
		"new, and silent":              {took: grace},
		"new, and old":                 {age: 9 * time.Second, after: 300 * time.Millisecond, took: 300 * time.Millisecond},
		"new, asks in time":            {after: 300 * time.Millisecond, took: 300 * time.Millisecond},
		"new, asks too late":           {after: 600 * time.Millisecond, took: grace, failed: true},
		"idle, and silent":             {before: "/", took: grace},
		"idle, asks in time":           {before: "/", after: 300 * time.Millisecond, took: 300 * time.Millisecond},
		"idle, asks for what is slow":  {before: "/slow", after: 300 * time.Millisecond, took: 300 * time.Millisecond},
		"being answered":               {under: "/slow", took: 2 * time.Second},
		"being answered, after others": {before: "/", under: "/slow", took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := holding(t, 10)
				v := h.visit(t)
				if c.before != "" {
					if _, last, err := v.ask(c.before); last || err != nil {
						t.Fatalf("before the end: %v, last %t", err, last)
					}
				}
				time.Sleep(c.age)
				asked := make(chan error, 1)
				go func() {
					defer close(asked)
					switch {
					case c.under != "":
						body, _, err := v.ask(c.under)
						asked <- errors.Join(err, unless(body == c.under, "the answer is %q", body))
					case c.after > 0:
						time.Sleep(c.after)
						body, last, err := v.ask("/")
						asked <- errors.Join(err, unless(body == "/" && last, "the answer is %q, last %t", body, last))
					}
				}()
				synctest.Wait()
				took, err := h.stop(t)
				if took != c.took || err != nil {
					t.Errorf("took %s and ended with %v, want %s", took, err, c.took)
				}
				if err := <-asked; (err != nil) != c.failed {
					t.Errorf("asking fails with %v, want failure %t", err, c.failed)
				}
				if !v.isClosed() {
					t.Error("the connection is open after the end")
				}
			})
		})
	}
}

func unless(ok bool, format string, values ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, values...)
}

func TestDrainWithoutConnectionsIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 10)
		v := h.visit(t)
		v.ask("/")
		v.Close()
		h.wantCount(t, 0)
		if took, err := h.stop(t); took != 0 || err != nil {
			t.Errorf("took %s, %v", took, err)
		}
	})
}

func TestDrainGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 10)
		io.WriteString(h.visit(t), request("/and-read-no-answer"))
		if took, err := h.stop(t); took != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("took %s, %v", took, err)
		}
	})
}

// Who has opened a connection without asking for anything keeps the streams from
// nothing.
func TestDrainEndsStreamsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{}, Policy{})
		s.Feed.Publish(snapshotOf(1))
		l := newPipeListener()
		h := holder{s.connections, l, make(chan error, 1)}
		go func() { h.served <- s.HTTPServer().Serve(l) }()
		h.visit(t)
		v := h.visit(t)
		io.WriteString(v, request("/api/v1/stream/load"))
		lines := bufio.NewScanner(v.answers)
		expect(t, lines, `"load_1m":1.25`)
		l.Close()
		<-h.served
		s.Feed.Close()
		began, drained := time.Now(), make(chan error, 1)
		go func() { drained <- s.Drain(t.Context()) }()
		expect(t, lines, "event: bye")
		if waited := time.Since(began); waited > 0 {
			t.Errorf("the goodbye came after %s", waited)
		}
		for lines.Scan() {
		}
		if err := <-drained; err != nil || time.Since(began) != grace {
			t.Errorf("drained after %s with %v", time.Since(began), err)
		}
	})
}

func TestShares(t *testing.T) {
	for _, c := range []struct{ descriptors, streams, others int }{
		{64, 8, 8},
		{256, 64, 64},
		{1024, 640, 256},
		{20_000, 19_251, 621},
		{65_536, 63_364, 2044},
		{1 << 20, 1<<20 - 128 - 4096, 4096},
	} {
		if streams, others := shares(c.descriptors); streams != c.streams || others != c.others {
			t.Errorf("of %d descriptors %d are for streams and %d for others, want %d and %d", c.descriptors, streams, others, c.streams, c.others)
		}
	}
}

// Who asks and does not read the answer keeps its place for a while only.
func TestWhoDoesNotReadMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := holding(t, 2)
		for range 2 {
			io.WriteString(h.visit(t), request("/unread"))
		}
		h.wantCount(t, 2)
		time.Sleep(patience)
		h.wantCount(t, 0)
		if body, _, err := h.visit(t).ask("/new"); body != "/new" || err != nil {
			t.Errorf("a newcomer is answered %q, %v", body, err)
		}
		h.stop(t)
	})
}

// addressed is a connection from elsewhere.
type addressed struct {
	net.Conn
	from string
}

func (a addressed) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(a.from))
}

func TestOneAddressHoldsAPortion(t *testing.T) {
	const limit = 8
	c := newConnections(limit)
	come := func(from string) (conn net.Conn, in bool) {
		ours, _ := net.Pipe()
		before := c.count()
		c.track(addressed{ours, from}, http.StateNew)
		return addressed{ours, from}, c.count() > before
	}
	first, _ := come("192.0.2.1:1")
	for _, visit := range []struct {
		from string
		in   bool
	}{
		{"192.0.2.1:2", true}, {"192.0.2.1:3", false}, {"192.0.2.2:1", true},
		{"127.0.0.1:1", true}, {"127.0.0.1:2", true}, {"127.0.0.1:3", true},
	} {
		if _, in := come(visit.from); in != visit.in {
			t.Errorf("%s is let in: %v", visit.from, in)
		}
	}
	c.track(first, http.StateClosed)
	if _, in := come("192.0.2.1:4"); !in {
		t.Error("who has gone still counts")
	}
}
