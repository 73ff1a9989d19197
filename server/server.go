package server

import (
	"context"
	"fmt"
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
	// PerAddress bounds the streams of one address, as [stream.Gate] does.
	PerAddress int
	Version    string
	Assets     *assets.Set
	Feed       *Feed
	Log        *slog.Logger
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
	inline     inlined

	connections     *connections
	tables, scrapes *turns // apart, so that viewers keep no scrape waiting
	judgement       judgement
}

const (
	// stall is how long a stream's client may accept nothing.
	stall = 10 * time.Second
	// patience is how long any other answer may take to be accepted.
	patience = 30 * time.Second
)

// New returns a server that is ready to serve.
func New(o Options, p Policy, heartbeat time.Duration) *Server {
	s := &Server{Options: o, channels: api.Channels(), inline: inlineOf(o.Assets)}
	s.listenHost = hostname(o.Listen)
	for _, panel := range o.Feed.panels {
		s.panels = append(s.panels, panel.Name)
	}
	silence := func() time.Duration { return time.Duration(s.heartbeat.Load()) }
	streams, others := shares(descriptors())
	gate := &stream.Gate{Total: streams, PerAddress: o.PerAddress}
	s.json = &stream.Handler{Hub: o.Feed.json, Heartbeat: silence, Stall: stall, Gate: gate, Refuse: s.refuse}
	s.html = &stream.Handler{Hub: o.Feed.html, Heartbeat: silence, Stall: stall, Gate: gate, Refuse: s.refuse}
	s.connections = newConnections(others)
	s.tables, s.scrapes = newTurns(turnsAtOnce, mostWaiting), newTurns(turnsAtOnce, mostWaiting)
	s.Reload(p, heartbeat)
	return s
}

// Reload replaces what may change while the server runs. Streams that are open
// take the heartbeat over with their next event.
func (s *Server) Reload(p Policy, heartbeat time.Duration) {
	s.policy.Store(&p)
	s.heartbeat.Store(int64(heartbeat))
}

// Watching is how many connections and streams are open.
func (s *Server) Watching() int { return s.connections.count() + int(s.Feed.Stats().Subscribers) }

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
// hostile clients call for. Drain ends its connections without cutting anyone off;
// its own Shutdown drops requests that are on their way.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.connections.answering(s.Handler()),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// OPTIONS * would be answered without the checks of a request.
		DisableGeneralOptionsHandler: true,
		ConnContext:                  connContext,
		ConnState:                    s.connections.track,
		ErrorLog:                     slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
}

// Drain ends the connections once nothing more is accepted: what they ask for
// until a short grace is over is answered, and each is closed with its answer. The
// feed is to be closed before, or the streams keep theirs. The error is that of
// ctx, when it ends before they do.
func (s *Server) Drain(ctx context.Context) error { return s.connections.drain(ctx) }

// Handler returns the routes below the base path, behind the checks that every
// request must pass.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	route := func(pattern string, handle http.HandlerFunc) {
		mux.Handle(s.BasePath+pattern, s.readOnly(handle))
	}
	route("/{$}", compressed(s.dashboard))
	route("/processes", s.inTurn(s.tables, compressed(s.processTable)))
	route("/processes/{pid}", s.inTurn(s.tables, compressed(s.processPage)))
	route("/manifest.webmanifest", s.manifest)
	route("/cgroups", s.inTurn(s.tables, compressed(s.cgroupTable)))
	route("/cgroups/{path...}", s.inTurn(s.tables, compressed(s.cgroupPage)))
	route("/fields/{panel}", s.inTurn(s.tables, compressed(s.fieldsPage)))
	route("/embed/{panel}", compressed(s.embed))
	route("/assets/{file}", s.asset)
	route("/api/v1/snapshot", compressed(s.snapshot))
	route("/api/v1/processes", s.inTurn(s.tables, compressed(s.processes)))
	route("/api/v1/cgroups", s.inTurn(s.tables, compressed(s.cgroups)))
	route("/api/v1/notices", compressed(s.noticeList))
	route("/api/v1/fields", compressed(s.fields))
	route("/api/v1/doctor", compressed(s.doctor))
	route("/metrics", s.inTurn(s.scrapes, compressed(s.metrics())))
	route("/healthz", s.health)
	route("/readyz", s.ready)
	route("/events", s.events)
	route("/api/v1/stream", s.stream)
	route("/api/v1/stream/{channels}", s.stream)
	mux.HandleFunc("/", s.notFound)
	if s.BasePath != "" {
		mux.Handle(s.BasePath, http.RedirectHandler(s.BasePath+"/", http.StatusPermanentRedirect))
	}
	return s.guard(mux)
}

// compressed gzips answers for clients that accept it. A stream must not be
// wrapped in it: what should go out at once would be held back.
func compressed(next http.HandlerFunc) http.HandlerFunc { return gzhttp.GzipHandler(next) }

// guard sets the headers that every answer has, and refuses what no route is to
// see: requests with a body and requests for another host.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("Cache-Control", "no-store")
		if r.ContentLength != 0 {
			s.refuseBody(w, r)
			return
		}
		policy := s.policy.Load()
		if !s.isFor(policy, r) {
			s.refuse(w, r, http.StatusMisdirectedRequest,
				fmt.Sprintf("This server does not answer to the name %.80q. Its owner can add it to allowed_hosts.", r.Host))
			return
		}
		if s.isAPI(r) && policy.allowOrigin(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isAPI reports whether a program asks, and not a person.
func (s *Server) isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path+"/", s.BasePath+"/api/")
}

// refuseBody answers before the body is there. net/http would wait for it, on
// this connection for ever, so the connection ends with the answer.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second))
	w.Header().Set("Connection", "close")
	s.refuse(w, r, http.StatusRequestEntityTooLarge, "Requests have no body here.")
}

// isFor reports whether the request is for this server. The assets are for
// whoever asks, so that a refusal has its style: they tell nothing of the
// machine.
func (s *Server) isFor(policy *Policy, r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return policy.allowsHost(r.Host, s.listenHost, local) || strings.HasPrefix(r.URL.Path, s.BasePath+"/assets/")
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
