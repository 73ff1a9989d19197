package server

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/views"
)

// inlined is the style that stands in documents themselves, and the
// Content-Security-Policy of documents: that, our own files, and nothing else. Who
// may frame them is to be added to it.
type inlined struct{ style, policy string }

func inlineOf(set *assets.Set) inlined {
	style, source := set.Inline("first.css")
	return inlined{style, "default-src 'none'; script-src 'self'; style-src 'self' " + source +
		"; connect-src 'self'; img-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "}
}

func (s *Server) dashboard(w http.ResponseWriter, r *http.Request) {
	shell := s.shell(r)
	var err, fault error
	shell.Processes, err = chosenProcesses(r.URL.Query())
	shell.Cgroups, fault = chosenCgroups(r.URL.Query())
	if err = errors.Join(err, fault); err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	s.page(w, r, http.StatusOK, views.Page(shell), "'none'")
}

func (s *Server) embed(w http.ResponseWriter, r *http.Request) {
	panel, ok := views.PanelByName(r.PathValue("panel"))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such panel. Panels are "+strings.Join(s.panels, ", ")+".")
		return
	}
	s.page(w, r, http.StatusOK, views.Embed(s.shell(r), panel), s.policy.Load().frameAncestors())
}

// events is the stream of the page: the samples of its charts, and its panels.
// With poll, it is what has come since the last event, and ends.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	list := r.URL.Query().Get("channels")
	if !r.URL.Query().Has("poll") {
		s.serveStream(w, r, s.html.Serve, s.panels, list)
		return
	}
	s.inTurn(s.tables, func(w http.ResponseWriter, r *http.Request) {
		s.serveStream(w, r, s.html.Once, s.panels, list)
	})(w, r)
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	if !s.Assets.Has(r.PathValue("file")) {
		s.notFound(w, r)
		return
	}
	http.StripPrefix(s.BasePath+"/assets/", s.Assets).ServeHTTP(w, r)
}

// shell is what documents need to know of the server and the request.
func (s *Server) shell(r *http.Request) views.Shell {
	return views.Shell{
		Base:     s.BasePath,
		Port:     portOf(r),
		Script:   s.BasePath + "/" + s.Assets.URL("app.js"),
		Boot:     s.BasePath + "/" + s.Assets.URL("boot.js"),
		First:    s.inline.style,
		FirstURL: s.BasePath + "/" + s.Assets.URL("first.css"),
		Style:    s.BasePath + "/" + s.Assets.URL("app.css"),
		Icon:     s.BasePath + "/" + s.Assets.URL("icon.svg"),
		Icons: views.Icons{
			Warning:  s.BasePath + "/" + s.Assets.URL("icon-warning.svg"),
			Critical: s.BasePath + "/" + s.Assets.URL("icon-critical.svg"),
			Lost:     s.BasePath + "/" + s.Assets.URL("icon-lost.svg"),
		},
		Theme:       theme(r),
		Kiosk:       r.URL.Query().Has("kiosk"),
		Arrangement: arrangement(r),
		Version:     s.Version,
		Snapshot:    s.Feed.Latest(),
		Notices:     s.Feed.Notices(),
	}
}

// theme is what ?theme= asks for, else what the viewer chose before.
func theme(r *http.Request) string {
	chosen := r.URL.Query().Get("theme")
	if cookie, err := r.Cookie("tacho_theme"); chosen == "" && err == nil {
		chosen = cookie.Value
	}
	if chosen == "light" || chosen == "dark" {
		return chosen
	}
	return ""
}

// arrangement is what ?panels= asks for, else what the viewer chose before.
func arrangement(r *http.Request) views.Arrangement {
	if query := r.URL.Query(); query.Has("panels") {
		return views.ParseArrangement(query.Get("panels"))
	}
	if cookie, err := r.Cookie("tacho_panels" + portOf(r)); err == nil {
		return views.ParseArrangement(strings.ReplaceAll(cookie.Value, ".", ","))
	}
	return views.Arrangement{}
}

// page renders into a buffer first, so that a fault still becomes a 500.
func (s *Server) page(w http.ResponseWriter, r *http.Request, code int, document templ.Component, ancestors string) {
	html, err := markup(func() templ.Component { return document })
	if err != nil {
		s.Log.Error("page not rendered", "path", r.URL.Path, "error", err)
		http.Error(w, "The page could not be rendered; the server's log says why.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", s.inline.policy+ancestors)
	w.WriteHeader(code)
	w.Write(html)
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, http.StatusNotFound, "There is nothing at this address.")
}

// refuse answers with JSON below /api and with a page elsewhere.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, code int, detail string) {
	if s.isAPI(r) {
		writeError(w, code, detail)
		return
	}
	s.page(w, r, code, views.Error(s.shell(r), code, http.StatusText(code), detail), "'none'")
}

// portOf tells the cookies of this tacho apart: those of a host are of all its ports,
// and behind each may be the tunnel to another machine. It is "" where the request
// has none, as behind some proxies; the page has it from here.
func portOf(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return port
}
