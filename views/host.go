package views

import (
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// machine is what the host runs, and on what.
func machine(h collector.Host) string {
	text := join(clean(h.OS), clean(h.Kernel), clean(h.Architecture), clean(h.Virtualization))
	// Where the line is broken, a dot ends it and does not begin the next one.
	return strings.ReplaceAll(text, " ·", "\u00a0·")
}

// userNames lists who is logged in, each once.
func userNames(h collector.Host) string {
	seen := make(map[string]bool)
	var names []string
	for _, user := range h.Users {
		if name := clean(user.Name); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	text := strings.Join(names, ", ")
	if h.UsersStatus != collector.OK {
		return join(text, "perhaps not all: "+why(h.UsersStatus))
	}
	if text == "" {
		return "nobody is logged in"
	}
	return text
}

// pick takes one number out of a reading. Without a reading it is missing for
// the reason that the reading is.
func pick[T any](r collector.Reading[T], number func(T) collector.Value) collector.Value {
	if r.Has() {
		return number(r.Value)
	}
	return collector.Missing(r.Status())
}

// plain is a Value as text, a dash when it is missing.
func plain(v collector.Value, as format) string {
	if number, ok := v.Get(); ok {
		return as.text(number)
	}
	return "–"
}
