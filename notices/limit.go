package notices

import "time"

const (
	// burst is how many notices of one kind may follow on each other.
	burst = 5
	// refill is how long it takes until one more may be told.
	refill = time.Minute
)

// limit bounds how many notices of a kind are told, and counts the others. The zero
// limit is ready.
type limit struct {
	used     float64 // of burst
	at       time.Time
	left     int // out, and still to be told of
	severity Severity
}

func (l *limit) allow(now time.Time, severity Severity) bool {
	l.recover(now)
	if l.left == 0 && l.used+1 <= burst {
		l.used++
		return true
	}
	l.left++
	if l.severity != Critical {
		l.severity = severity
	}
	return false
}

// flush returns how many were left out, and how much the worst of them matters, as
// soon as that may be told; else 0.
func (l *limit) flush(now time.Time) (left int, severity Severity) {
	l.recover(now)
	if l.left == 0 || l.used+1 > burst {
		return 0, ""
	}
	left, severity = l.left, l.severity
	l.used, l.left, l.severity = l.used+1, 0, ""
	return left, severity
}

func (l *limit) recover(now time.Time) {
	if !l.at.IsZero() {
		l.used = max(0, l.used-float64(now.Sub(l.at))/float64(refill))
	}
	l.at = now
}
