package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	r3labs "github.com/r3labs/sse/v2"
	"github.com/tmaxmax/go-sse"
	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/stream"
)

// broadcaster sends events to whoever is subscribed. serve blocks.
type broadcaster interface {
	serve(net.Listener) error
	publish(data []byte)
}

// kind is a server under test.
type kind struct {
	name   string
	module string // whose version is printed; "" for none
	ours   bool
	make   func() broadcaster
}

const (
	tachoName = "tacho"
	gzipName  = "tacho, gzip"
	floorName = "floor"
)

// kinds are in the order in which a round runs them.
var kinds = []kind{
	{"naive", "", false, func() broadcaster { return newNaive() }},
	{"go-sse", "github.com/tmaxmax/go-sse", false, func() broadcaster { return newGoSSE() }},
	{"r3labs/sse", "github.com/r3labs/sse/v2", false, func() broadcaster { return newR3labs() }},
	{floorName, "", false, func() broadcaster { return new(floor) }},
	{tachoName, "", true, func() broadcaster { return newTacho("") }},
	{gzipName, "", true, func() broadcaster { return newTacho(endOfPacked) }},
}

// serve is the server process: it prints its port, and then does what the lines
// of its input say.
func serve(name string) error {
	if _, err := raiseDescriptors(); err != nil {
		return err
	}
	for _, k := range kinds {
		if k.name == name {
			return control(k.make())
		}
	}
	return fmt.Errorf("no server %q", name)
}

func control(b broadcaster) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		fmt.Fprintln(os.Stderr, "bench: serve:", b.serve(listener))
		os.Exit(1)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return answer(func(words []string) (string, error) {
		switch words[0] {
		case "publish":
			return publishMany(b, words[1], words[2])
		case "stats":
			subscribers, stalled := b.(*tacho).watched()
			return fmt.Sprint(subscribers, " ", stalled), nil
		case "settle":
			settle()
			return "settled", nil
		}
		return "", fmt.Errorf("no command %q", words[0])
	})
}

// publishMany publishes count events at rate a second, and says how many
// nanoseconds that took.
func publishMany(b broadcaster, count, rate string) (string, error) {
	n, err := strconv.Atoi(count)
	if err != nil {
		return "", err
	}
	hertz, err := strconv.Atoi(rate)
	if err != nil {
		return "", err
	}
	begin := time.Now()
	ticker := time.NewTicker(time.Second / time.Duration(hertz))
	defer ticker.Stop()
	for range n {
		<-ticker.C
		b.publish(payload())
	}
	return strconv.FormatInt(int64(time.Since(begin)), 10), nil
}

// settle gives back to the kernel what no subscriber holds.
func settle() {
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
}

const (
	// payloadSize is the data of one event.
	payloadSize = 2048
	// mark ends the data of an event and stands nowhere else in the stream. It is
	// one byte, since chunked encoding may cut what is longer.
	mark = "@"
	// markOfPacked ends an event where the rest of it is compressed, which may hold
	// any byte. It stands in a part that is too short for being compressed.
	markOfPacked = "@@@@@@@@"
	endOfPacked  = "data: " + markOfPacked + "\n"
	// stampSize is that of the time before the mark, in nanoseconds of the monotonic
	// clock, which all processes share.
	stampSize = 20
)

// payload is a new one for each event, with numbers as the data of a monitor has
// them. gzip makes about a third of it.
func payload() []byte {
	data := make([]byte, 0, payloadSize)
	for i := 0; len(data) < payloadSize-stampSize-len(mark); i++ {
		data = fmt.Appendf(data, `{"name":"sensor%d","status":"ok","value":%.6f},`, i, rand.Float64())
	}
	data = data[:payloadSize-stampSize-len(mark)]
	return fmt.Appendf(data, "%0*d%s", stampSize, monotonic(), mark)
}

func monotonic() int64 {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // there is one
	return now.Nano()
}

// plainHTTP serves h as a program with long streams would.
func plainHTTP(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
}

// naive is the handler that tutorials show: a channel a client, and Fprintf.
type naive struct {
	mu      sync.Mutex
	clients map[chan []byte]struct{}
}

func newNaive() *naive { return &naive{clients: make(map[chan []byte]struct{})} }

func (n *naive) serve(l net.Listener) error { return plainHTTP(n).Serve(l) }

func (n *naive) publish(data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for client := range n.clients {
		select {
		case client <- data:
		default: // a slow client loses the event
		}
	}
}

func (n *naive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	flusher := w.(http.Flusher)
	flusher.Flush()
	events := make(chan []byte, 16)
	n.mu.Lock()
	n.clients[events] = struct{}{}
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.clients, events)
	}()
	for {
		select {
		case data := <-events:
			fmt.Fprintf(w, "data: %s\n\n", data)
			flusher.Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// goSSE is a go-sse server with its defaults.
type goSSE struct{ server sse.Server }

func newGoSSE() *goSSE { return new(goSSE) }

func (g *goSSE) serve(l net.Listener) error { return plainHTTP(&g.server).Serve(l) }

func (g *goSSE) publish(data []byte) {
	message := new(sse.Message)
	message.AppendData(string(data))
	g.server.Publish(message)
}

// r3 is a r3labs/sse server that keeps no log of events.
type r3 struct{ server *r3labs.Server }

const r3Stream = "bench"

func newR3labs() *r3 {
	server := r3labs.New()
	server.AutoReplay = false
	server.CreateStream(r3Stream)
	return &r3{server}
}

func (r *r3) serve(l net.Listener) error { return plainHTTP(r.server).Serve(l) }

func (r *r3) publish(data []byte) { r.server.Publish(r3Stream, &r3labs.Event{Data: data}) }

// tacho is a hub and its handler, served as package server does.
type tacho struct {
	hub stream.Hub
	seq uint64
	end string // of each event, besides its data
}

func newTacho(end string) *tacho { return &tacho{end: end} }

func (t *tacho) serve(l net.Listener) error {
	h := &stream.Handler{
		Hub:       &t.hub,
		Heartbeat: func() time.Duration { return 15 * time.Second },
		Stall:     10 * time.Second,
	}
	server := plainHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.Serve(w, r, stream.Selection{Channels: 1}) }))
	server.ConnContext = stream.ConnContext
	ended := make(chan error, 2)
	go func() { ended <- h.Run() }()
	go func() { ended <- server.Serve(l) }()
	return <-ended
}

func (t *tacho) publish(data []byte) {
	t.seq++
	encode := func(int) []byte { return stream.AppendData(nil, data) }
	t.hub.Publish(&stream.Frame{Seq: t.seq, Kept: stream.NewBlock(nil, 1, encode, []byte(t.end+"\n"))})
}

// watched is how many clients there are, and how many were closed because they
// accepted nothing.
func (t *tacho) watched() (subscribers int64, stalled uint64) {
	s := t.hub.Stats()
	return s.Subscribers, s.Stalled
}
