package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/config"
)

func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = listen(taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("listening twice: %v, want the address and what to do", err)
	}
}

// passed is a socket as the service manager hands it over.
func passed(t *testing.T, socket interface{ File() (*os.File, error) }, unit string) *os.File {
	t.Helper()
	file, err := socket.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), unit)
}

func listening(t *testing.T, network, address string) *os.File {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return passed(t, l.(interface{ File() (*os.File, error) }), "tacho.socket")
}

func datagrams(t *testing.T) *os.File {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return passed(t, c.(*net.UDPConn), "syslog.socket")
}

func connected(t *testing.T) *os.File {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return passed(t, c.(*net.TCPConn), "each.socket")
}

func TestPassedSocket(t *testing.T) {
	t.Chdir(t.TempDir())
	plain, err := os.Create("plain")
	if err != nil {
		t.Fatal(err)
	}
	remote := config.Config{Listen: "127.0.0.1:8585", AllowRemote: true}
	for name, c := range map[string]struct {
		files   []*os.File
		config  config.Config
		address string
		err     []string
	}{
		"loopback":          {files: []*os.File{listening(t, "tcp", "127.0.0.1:0")}, address: "127.0.0.1:"},
		"Unix":              {files: []*os.File{listening(t, "unix", "tacho.sock")}, address: "tacho.sock"},
		"every address":     {files: []*os.File{listening(t, "tcp4", "0.0.0.0:0")}, err: []string{"tacho.socket", "0.0.0.0:", "allow_remote: true"}},
		"remote is allowed": {files: []*os.File{listening(t, "tcp4", "0.0.0.0:0")}, config: remote, address: "0.0.0.0:"},
		"two":               {files: []*os.File{listening(t, "tcp", "127.0.0.1:0"), listening(t, "unix", "second.sock")}, err: []string{"tacho.socket: tcp 127.0.0.1:", "tacho.socket: unix second.sock", "allowed is one"}},
		"datagrams":         {files: []*os.File{datagrams(t)}, err: []string{"syslog.socket: udp 127.0.0.1:", "allowed is one"}},
		"sequenced packets": {files: []*os.File{listening(t, "unixpacket", "packet.sock")}, err: []string{"unixpacket packet.sock", "allowed is one"}},
		"connected":         {files: []*os.File{connected(t)}, config: remote, err: []string{"each.socket: tcp 127.0.0.1:", "connected", "Accept=yes"}},
		"no socket":         {files: []*os.File{plain}, err: []string{"plain: no socket", "allowed is one"}},
	} {
		t.Run(name, func(t *testing.T) {
			l, address, err := listener(c.config, c.files)
			if c.err != nil {
				for _, want := range c.err {
					if !errors.As(err, new(usageError)) || !strings.Contains(err.Error(), want) {
						t.Errorf("%v; want a wrong setting with %q", err, want)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if !strings.HasPrefix(address, c.address) || address != l.Addr().String() {
				t.Errorf("serves %s under the name %s, want %s", l.Addr(), address, c.address)
			}
			for _, file := range c.files {
				if _, err := file.Stat(); err == nil {
					t.Error("the file that was passed is left open")
				}
			}
		})
	}
}

func TestListenWithoutPassedSocket(t *testing.T) {
	l, address, err := listener(config.Config{Listen: "localhost:0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if address != "localhost:0" {
		t.Errorf("requests may name %s, want the setting", address)
	}
}

// Names are checked against the address that is served, not against a setting
// that has no effect.
func TestHostsOfPassedSocket(t *testing.T) {
	cfg := config.Defaults()
	cfg.Listen = "box.lan:8585"
	for address, want := range map[string]int{cfg.Listen: http.StatusOK, "127.0.0.1:8585": http.StatusMisdirectedRequest} {
		s, _ := program{stderr: io.Discard}.newService(cfg, address, built(t))
		w := httptest.NewRecorder()
		s.server.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://box.lan:8585/healthz", nil))
		if w.Code != want {
			t.Errorf("serving %s, a request for box.lan is answered with %d, want %d", address, w.Code, want)
		}
	}
}

func TestLocalAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "127.8.9.1": true, "::1": true, "::ffff:127.0.0.1": true,
		"0.0.0.0": false, "::": false, "192.0.2.1": false, "fe80::1": false, "::ffff:192.0.2.1": false,
	} {
		if got := isLocal(&net.TCPAddr{IP: net.ParseIP(address), Port: 8585}); got != want {
			t.Errorf("%s is local: %t, want %t", address, got, want)
		}
	}
}

// generation serves on a socket as one process of several that follow each other.
func generation(t *testing.T, ctx context.Context, socket *net.TCPListener) <-chan error {
	cfg := config.Defaults()
	cfg.Interval = 100 * time.Millisecond
	l, address, err := listener(cfg, []*os.File{passed(t, socket, "tacho.socket")})
	if err != nil {
		t.Fatal(err)
	}
	s, feed := program{stderr: io.Discard}.newService(cfg, address, built(t))
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, l, feed, nil, nil) }()
	return ended
}

// ask sends requests until ctx ends, and reports how each was answered.
func ask(ctx context.Context, client *http.Client, url string, answered chan<- error) {
	for ctx.Err() == nil {
		request, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
		response, err := client.Do(request)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		if err == nil && response.StatusCode != http.StatusOK {
			err = errors.New(response.Status)
		}
		select {
		case answered <- err:
		case <-ctx.Done():
		}
	}
}

// A socket that is held elsewhere makes a restart that no client sees, but for
// the goodbye to its stream.
func TestRestart(t *testing.T) {
	socket, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	url := "http://" + socket.Addr().String()
	asking, stop := context.WithCancel(t.Context())
	answered := make(chan error)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer stop()
	for _, once := range []bool{true, true, false} {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: once}}
		clients.Go(func() { ask(asking, client, url+"/healthz", answered) })
	}
	want := func(err error) {
		if err != nil {
			t.Errorf("a request fails: %v", err)
		}
	}
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := generation(t, ctx, socket)
		stream, err := http.Get(url + "/api/v1/stream/load")
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			want(<-answered)
		}
		cancel()
		for running := true; running; {
			select {
			case err := <-answered:
				want(err)
			case err := <-ended:
				running = false
				if err != nil {
					t.Errorf("the service ends with %v", err)
				}
			}
		}
		events, err := io.ReadAll(stream.Body)
		stream.Body.Close()
		want(err)
		if !bytes.Contains(events, []byte("event: bye")) {
			t.Errorf("the stream ends without a goodbye:\n%s", events)
		}
	}
}

func TestURL(t *testing.T) {
	s := &service{config: config.Config{BasePath: "/tacho"}}
	for want, address := range map[string]net.Addr{
		"http://127.0.0.1:8585/tacho/": &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8585},
		"http://[::1]:8585/tacho/":     &net.TCPAddr{IP: net.IPv6loopback, Port: 8585},
		"http://localhost:8585/tacho/": &net.TCPAddr{IP: net.IPv4zero, Port: 8585},
		"unix:/run/tacho.sock":         &net.UnixAddr{Net: "unix", Name: "/run/tacho.sock"},
	} {
		if got := s.url(address); got != want {
			t.Errorf("%s is served as %s, want %s", address, got, want)
		}
	}
}
