package contract

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"
)

// venue is a front as real clients come to it.
type venue struct {
	name  string
	front *front
}

var venues = []venue{{"lean", &fronts.plain}, {"nginx", &fronts.nginx10}, {"Caddy", &fronts.caddy}, {"Caddy-HTTP2", &fronts.caddyTLS}}

// Every kind of client watches one hub through every kind of front at once. They
// lose their connections, and are sent later what they miss.
func TestClientsReadTheSame(t *testing.T) {
	t.Parallel()
	a := assemble(t)
	a.show("there", "before", "they come")
	a.invite()
	a.wantRead()
	for pair := range slices.Chunk(tame(hostile), 2) {
		a.show(pair[0], "<p>{}</p>", pair[len(pair)-1])
		a.wantRead()
	}
	a.away(func() {
		a.show("missed", "1", "")
		a.show("missed", noise()[:100<<10], "")
		a.show("missed", "3", "")
	})
	a.wantRead()
	a.show("back", noise()[:300<<10], "")
	a.wantRead()
	a.wantCodings()
}

// tame leaves out what is too large to be reported through a proxy, and NUL, which
// Firefox drops.
func tame(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return len(text) > 1000 || strings.Contains(text, "\x00") })
}

// wantCodings wants each client to have been served gzip, but for the one that
// does not ask for it. Caddy asks by itself then, and undoes it.
func (a *audience) wantCodings() {
	a.t.Helper()
	for _, client := range a.clients {
		want := []string{"gzip", "gzip"}
		if client == "lean/curl" || client == "nginx/curl" {
			want = []string{"", ""}
		}
		eventually(a.t, func() error {
			a.mu.Lock()
			defer a.mu.Unlock()
			if got := a.codings[client]; !slices.Equal(got, want) {
				return fmt.Errorf("%s was served %q, want %q", client, got, want)
			}
			return nil
		})
	}
}

// invite has all clients come.
func (a *audience) invite() {
	for _, v := range venues {
		a.curl(v.name+"/curl", v.front)
		a.curl(v.name+"/curl-compressed", v.front, "--compressed")
		a.node(v.name+"/node", v.front)
		a.goSSE(v.name+"/go-sse", v.front)
	}
	a.firefox(venues)
	a.chromium(venues)
}

func (a *audience) curl(name string, f *front, options ...string) {
	a.repeat(name, func(ctx context.Context, lastID string) *exec.Cmd {
		options := append(options, "--silent", "--no-buffer", "--header", "Last-Event-ID: "+lastID, a.address(f, "stream", name))
		if f.ca != "" {
			options = append(options, "--cacert", f.ca)
		}
		return exec.CommandContext(ctx, "curl", options...)
	}, func(r io.Reader) func() (event, error) {
		p := newParser(r)
		return func() (event, error) {
			for {
				m, err := p.next()
				if err != nil || m.comment == "" {
					return event{m.id, m.name, m.data}, err
				}
			}
		}
	})
}

func (a *audience) node(name string, f *front) {
	a.repeat(name, func(ctx context.Context, lastID string) *exec.Cmd {
		command := exec.CommandContext(ctx, "node", "testdata/read.mjs", a.address(f, "stream", name), lastID)
		command.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+f.ca)
		return command
	}, func(r io.Reader) func() (e event, err error) {
		lines := json.NewDecoder(r)
		return func() (e event, err error) {
			err = lines.Decode(&e)
			return e, err
		}
	})
}

// repeat runs a program that prints events, and runs it again when it ends.
func (a *audience) repeat(name string, program func(ctx context.Context, lastID string) *exec.Cmd, parse func(io.Reader) func() (event, error)) {
	a.expect(name)
	a.until(func(ctx context.Context) {
		for ctx.Err() == nil {
			command := program(ctx, a.lastID(name))
			command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			output, err := command.StdoutPipe()
			if err == nil {
				err = command.Start()
			}
			if err != nil {
				a.t.Error(err)
				return
			}
			next := parse(output)
			for e, err := next(); err == nil; e, err = next() {
				a.note(name, e)
			}
			command.Wait()
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
}

// until runs f until the test ends.
func (a *audience) until(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	a.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

func (a *audience) goSSE(name string, f *front) {
	a.expect(name)
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: f.roots}}
	a.t.Cleanup(transport.CloseIdleConnections)
	client := sse.Client{HTTPClient: &http.Client{Transport: transport}}
	a.until(func(ctx context.Context) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address(f, "stream", name), nil)
		if err != nil {
			a.t.Error(err)
			return
		}
		connection := client.NewConnection(request)
		connection.Buffer(nil, 1<<20)
		connection.SubscribeToAll(func(e sse.Event) {
			if e.Type == "" {
				e.Type = "message"
			}
			a.note(name, event{e.LastEventID, e.Type, e.Data})
		})
		connection.Connect()
	})
}
