package server

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/stream"
)

// Options are a server's fixed settings.
type Options struct {
	Listen   string // host:port that is listened on; requests may name its host
	BasePath string // "" or "/a/b"
	Version  string
	Assets   *assets.Set
	Feed     *Feed
	Log      *slog.Logger
}

// Server answers requests. Make one with [New].
type Server struct {
	Options
	listenHost string
	policy     atomic.Pointer[Policy]
	heartbeat  atomic.Int64
	json, html *stream.Handler
	channels   stream.Channels // of the JSON stream
	panels     stream.Channels // of the HTML stream
}

// stall is how long a stream's client may accept nothing.
const stall = 10 * time.Second

// New returns a server that is ready to serve.
func New(o Options, p Policy, heartbeat time.Duration) *Server {
	s := &Server{Options: o, channels: api.Channels()}
	s.listenHost = hostname(o.Listen)
	for _, panel := range o.Feed.panels {
		s.panels = append(s.panels, panel.Name)
	}
	silence := func() time.Duration { return time.Duration(s.heartbeat.Load()) }
	s.json = &stream.Handler{Hub: o.Feed.json, Heartbeat: silence, Stall: stall}
	s.html = &stream.Handler{Hub: o.Feed.html, Heartbeat: silence, Stall: stall}
	s.Reload(p, heartbeat)
	return s
}

// Reload replaces what may change while the server runs. Streams that are open
// take the heartbeat over with their next event.
func (s *Server) Reload(p Policy, heartbeat time.Duration) {
	s.policy.Store(&p)
	s.heartbeat.Store(int64(heartbeat))
}

// RunStreams serves the streams in the lean way until the feed is closed, and
// returns when every client was told goodbye.
func (s *Server) RunStreams() {
	var running sync.WaitGroup
	defer running.Wait()
	for _, h := range []*stream.Handler{s.json, s.html} {
		running.Go(func() {
			if err := h.Run(); err != nil {
				s.Log.Warn("streams cost more than they could", "error", err)
			}
		})
	}
}

// HTTPServer returns a server for the handler with the limits that streams and
// hostile clients call for. Its Shutdown ends the streams, and RunStreams tells
// when they have ended.
func (s *Server) HTTPServer() *http.Server {
	h := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       stream.ConnContext,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	h.RegisterOnShutdown(s.Feed.Close)
	return h
}

// Handler returns the routes below the base path, behind the checks that every
// request must pass.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	route := func(pattern string, handle http.HandlerFunc) {
		mux.Handle(s.BasePath+pattern, s.readOnly(handle))
	}
	route("/{$}", compressed(s.dashboard))
	route("/embed/{panel}", compressed(s.embed))
	route("/events", s.events)
	route("/assets/{file}", s.asset)
	route("/api/v1/snapshot", compressed(s.snapshot))
	route("/api/v1/stream", s.stream)
	route("/api/v1/stream/{channels}", s.stream)
	route("/healthz", s.health)
	route("/readyz", s.ready)
	mux.HandleFunc("/", s.notFound)
	if s.BasePath != "" {
		mux.Handle(s.BasePath, http.RedirectHandler(s.BasePath+"/", http.StatusPermanentRedirect))
	}
	return s.guard(mux)
}

// compressed gzips answers for clients that accept it. A stream must not be
// wrapped in it: what should go out at once would be held back.
func compressed(next http.HandlerFunc) http.HandlerFunc { return gzhttp.GzipHandler(next) }

// guard refuses requests for another host and sets the headers that every
// answer has.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("Cache-Control", "no-store")
		policy := s.policy.Load()
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if !policy.allowsHost(r.Host, s.listenHost, local) {
			s.refuse(w, r, http.StatusMisdirectedRequest,
				"This server does not answer for that host name. Its owner can add it to allowed_hosts.")
			return
		}
		if strings.HasPrefix(r.URL.Path, s.BasePath+"/api/") && policy.allowOrigin(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readOnly lets GET and HEAD pass: nothing here changes anything.
func (s *Server) readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			s.refuse(w, r, http.StatusMethodNotAllowed, "Only GET and HEAD are allowed here.")
			return
		}
		next(w, r)
	})
}
