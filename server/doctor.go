package server

import (
	"net/http"
	"sync"

	"github.com/tacho-monitor/tacho/collector"
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
	writeJSON(w, s.judgement.of(latest))
}

// judgement is the report on a snapshot, made once for all who ask for it.
type judgement struct {
	mu     sync.Mutex
	seq    uint64 // of the snapshot; 0 before the first
	report doctor.Report
}

// of judges the snapshot unless that is done. One examination runs at a time.
func (j *judgement) of(s *collector.Snapshot) doctor.Report {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seq != s.Seq {
		j.seq, j.report = s.Seq, doctor.Examine(s, environment())
	}
	return j.report
}
