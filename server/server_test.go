package server

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

// built is what the build of the assets leaves, in small.
func built(t *testing.T) *assets.Set {
	t.Helper()
	set, err := assets.LoadFS(fstest.MapFS{
		"manifest.json":  {Data: []byte(`{"app.js":"app-AAAA.js","app.css":"app-BBBB.css","first.css":"first-DDDD.css","boot.js":"boot-EEEE.js","icon.svg":"icon-CCCC.svg"}`)},
		"app-AAAA.js":    {Data: []byte("script")},
		"app-BBBB.css":   {Data: []byte("style")},
		"first-DDDD.css": {Data: []byte("first{}")},
		"boot-EEEE.js":   {Data: []byte("boot()")},
		"icon-CCCC.svg":  {Data: []byte("<svg/>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func snapshotOf(seq uint64) *collector.Snapshot {
	now := time.Now()
	return &collector.Snapshot{
		Seq: seq, Time: now, Interval: time.Second,
		Host: collector.Reading[collector.Host]{At: now, Value: collector.Host{Name: "box<script>alert(1)</script>", OS: "Debian"}},
		Load: collector.Reading[collector.Load]{At: now, Value: collector.Load{One: 1.25}},
		CPU:  collector.Reading[collector.CPU]{At: now, Err: collector.ErrNoBaseline, Value: collector.CPU{Model: "x"}},
	}
}

func newServer(t *testing.T, o Options, p Policy) *Server {
	t.Helper()
	o.Assets = built(t)
	o.Log = slog.New(slog.DiscardHandler)
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8585"
	}
	o.Feed = NewFeed(10, o.Log)
	return New(o, p, 15*time.Second)
}

// ask sends one request straight to the handler.
func ask(s *Server, method, path string, set ...func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "127.0.0.1:8585"
	for _, f := range set {
		f(r)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Result()
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRoutes(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	for _, c := range []struct {
		method, path string
		code         int
		contentType  string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/", 200, "text/html; charset=utf-8"},
		{"GET", "/embed/cpu", 200, "text/html; charset=utf-8"},
		{"GET", "/embed/nonsense", 404, "text/html; charset=utf-8"},
		{"GET", "/nonsense", 404, "text/html; charset=utf-8"},
		{"POST", "/", 405, "text/html; charset=utf-8"},
		{"GET", "/healthz", 200, "text/plain; charset=utf-8"},
		{"GET", "/readyz", 200, "text/plain; charset=utf-8"},
		{"GET", "/api/v1/snapshot", 200, "application/json"},
		{"GET", "/api/v1/snapshot?channels=load,cpu", 200, "application/json"},
		{"GET", "/api/v1/snapshot?channels=nonsense", 400, "application/json"},
		{"DELETE", "/api/v1/snapshot", 405, "application/json"},
		{"GET", "/api/v1/nonsense", 404, "application/json"},
		{"GET", "/api", 404, "application/json"},
		{"GET", "/apiary", 404, "text/html; charset=utf-8"},
		{"GET", "/api/v1/stream/nonsense", 400, "application/json"},
		{"GET", "/api/v1/stream?replay=-1", 400, "application/json"},
		{"GET", "/api/v1/stream?replay=86401", 400, "application/json"},
		{"GET", "/api/v1/stream?interval=99ms", 400, "application/json"},
		{"GET", "/api/v1/stream?interval=5", 400, "application/json"},
		{"GET", "/events?interval=2h", 400, "text/html; charset=utf-8"},
		{"HEAD", "/api/v1/stream?interval=5s&replay=all", 200, "text/event-stream"},
		{"POST", "/api/v1/stream", 405, "application/json"},
		{"HEAD", "/api/v1/stream", 200, "text/event-stream"},
		{"HEAD", "/events", 200, "text/event-stream"},
		{"GET", "/events?channels=nonsense", 400, "text/html; charset=utf-8"},
		{"GET", "/assets/app-AAAA.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "/assets/nonsense.js", 404, "text/html; charset=utf-8"},
		{"GET", "/assets/../go.mod", 307, ""},
	} {
		r := ask(s, c.method, c.path)
		if r.StatusCode != c.code {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, r.StatusCode, c.code)
		}
		if got := r.Header.Get("Content-Type"); c.contentType != "" && got != c.contentType {
			t.Errorf("%s %s: Content-Type %q, want %q", c.method, c.path, got, c.contentType)
		}
		if c.code == 405 && r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, r.Header.Get("Allow"))
		}
	}
}

func TestErrorsSayWhatIsAllowed(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	for path, want := range map[string]string{
		"/api/v1/stream/cpu,nonsense":    "findings, host, cpu, load, memory",
		"/api/v1/snapshot?channels=x":    "findings, host, cpu, load, memory",
		"/api/v1/stream?replay=tomorrow": "from 1 to 86400",
		"/api/v1/stream?interval=-1s":    "from 100ms to 1h",
		"/embed/nonsense":                "host, findings, glance, cpu, memory",
	} {
		if got := text(t, ask(s, "GET", path)); !strings.Contains(got, want) {
			t.Errorf("%s answers %q, want it to list %q", path, got, want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	if r := ask(s, "GET", "/api/v1/snapshot"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("before the first snapshot: %d, Retry-After %q", r.StatusCode, r.Header.Get("Retry-After"))
	}
	if r := ask(s, "GET", "/readyz"); r.StatusCode != 503 {
		t.Errorf("/readyz before the first snapshot: %d", r.StatusCode)
	}
	s.Feed.Publish(snapshotOf(7))
	var got struct {
		Seq  int
		Load struct {
			Status string
			Data   struct {
				One float64 `json:"load_1m"`
			}
		}
		CPU *struct{ Status string }
	}
	if err := json.NewDecoder(ask(s, "GET", "/api/v1/snapshot?channels=load").Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Seq != 7 || got.Load.Status != "ok" || got.Load.Data.One != 1.25 || got.CPU != nil {
		t.Errorf("?channels=load gives %+v", got)
	}
}

func TestReadyIsAboutNow(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	old := snapshotOf(1)
	old.Time = old.Time.Add(-time.Minute)
	s.Feed.Publish(old)
	if r := ask(s, "GET", "/readyz"); r.StatusCode != 503 {
		t.Errorf("a minute without a tick: /readyz is %d, want 503", r.StatusCode)
	}
}

func TestHostHeader(t *testing.T) {
	for _, c := range []struct {
		listen, host string
		want         int
	}{
		{"127.0.0.1:8585", "127.0.0.1:8585", 200},
		{"127.0.0.1:8585", "127.0.0.1", 200},
		{"127.0.0.1:8585", "localhost:8585", 200},
		{"127.0.0.1:8585", "LOCALHOST.:8585", 200},
		{"127.0.0.1:8585", "box.localhost", 200},
		{"127.0.0.1:8585", "[::1]:8585", 200},
		{"127.0.0.1:8585", "tacho.example.org", 200},
		{"127.0.0.1:8585", "a.wild.example.org:443", 200},
		{"127.0.0.1:8585", "wild.example.org", 421},
		{"127.0.0.1:8585", "evil.example.com", 421},
		{"127.0.0.1:8585", "evil-tacho.example.org", 421},
		{"127.0.0.1:8585", "127.0.0.1.evil.example.com", 421},
		{"127.0.0.1:8585", "localhost.evil.example.com", 421},
		{"127.0.0.1:8585", "10.0.0.5", 421},
		{"127.0.0.1:8585", "", 421},
		{"10.0.0.5:8585", "10.0.0.5:8585", 200},
		{"10.0.0.5:8585", "10.0.0.6:8585", 421},
		{"box.lan:8585", "box.lan:8585", 200},
		{"0.0.0.0:8585", "192.0.2.7:8585", 200},
		{":8585", "192.0.2.7:8585", 200},
		{"[::]:8585", "192.0.2.7:8585", 200},
		{":8585", "192.0.2.8:8585", 421},
		{":8585", "box.lan:8585", 421},
		{":8585", "", 421},
	} {
		s := newServer(t, Options{Listen: c.listen}, Policy{Hosts: []string{"tacho.example.org", "*.wild.example.org"}})
		arrived := func(r *http.Request) {
			local := &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 8585}
			*r = *r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
		}
		if r := ask(s, "GET", "/healthz", host(c.host), arrived); r.StatusCode != c.want {
			t.Errorf("listening on %s, Host %q: %d, want %d", c.listen, c.host, r.StatusCode, c.want)
		}
	}
}

func TestCORS(t *testing.T) {
	s := newServer(t, Options{}, Policy{CORS: []string{"https://status.example.org"}})
	s.Feed.Publish(snapshotOf(1))
	for origin, want := range map[string]string{
		"https://status.example.org":      "https://status.example.org",
		"http://status.example.org":       "",
		"https://status.example.org.evil": "",
		"null":                            "",
	} {
		r := ask(s, "GET", "/api/v1/snapshot", header("Origin", origin))
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("Origin %s is answered %q, want %q", origin, got, want)
		}
		if !strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("Origin %s: Vary is %q", origin, r.Header.Values("Vary"))
		}
	}
	if r := ask(s, "GET", "/", header("Origin", "https://status.example.org")); r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the page may be read from another origin")
	}
	preflight := []func(*http.Request){
		header("Origin", "https://status.example.org"), header("Access-Control-Request-Method", "GET"),
		header("Access-Control-Request-Headers", "last-event-id"),
	}
	r := ask(s, "OPTIONS", "/api/v1/stream", preflight...)
	if r.StatusCode != 204 || !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Last-Event-ID") {
		t.Errorf("preflight: %d, %v", r.StatusCode, r.Header)
	}
	preflight[0] = header("Origin", "https://evil.example.com")
	if r := ask(s, "OPTIONS", "/api/v1/stream", preflight...); r.StatusCode != 405 || r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight of a stranger: %d, %v", r.StatusCode, r.Header)
	}
}

func TestContentSecurityPolicy(t *testing.T) {
	s := newServer(t, Options{}, Policy{Embed: []string{"https://a.example.org", "https://b.example.org"}})
	s.Feed.Publish(snapshotOf(1))
	for path, ancestors := range map[string]string{
		"/":                "frame-ancestors 'none'",
		"/nonsense":        "frame-ancestors 'none'",
		"/api/v1/snapshot": "frame-ancestors 'none'",
		"/embed/cpu":       "frame-ancestors https://a.example.org https://b.example.org",
	} {
		answer := ask(s, "GET", path)
		policy, page := answer.Header.Get("Content-Security-Policy"), text(t, answer)
		if path == "/" && !strings.Contains(page, "<style>first{}</style>") {
			t.Errorf("%s has not what the first screen needs", path)
		}
		if !strings.HasSuffix(policy, ancestors) || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: %q, want it to end with %q", path, policy, ancestors)
		}
		for _, style := range regexp.MustCompile("<style>(.*?)</style>").FindAllStringSubmatch(page, -1) {
			hash := sha256.Sum256([]byte(style[1]))
			if !strings.Contains(policy, "style-src 'self' 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"';") {
				t.Errorf("%s: %q refuses the style of the document", path, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %q", path, policy)
		}
	}
	s.Reload(Policy{}, time.Second)
	if policy := ask(s, "GET", "/embed/cpu").Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("after a reload without embed.origins: %q", policy)
	}
}

func TestHostileNamesStayText(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	for _, path := range []string{"/", "/embed/host"} {
		if page := text(t, ask(s, "GET", path)); strings.Contains(page, "<script>alert") {
			t.Errorf("%s runs the name of the host", path)
		}
	}
	if page := text(t, ask(s, "GET", "/<script>alert(1)</script>")); strings.Contains(page, "<script>alert") {
		t.Error("the 404 page runs the path")
	}
}

func TestBasePath(t *testing.T) {
	s := newServer(t, Options{BasePath: "/ops/tacho"}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	page := text(t, ask(s, "GET", "/ops/tacho/"))
	for _, want := range []string{`"/ops/tacho/assets/app-AAAA.js"`, `"/ops/tacho/assets/app-BBBB.css"`, `/ops/tacho/events?`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if r := ask(s, "GET", "/ops/tacho"); r.StatusCode != 308 || r.Header.Get("Location") != "/ops/tacho/" {
		t.Errorf("without the slash: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	for path, want := range map[string]int{"/": 404, "/ops/tacho/assets/app-AAAA.js": 200, "/ops/tacho/healthz": 200, "/healthz": 404, "/ops/tacho/api/v1/snapshot": 200} {
		if r := ask(s, "GET", path); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
}

func TestPageAndStreamAreCompressed(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	gzipped := header("Accept-Encoding", "gzip")
	r := ask(s, "GET", "/", gzipped)
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("page: Content-Encoding %q", r.Header.Get("Content-Encoding"))
	} else if z, err := gzip.NewReader(r.Body); err != nil {
		t.Error(err)
	} else if _, err := io.Copy(io.Discard, z); err != nil {
		t.Error(err)
	}
	if r := ask(s, "HEAD", "/events", gzipped); r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("stream: Content-Encoding %q", r.Header.Get("Content-Encoding"))
	}
	if r := ask(s, "HEAD", "/events"); r.Header.Get("Content-Encoding") != "" {
		t.Errorf("stream: Content-Encoding %q for who does not ask", r.Header.Get("Content-Encoding"))
	}
}

func TestTheme(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	for _, c := range []struct{ path, cookie, want string }{
		{"/", "", ""},
		{"/", "dark", "dark"},
		{"/", "x' onload='", ""},
		{"/embed/cpu?theme=light", "dark", "light"},
		{"/?theme=neon", "", ""},
	} {
		page := text(t, ask(s, "GET", c.path, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "tacho_theme", Value: c.cookie})
		}))
		document, _, _ := strings.Cut(page, "<head")
		if got := strings.Contains(document, `data-theme="`+c.want+`"`); got != (c.want != "") || strings.Contains(page, "onload") {
			t.Errorf("%s with cookie %q: %q, want theme %q", c.path, c.cookie, document, c.want)
		}
	}
}

