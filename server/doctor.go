package server

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/tacho-monitor/tacho/doctor"
)

// environment is that of this process, which does not change while it runs.
var environment = sync.OnceValue(doctor.Look)

// doctor answers what this process can read and what it cannot, by the newest
// snapshot.
func (s *Server) doctor(w http.ResponseWriter, _ *http.Request) {
	latest := s.Feed.Latest()
	if latest == nil || latest.Seq < 2 {
		w.Header().Set("Retry-After", "1")
		writeError(w, http.StatusServiceUnavailable, "no snapshot with rates yet")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(doctor.Examine(latest, environment()))
}
