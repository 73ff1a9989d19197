package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/stream"
)

// snapshot answers with the newest snapshot, all channels or those asked for.
func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) {
	set, err := s.channels.Parse(r.URL.Query().Get("channels"))
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	latest := s.latestFor(w)
	if latest == nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(api.Object(latest, set.Has), '\n'))
}

// latestFor is the newest snapshot. Before the first it answers so and returns
// nil.
func (s *Server) latestFor(w http.ResponseWriter) *collector.Snapshot {
	latest := s.Feed.Latest()
	if latest == nil {
		w.Header().Set("Retry-After", "1")
		writeError(w, http.StatusServiceUnavailable, "no snapshot yet")
	}
	return latest
}

// fields answers where each number comes from.
func (s *Server) fields(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(api.Fields())
}

// stream sends each snapshot, the channels of the path or of ?channels=.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	list := r.PathValue("channels")
	if list == "" {
		list = r.URL.Query().Get("channels")
	}
	s.serveStream(w, r, s.json.Serve, s.channels, list)
}

func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request, stream.Selection), known stream.Channels, list string) {
	want, err := parseSelection(r.URL.Query(), known, list)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	serve(w, r, want)
}

// parseSelection reads replay and interval beside a list of channels.
func parseSelection(query url.Values, known stream.Channels, list string) (want stream.Selection, err error) {
	if want.Channels, err = known.Parse(list); err != nil {
		return want, err
	}
	if want.Replay, err = parseReplay(query.Get("replay")); err != nil {
		return want, err
	}
	want.Interval, err = parseInterval(query.Get("interval"))
	return want, err
}

const (
	leastInterval = 100 * time.Millisecond // that the settings allow
	mostInterval  = time.Hour
)

// parseInterval reads how much time a client wants between two ticks.
func parseInterval(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < leastInterval || d > mostInterval {
		return 0, fmt.Errorf("interval=%.20q: allowed is a duration from 100ms to 1h, as in 5s", text)
	}
	return d, nil
}

// parseReplay reads how many ticks a stream begins with.
func parseReplay(text string) (int, error) {
	switch text {
	case "":
		return 1, nil
	case "all":
		return maxReplay, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxReplay {
		return 0, fmt.Errorf("replay=%.20q: allowed are all, or a number of ticks from 1 to %d", text, maxReplay)
	}
	return n, nil
}

const maxReplay = 86400

// health says that the process answers.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) { writePlain(w, http.StatusOK, "ok") }

// ready says that there are numbers, and that they are of now.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if why := s.unready(time.Now()); why != "" {
		writePlain(w, http.StatusServiceUnavailable, why)
		return
	}
	writePlain(w, http.StatusOK, "ok")
}

func writeJSON(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(data)
}

func writePlain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	fmt.Fprintln(w, text)
}

func writeError(w http.ResponseWriter, code int, detail string) {
	type fault struct {
		Code   int    `json:"code"`
		Status string `json:"status"`
		Detail string `json:"detail"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]fault{"error": {code, http.StatusText(code), detail}})
}
