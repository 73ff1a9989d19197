package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/notices"
)

func notice(seq uint64, severity notices.Severity, subject, text string) notices.Notice {
	return notices.Notice{ID: notices.ID{Run: "run", Seq: seq}, Time: noon.Add(time.Duration(seq) * time.Second), Severity: severity, Section: "mounts", Subject: subject, Text: text}
}

func told(t *testing.T, list ...notices.Notice) string {
	t.Helper()
	with := shell(healthy())
	with.Notices = list
	page := render(t, Page(with))
	_, panel, found := strings.Cut(page, `<div id="notices-body"`)
	if !found {
		t.Fatal("the page has no panel of events")
	}
	panel, _, _ = strings.Cut(panel, "</section>")
	if partial := render(t, named(t, "notices").With(list).Partial(healthy())); !strings.Contains(partial, strings.TrimSuffix(strings.SplitN(panel, ">", 2)[1], "</div>")) {
		t.Error("page and stream differ")
	}
	return panel
}

// One line tells a thing from its begin to its end, the newest first.
func TestEvents(t *testing.T) {
	begin, end, other := notice(1, notices.Warning, "/srv", "91 % full"), notice(5, notices.Warning, "/srv", "91 % full; over after 4 s"), notice(3, notices.Info, "atlas", "slept for 8 h")
	end.Follows, end.Ended = begin.ID, true
	got := told(t, begin, other, end)
	for _, c := range []struct {
		text  string
		count int
	}{{"91 % full; over", 2}, {"91 % full<", 0}, {`class="event over"`, 1}, {`class="event info"`, 1}, {"<details", 0}, {">12:00:05<", 1}} {
		if n := strings.Count(got, c.text); n != c.count {
			t.Errorf("%q is there %d times, want %d, in %s", c.text, n, c.count, got)
		}
	}
	if strings.Index(got, "12:00:05") > strings.Index(got, "12:00:03") {
		t.Error("the newest is not the first")
	}
	yesterday := notice(1, notices.Critical, "memory", "ran out")
	yesterday.Time = noon.Add(-24 * time.Hour)
	if got := told(t, yesterday); !strings.Contains(got, "Feb 28 12:00:00") {
		t.Errorf("yesterday is told as %s", got)
	}
}

func TestManyEventsAreFolded(t *testing.T) {
	var list []notices.Notice
	for i := range uint64(200) {
		list = append(list, notice(i, notices.Warning, fmt.Sprint("/", i), "91 % full"))
	}
	got := told(t, list...)
	shown, folded, _ := strings.Cut(got, "<details")
	if a, b := strings.Count(shown, "<li"), strings.Count(folded, "<li"); a != 3 || b != 22 || !strings.Contains(folded, "22 before these") {
		t.Errorf("%d in sight and %d folded", a, b)
	}
}

func TestNoEvents(t *testing.T) {
	if got := told(t); !strings.Contains(got, "Nothing has happened") {
		t.Errorf("without any: %s", got)
	}
}

func TestHostileEventsAreInert(t *testing.T) {
	for _, name := range []string{`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, "</hx-partial>", "line\nbreak \u202egnp"} {
		got := told(t, notice(1, notices.Critical, name, name))
		for _, bad := range []string{"<img", "<script", "</hx", "\n", "\u202e"} {
			if strings.Contains(got, bad) {
				t.Errorf("%q is in the page as %s", name, got)
			}
		}
	}
}