// TestArrangement: the page comes as its viewer has arranged it.
func TestArrangement(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	panel := regexp.MustCompile(`(?s)<section\s+id="(\w+)"\s+class="panel[^>]*?( data-folded)?( data-lone)?\s+aria`)
	for _, c := range []struct{ path, cookie, want string }{
		{"/", "", "cpu memory disks"},
		{"/", "memory.-cpu.disks", "memory cpu- disks"},
		{"/", "disks.processes.network", "cpu memory disks+ processes notices cgroups mounts pressure sockets sensors gpus raid kernel network+"},
		{"/?panels=", "memory.cpu", "cpu memory disks"},
		{"/?panels=-memory,cpu", "memory.cpu", "memory- disks"},
		{"/", "'<b>..--.", "cpu memory disks"},
	} {
		page := text(t, ask(s, "GET", c.path, func(r *http.Request) {
			r.Host = "127.0.0.1:8585"
			r.AddCookie(&http.Cookie{Name: "tacho_panels8585", Value: c.cookie})
			r.AddCookie(&http.Cookie{Name: "tacho_panels8586", Value: "kernel"})
		}))
		var got []string
		for _, m := range panel.FindAllStringSubmatch(page, -1) {
			name := m[1]
			if m[2] != "" {
				name += "-"
			}
			if m[3] != "" {
				name += "+"
			}
			got = append(got, name)
		}
		if len(got) != 14 || !strings.HasPrefix(strings.Join(got, " ")+" ", c.want+" ") {
			t.Errorf("%s with cookie %q: %q, want %s first", c.path, c.cookie, got, c.want)
		}
	}
	// The page names the cookie as it is read here, whatever a proxy makes of the host.
	for host, port := range map[string]string{"127.0.0.1:8585": "8585", "127.0.0.1": "", "[::1]": "", "[::1]:80": "80"} {
		page := text(t, ask(s, "GET", "/", func(r *http.Request) {
			r.Host = host
			r.AddCookie(&http.Cookie{Name: "tacho_panels" + port, Value: "-kernel"})
		}))
		if !strings.Contains(page, `data-port="`+port+`"`) || !strings.Contains(page, "data-arranged") {
			t.Errorf("asked as %s, the page is not arranged, or names another port", host)
		}
	}
}

