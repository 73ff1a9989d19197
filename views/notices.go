package views

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/notices"
)

const (
	// latestEvents are in sight without a click.
	latestEvents = 3
	// mostEvents are on the page at all; /api/v1/notices has the others.
	mostEvents = 25
)

// With returns the panel with what has happened, which no snapshot tells. The list
// has the oldest first. Only the panel of events is another one then.
func (p Panel) With(list []notices.Notice) Panel {
	if p.Name == "notices" {
		p.body = func(s *collector.Snapshot) templ.Component { return noticesBody(s, events(list)) }
	}
	return p
}

func panelsWith(list []notices.Notice) []Panel {
	panels := Panels()
	for i := range panels {
		panels[i] = panels[i].With(list)
	}
	return panels
}

func noNotices(s *collector.Snapshot) templ.Component { return noticesBody(s, nil) }

// events are the newest notices, the newest first, without those that a later one
// takes the place of: one line for each thing.
func events(list []notices.Notice) []notices.Notice {
	var rows []notices.Notice
	replaced := make(map[notices.ID]bool)
	for _, n := range slices.Backward(list) {
		if !replaced[n.ID] && len(rows) < mostEvents {
			rows = append(rows, n)
		}
		replaced[n.Follows] = true
	}
	return rows
}

// eventState is the class of an event, and what is said of it to those who listen.
func eventState(n notices.Notice) string {
	if n.Ended {
		return "over"
	}
	return string(n.Severity)
}

// momentOf is a time of day, with the day where that is another one.
func momentOf(at, now time.Time) string {
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return at.Format("Jan 2 15:04:05")
	}
	return at.Format("15:04:05")
}

// newestNotice names what a page has told already.
func (shell Shell) newestNotice() string {
	if len(shell.Notices) == 0 {
		return ""
	}
	return shell.Notices[len(shell.Notices)-1].ID.String()
}
