package notices

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/findings"
)

// Severity is how much a notice matters.
type Severity string

// The severities of notices.
const (
	Info     Severity = "info"     // good to know
	Warning  Severity = "warning"  // worth a look
	Critical Severity = "critical" // something does not work, or is about to stop working
)

func severityOf(s findings.Severity) Severity {
	if s == findings.Critical {
		return Critical
	}
	return Warning
}

// Notice is one thing that has begun or ended.
type Notice struct {
	ID       ID        `json:"id"`
	Time     time.Time `json:"time"` // of the tick at which it was seen
	Kind     string    `json:"kind"`
	Severity Severity  `json:"severity"`
	Section  string    `json:"section"` // the section of the snapshot that shows it
	Subject  string    `json:"subject"` // what it is about, as the machine names it: "/srv", "eth0"
	Text     string    `json:"text"`    // what has happened to it: "91 % full", "91 % full; over after 3 min"
	Ended    bool      `json:"ended"`   // it is over
	// Began is when that began which has ended; zero where it was so from the start.
	Began time.Time `json:"began,omitzero"`
	// Follows is the notice before of the same thing, which this one takes the place
	// of; zero for the first.
	Follows ID `json:"follows,omitzero"`
}

// ID names a notice for good.
type ID struct {
	Run   string // of the program
	Seq   uint64 // of the snapshot at which it was told
	Index int    // among those of the same snapshot
}

// String is RUN-SEQ.INDEX: "9f1c04ae-812.0".
func (id ID) String() string {
	return id.Run + "-" + strconv.FormatUint(id.Seq, 10) + "." + strconv.Itoa(id.Index)
}

// MarshalText gives the string.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// ParseID reads an identifier of a notice, or that of a tick, RUN-SEQ, which is
// after all notices of the ticks before and before those of the next one.
func ParseID(text string) (ID, error) {
	bad := fmt.Errorf("%.40q is no id of a notice", text)
	run, rest, found := strings.Cut(text, "-")
	number, index, ofNotice := strings.Cut(rest, ".")
	seq, err := strconv.ParseUint(number, 10, 64)
	if !found || run == "" || err != nil {
		return ID{}, bad
	}
	id := ID{Run: run, Seq: seq, Index: math.MaxInt}
	if ofNotice {
		if id.Index, err = strconv.Atoi(index); err != nil || id.Index < 0 {
			return ID{}, bad
		}
	}
	return id, nil
}

// After reports whether the notice was told after the one of that id, which is so
// for all that are of another run.
func (n Notice) After(id ID) bool {
	switch {
	case n.ID.Run != id.Run:
		return true
	case n.ID.Seq != id.Seq:
		return n.ID.Seq > id.Seq
	}
	return n.ID.Index > id.Index
}

// most is how many notices are kept.
const most = 200

// Keep returns the notices of before with the new ones behind them, without the
// oldest where there are more than 200. It leaves before as it is.
func Keep(before, found []Notice) []Notice {
	all := make([]Notice, 0, len(before)+len(found))
	all = append(append(all, before...), found...)
	return all[max(0, len(all)-most):]
}

// span is a time in its largest unit: "12 s", "3 min", "8 h", "2 d".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return strconv.Itoa(int(d/day)) + " d"
	case d >= 2*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	case d >= 2*time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d >= time.Second:
		return strconv.Itoa(int(d/time.Second)) + " s"
	}
	return strconv.Itoa(int(d/time.Millisecond)) + " ms"
}
