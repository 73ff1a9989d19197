package api_test

import (
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/notices"
)

func TestNotices(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	first := notices.Notice{ID: notices.ID{Run: "9f1c04ae", Seq: 7}, Time: at, Kind: "space", Severity: notices.Warning, Section: "mounts", Subject: "/srv\xff", Text: "91 % full"}
	second := first
	second.ID, second.Follows, second.Began, second.Ended, second.Text = notices.ID{Run: "9f1c04ae", Seq: 9, Index: 1}, first.ID, at, true, "91 % full; over after 2 s"
	const one = `{"id":"9f1c04ae-7.0","time":"2026-03-01T11:00:00.123Z","kind":"space","severity":"warning","section":"mounts","subject":"/srv\ufffd","text":"91 % full","ended":false}`
	const two = `{"id":"9f1c04ae-9.1","time":"2026-03-01T11:00:00.123Z","kind":"space","severity":"warning","section":"mounts","subject":"/srv\ufffd","text":"91 % full; over after 2 s","ended":true,"began":"2026-03-01T11:00:00.123Z","follows":"9f1c04ae-7.0"}`
	if got := string(api.Notice(first)); got != one {
		t.Errorf("got  %s\nwant %s", got, one)
	}
	list := []notices.Notice{first, second}
	for _, c := range []struct {
		since notices.ID
		want  string
	}{
		{notices.ID{}, two + "," + one},
		{first.ID, two},
		{second.ID, ""},
	} {
		if got, want := string(api.Notices(list, c.since)), `{"notices":[`+c.want+`]}`; got != want {
			t.Errorf("since %v: got\n%s\nwant\n%s", c.since, got, want)
		}
	}
}
