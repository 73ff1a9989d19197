package server

import (
	"strings"
	"testing"
)

func TestPollIsTheStreamInParts(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	s.Feed.Publish(snapshotOf(1))
	s.Feed.Publish(snapshotOf(2))
	all := text(t, ask(s, "GET", "/events?channels=host&replay=all&poll"))
	if n := strings.Count(all, "event: sample\n"); n != 2 {
		t.Errorf("%d samples, want those of both ticks:\n%s", n, all)
	}
	if !strings.Contains(all, `<hx-partial hx-target="#host-body"`) || strings.Contains(all, "#cpu-body") {
		t.Errorf("these are not the panels that were asked for:\n%s", all)
	}
	id := s.Feed.html.Boot.ID(1).String()
	newer := text(t, ask(s, "GET", "/events?channels=host&replay=all&poll", header("Last-Event-ID", id)))
	if n := strings.Count(newer, "event: sample\n"); n != 1 || !strings.Contains(newer, `"seq":2`) {
		t.Errorf("behind the first tick, there are %d samples, want the second:\n%s", n, newer)
	}
	if r := ask(s, "GET", "/events?channels=nonsense&poll"); r.StatusCode != 400 {
		t.Errorf("a panel that is not there: %s", r.Status)
	}
}
