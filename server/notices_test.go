package server

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// mountedAt is a snapshot with a file system that is so full.
func mountedAt(seq uint64, used float64) *collector.Snapshot {
	s := snapshotOf(seq)
	s.Host.Value.Uptime = 86400
	s.Mounts = collector.Reading[collector.Mounts]{At: s.Time, Value: collector.Mounts{Mounts: []collector.Mount{
		{Mountpoint: "/srv<script>", Status: collector.OK, UsedPercent: collector.Of(used)},
	}}}
	return s
}

// fill publishes ten snapshots, a second apart, in the fifth of which a file system
// is full.
func fill(f *Feed) {
	for seq := range uint64(10) {
		used := 50.0
		if seq >= 4 {
			used = 99
		}
		f.Publish(mountedAt(seq+1, used))
		time.Sleep(time.Second)
	}
}

type listed struct {
	Notices []struct{ ID, Kind, Subject, Text string }
}

func noticesOf(t *testing.T, s *Server, query string) (list listed) {
	t.Helper()
	r := ask(s, "GET", "/api/v1/notices"+query)
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d, %s", query, r.StatusCode, r.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal([]byte(text(t, r)), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestNoticesAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{}, Policy{})
		if got := noticesOf(t, s, ""); got.Notices == nil || len(got.Notices) != 0 {
			t.Errorf("before the first: %v", got)
		}
		fill(s.Feed)
		all := noticesOf(t, s, "")
		if len(all.Notices) != 1 || all.Notices[0].Subject != "/srv<script>" || all.Notices[0].Text != "99 % full" {
			t.Fatalf("listed are %v", all)
		}
		id := all.Notices[0].ID
		run, _, _ := strings.Cut(id, "-")
		for since, want := range map[string]int{id: 0, run + "-6": 1, run + "-7": 0, "00000000-7": 1, "00000000-7.3": 1} {
			if got := noticesOf(t, s, "?since="+since); len(got.Notices) != want {
				t.Errorf("since %s: %v, want %d", since, got, want)
			}
		}
		if r := ask(s, "GET", "/api/v1/notices?since=yesterday"); r.StatusCode != 400 {
			t.Errorf("since yesterday: %d", r.StatusCode)
		}
		page := text(t, ask(s, "GET", "/"))
		if !strings.Contains(page, "/srv&lt;script&gt;</b> 99 % full") || !strings.Contains(page, `data-newest="`+id+`"`) {
			t.Error("the page does not tell")
		}
		if embed := text(t, ask(s, "GET", "/embed/notices")); !strings.Contains(embed, "99 % full") {
			t.Error("the panel in a page of others does not tell")
		}
	})
}

// Each stream has a notice with its tick, live and again for those who resume.
func TestNoticesAreStreamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{}, Policy{})
		web := s.HTTPServer()
		l := newPipeListener()
		served := make(chan error, 1)
		go func() { served <- web.Serve(l) }()
		client := &http.Client{Transport: &http.Transport{DialContext: l.dial}}
		get := func(path, last string) *bufio.Scanner {
			r, _ := http.NewRequest("GET", "http://localhost"+path, nil)
			r.Header.Set("Last-Event-ID", last)
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { answer.Body.Close() })
			lines := bufio.NewScanner(answer.Body)
			lines.Buffer(nil, 1<<20)
			return lines
		}
		s.Feed.Publish(snapshotOf(0))
		var live []*bufio.Scanner
		for _, path := range []string{"/api/v1/stream/load", "/events?channels=notices"} {
			live = append(live, get(path, ""))
		}
		go fill(s.Feed)
		for _, lines := range live {
			expect(t, lines, `event: notice`, `"subject":"/srv\u003cscript\u003e"`, "", "id: "+s.Feed.json.Boot.ID(7).String())
		}
		expect(t, live[1], "<hx-partial", "99 % full", "")
		time.Sleep(20 * time.Second)
		for _, path := range []string{"/api/v1/stream/load", "/events?channels=notices"} {
			lines := get(path, s.Feed.json.Boot.ID(6).String())
			expect(t, lines, "event: notice", "", "id: "+s.Feed.json.Boot.ID(7).String(), "id: "+s.Feed.json.Boot.ID(10).String())
		}
		l.Close()
		<-served
		s.Feed.Close()
		client.CloseIdleConnections()
	})
}

// A snapshot that no notices can be found in is shown all the same.
func TestBrokenNoticesAreLeftOut(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	if found := s.Feed.notice(nil); found != nil {
		t.Errorf("in no snapshot, %v is found", found)
	}
}