// TestStreams reads both streams of a real server in virtual time.
func TestStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{}, Policy{})
		s.Feed.Publish(snapshotOf(1))
		s.Feed.Publish(snapshotOf(2))
		web := s.HTTPServer()
		l := newPipeListener()
		served := make(chan error, 1)
		go func() { served <- web.Serve(l) }()
		client := &http.Client{Transport: &http.Transport{DialContext: l.dial}}
		get := func(path string) *bufio.Scanner {
			r, err := client.Get("http://localhost" + path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Body.Close() })
			lines := bufio.NewScanner(r.Body)
			lines.Buffer(nil, 1<<20)
			return lines
		}
		json, html := get("/api/v1/stream/load"), get("/events?channels=host&replay=all")
		expect(t, json, `"load_1m":1.25`, "}", "")
		expect(t, html, `event: sample`, `"seq":1`, `event: sample`, `"seq":2`, `<hx-partial`, "")
		s.Feed.Publish(snapshotOf(3))
		expect(t, json, `"seq":3`, "")
		expect(t, html, `"seq":3`, `<hx-partial`, "")
		if got := s.Feed.json.Stats().Encodings; got != 2 {
			t.Errorf("%d JSON segments encoded for two ticks of one channel, want 2", got)
		}
		time.Sleep(16 * time.Second)
		expect(t, json, ": heartbeat")
		l.Close()
		<-served
		s.Feed.Close()
		stopped := make(chan error, 1)
		go func() { stopped <- s.Drain(context.Background()) }()
		expect(t, json, "event: bye", "retry_seconds")
		expect(t, html, "event: bye", "retry_seconds")
		for json.Scan() || html.Scan() { // a pipe holds nothing: the end must be read
		}
		if err := <-stopped; err != nil {
			t.Errorf("the end with open streams: %v", err)
		}
		client.CloseIdleConnections()
	})
}

