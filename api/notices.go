package api

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tacho-monitor/tacho/notices"
)

// Notice is a notice as one line of JSON.
func Notice(n notices.Notice) []byte {
	line, err := json.Marshal(inMilliseconds(n))
	if err != nil {
		line, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return line
}

// Notices is an object with those of a list that were told after the one of an id,
// the newest first; all of them after the zero id. The list has the oldest first.
func Notices(list []notices.Notice, since notices.ID) []byte {
	found := []notices.Notice{}
	for _, n := range slices.Backward(list) {
		if n.After(since) {
			found = append(found, inMilliseconds(n))
		}
	}
	object, err := json.Marshal(map[string][]notices.Notice{"notices": found})
	if err != nil {
		object, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return object
}

func inMilliseconds(n notices.Notice) notices.Notice {
	n.Time = n.Time.UTC().Truncate(time.Millisecond)
	if !n.Began.IsZero() {
		n.Began = n.Began.UTC().Truncate(time.Millisecond)
	}
	return n
}
