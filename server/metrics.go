package server

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tacho-monitor/tacho/metrics"
)

// metrics answers a scrape from the newest snapshot, in the format that the
// client accepts. It fails when that is not of now: a scrape has no other time
// than its own.
func (s *Server) metrics() http.HandlerFunc {
	gatherer := metrics.Gatherer{
		Snapshot: s.Feed.Latest,
		Streams:  s.Feed.streams,
		Version:  s.Version,
	}
	// Compression is for the server to choose. A fault costs what it is in, and
	// not the scrape.
	scrape := promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{
		ErrorLog:           slog.NewLogLogger(s.Log.Handler(), slog.LevelError),
		ErrorHandling:      promhttp.ContinueOnError,
		DisableCompression: true,
		EnableOpenMetrics:  true,
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if why := s.unready(time.Now()); why != "" {
			w.Header().Set("Retry-After", "1")
			writePlain(w, http.StatusServiceUnavailable, why)
			return
		}
		scrape.ServeHTTP(lenient{w}, r)
	}
}

// lenient takes what can no longer be sent: a client that has gone needs no log,
// of which there would be a line for each family.
type lenient struct{ http.ResponseWriter }

func (w lenient) Write(p []byte) (int, error) {
	w.ResponseWriter.Write(p)
	return len(p), nil
}

// streams are those of the page and those of JSON.
func (f *Feed) streams() []metrics.Streams {
	return []metrics.Streams{{Name: "page", Stats: f.html.Stats()}, {Name: "json", Stats: f.json.Stats()}}
}

// unready says why there are no numbers of now, "" when there are.
func (s *Server) unready(now time.Time) string {
	latest := s.Feed.Latest()
	if latest == nil {
		return "no snapshot yet"
	}
	if age := now.Sub(latest.Time); age > 3*latest.Interval+time.Second {
		return "no tick for " + age.Round(time.Second).String()
	}
	return ""
}