// expect reads lines until each of the parts, in order, was found in one.
func expect(t *testing.T, lines *bufio.Scanner, parts ...string) {
	t.Helper()
	for _, part := range parts {
		for {
			if !lines.Scan() {
				t.Fatalf("the stream ended before %q: %v", part, lines.Err())
			}
			if part == "" && lines.Text() == "" || part != "" && strings.Contains(lines.Text(), part) {
				break
			}
		}
	}
}

// pipeListener connects in memory, so that a server can run in virtual time.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipeListener() *pipeListener {
	closed := make(chan struct{})
	return &pipeListener{make(chan net.Conn), closed, sync.OnceFunc(func() { close(closed) })}
}

func (l *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours, nil
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.close(); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A panel without a body panics when it is rendered.
func TestBrokenPanelSaysSo(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	got := string(s.Feed.render(views.Panel{Name: "broken"}, snapshotOf(1)))
	if !strings.Contains(got, `hx-target="#broken-body"`) || !strings.Contains(got, "could not be rendered") {
		t.Errorf("a panel that panics is sent as %q", got)
	}
}

// Encoding a channel of no snapshot panics.
func TestBrokenChannelIsLeftOut(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	if got := s.Feed.segment(nil, 0); got != nil {
		t.Errorf("a channel without a snapshot is sent as %q", got)
	}
}
