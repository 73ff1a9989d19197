package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inTurns sends so many requests to a handler of two turns, one waiting, that
// answers each after the time. It returns how many had which answer.
func inTurns(t *testing.T, s *Server, requests int, each time.Duration) map[int]int {
	t.Helper()
	handler := s.inTurn(newTurns(2, 1), func(http.ResponseWriter, *http.Request) { time.Sleep(each) })
	var mu sync.Mutex
	codes := make(map[int]int)
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			w := httptest.NewRecorder()
			handler(w, httptest.NewRequest("GET", "/api/v1/processes", nil))
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
			if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "1" {
				t.Error("not told when to try again")
			}
		})
	}
	all.Wait()
	return codes
}

func TestTurns(t *testing.T) {
	for _, c := range []struct {
		requests     int
		each         time.Duration
		well, denied int
	}{
		{3, time.Second, 3, 0},     // one waits
		{4, time.Second, 3, 1},     // one too many to wait
		{3, 3 * time.Second, 2, 1}, // it waits in vain
		{2, 9 * time.Second, 2, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			codes := inTurns(t, newServer(t, Options{}, Policy{}), c.requests, c.each)
			if codes[http.StatusOK] != c.well || codes[http.StatusServiceUnavailable] != c.denied {
				t.Errorf("%d requests of %s: %v", c.requests, c.each, codes)
			}
		})
	}
}

// What takes much memory waits for its turn, a scrape for one of its own, and the
// rest for nobody.
func TestRoutesInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serving(t, Options{}, peopled(3))
		for range turnsAtOnce {
			s.tables.taken <- struct{}{}
		}
		for path, want := range map[string]int{
			"/processes": 503, "/cgroups": 503, "/fields/cpu": 503, "/api/v1/processes": 503, "/api/v1/cgroups": 503,
			"/metrics": 200, "/": 200, "/api/v1/snapshot": 200, "/healthz": 200,
		} {
			if r := ask(s, "GET", path); r.StatusCode != want || want == 503 && !strings.Contains(text(t, r), "Too many ask") {
				t.Errorf("%s: %s", path, r.Status)
			}
			s.Feed.Publish(peopled(3)) // of now
		}
		s.tables.giveBack()
		if r := ask(s, "GET", "/processes"); r.StatusCode != http.StatusOK {
			t.Errorf("with a turn: %s", r.Status)
		}
		for range turnsAtOnce {
			s.scrapes.taken <- struct{}{}
		}
		if r := ask(s, "GET", "/metrics"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("one scrape too many: %s", r.Status)
		}
	})
}
