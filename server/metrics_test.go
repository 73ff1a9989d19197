package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

func TestMetrics(t *testing.T) {
	s := newServer(t, Options{Version: "v1.2.3"}, Policy{})
	s.Feed.Publish(snapshotOf(7))
	for _, c := range []struct{ accept, kind, end string }{
		{"", "text/plain; version=0.0.4", "\n"},
		{"*/*", "text/plain; version=0.0.4", "\n"},
		{"text/html,*/*;q=0.8", "text/plain; version=0.0.4", "\n"},
		{"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=1.0.0", "\n# EOF\n"},
		{"application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5", "application/openmetrics-text; version=0.0.1", "\n# EOF\n"},
	} {
		response := ask(s, "GET", "/metrics", header("Accept", c.accept))
		body := text(t, response)
		if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, c.kind) || !strings.HasSuffix(body, c.end) {
			t.Errorf("%q: %s, %s, ends in %q", c.accept, response.Status, kind, body[max(0, len(body)-20):])
		}
		for _, line := range []string{
			"node_load1 1.25", `tacho_build_info{version="v1.2.3"} 1`, `tacho_section_status{section="cpu",status="no_baseline"} 1`,
			`tacho_section_status{section="memory",status="unsupported"} 1`, `tacho_stream_subscribers{stream="page"} 0`, `tacho_stream_delay_seconds_count{stream="json"} 0`,
			`nodename="box<script>alert(1)</script>"`,
		} {
			if !strings.Contains(body, line) && !strings.Contains(body, strings.Replace(line, " 1", " 1.0", 1)) && !strings.Contains(body, line+".0") {
				t.Errorf("%q: no %s in\n%s", c.accept, line, body)
			}
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: headers %v", c.accept, response.Header)
		}
	}
}

// deaf is a client that has gone.
type deaf struct{ *httptest.ResponseRecorder }

func (deaf) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestMetricsOfOneWhoHasGone(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, Options{}, Policy{})
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	s.Feed.Publish(snapshotOf(1))
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Host = "127.0.0.1:8585"
	s.Handler().ServeHTTP(deaf{httptest.NewRecorder()}, request)
	if log.Len() > 0 {
		t.Errorf("it is logged: %s", log.String())
	}
}

func TestMetricsCompressed(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	response := ask(s, "GET", "/metrics", header("Accept-Encoding", "gzip"))
	if response.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers %v", response.Header)
	}
	unzipped, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(unzipped); err != nil || !strings.Contains(string(body), "\nnode_load1 1.25\n") {
		t.Errorf("%v, in %q", err, body)
	}
}

// TestMetricsOfNow: a scrape dates what it gets as of now, so it gets nothing
// where there is nothing of now.
func TestMetricsOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{}, Policy{})
		want := func(code int, reason string) {
			t.Helper()
			response := ask(s, "GET", "/metrics")
			if body := text(t, response); response.StatusCode != code || !strings.Contains(body, reason) {
				t.Errorf("%s, %q; want %d and %q", response.Status, body, code, reason)
			} else if code != http.StatusOK && response.Header.Get("Retry-After") == "" {
				t.Error("not told when to try again")
			}
		}
		want(http.StatusServiceUnavailable, "no snapshot yet")
		s.Feed.Publish(snapshotOf(1))
		want(http.StatusOK, "node_load1")
		time.Sleep(4 * time.Second)
		want(http.StatusOK, "node_load1")
		time.Sleep(time.Second)
		want(http.StatusServiceUnavailable, "no tick for 5s")
		s.Feed.Publish(snapshotOf(2))
		want(http.StatusOK, "node_load1")
	})
}

// TestMetricsWithAFault: a section that cannot be written costs no other.
func TestMetricsWithAFault(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	snapshot := snapshotOf(1)
	snapshot.Cgroups = collector.Reading[collector.Cgroups]{At: snapshot.Time, Value: collector.Cgroups{Cgroups: []*collector.Cgroup{nil}}}
	s.Feed.Publish(snapshot)
	if response := ask(s, "GET", "/metrics"); response.StatusCode != http.StatusOK || !strings.Contains(text(t, response), "node_load1 1.25") {
		t.Error(response.Status)
	}
}

func TestMetricsMethods(t *testing.T) {
	s := newServer(t, Options{BasePath: "/tacho"}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405} {
		if response := ask(s, method, "/tacho/metrics"); response.StatusCode != want {
			t.Errorf("%s: %s", method, response.Status)
		}
	}
	if response := ask(s, "GET", "/metrics"); response.StatusCode != http.StatusNotFound {
		t.Errorf("without the base path: %s", response.Status)
	}
}
