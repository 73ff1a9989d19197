package server

import (
	"net/http"
	"sync/atomic"
	"time"
)

// turns bounds how many answers that take much memory are made at a time, and how
// many requests wait for their turn.
type turns struct {
	taken   chan struct{}
	most    int64 // who wait
	waiting atomic.Int64
}

const (
	turnsAtOnce = 4
	mostWaiting = 64
	// turnWithin is how long a request waits for its turn.
	turnWithin = 2 * time.Second
	// turnLasts is how long the client of an answer may take to accept it: a turn
	// is not for those who read nothing.
	turnLasts = 10 * time.Second
)

func newTurns(atOnce, waiting int) *turns {
	return &turns{taken: make(chan struct{}, atOnce), most: int64(waiting)}
}

// take waits for a turn, which the caller gives back. It reports false where there
// is none in time, or the client has gone.
func (t *turns) take(r *http.Request) bool {
	select {
	case t.taken <- struct{}{}:
		return true
	default:
	}
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > t.most {
		return false
	}
	patience := time.NewTimer(turnWithin)
	defer patience.Stop()
	select {
	case t.taken <- struct{}{}:
		return true
	case <-patience.C:
	case <-r.Context().Done():
	}
	return false
}

func (t *turns) giveBack() { <-t.taken }

// inTurn has next answer when it is its turn, and says 503 where that does not come.
func (s *Server) inTurn(t *turns, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !t.take(r) {
			w.Header().Set("Retry-After", "1")
			s.refuse(w, r, http.StatusServiceUnavailable, "Too many ask for this at once.")
			return
		}
		defer t.giveBack()
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(turnLasts))
		next(w, r)
	}
}
