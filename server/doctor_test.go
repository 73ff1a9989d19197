package server

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/doctor"
)

// TestDoctor: the first snapshot has no rates, so it says nothing of them.
func TestDoctor(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	for seq := range uint64(2) {
		if r := ask(s, "GET", "/api/v1/doctor"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("before snapshot %d: %s", seq+1, r.Status)
		}
		s.Feed.Publish(snapshotOf(seq + 1))
	}
	r := ask(s, "GET", "/api/v1/doctor")
	var report doctor.Report
	if err := json.NewDecoder(r.Body).Decode(&report); err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %v", r.Status, err)
	}
	if report.Environment.UID != os.Geteuid() || len(report.Sources) < 50 || report.Time.IsZero() {
		t.Errorf("%+v", report.Environment)
	}
	if r := ask(s, "POST", "/api/v1/doctor"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", r.Status)
	}
}

// TestDoctorJudgesOnce: who asks again about the same snapshot gets the same
// report, and of the next one another.
func TestDoctorJudgesOnce(t *testing.T) {
	s := newServer(t, Options{}, Policy{})
	first, again, next := snapshotOf(2), snapshotOf(2), snapshotOf(3)
	again.Time, next.Time = first.Time.Add(time.Hour), first.Time.Add(time.Minute)
	for _, c := range []struct {
		published *collector.Snapshot
		judged    time.Time
	}{{first, first.Time}, {again, first.Time}, {next, next.Time}} {
		s.Feed.Publish(c.published)
		if got := decoded[doctor.Report](t, ask(s, "GET", "/api/v1/doctor")); !got.Time.Equal(c.judged) {
			t.Errorf("judged %s, want %s", got.Time, c.judged)
		}
	}
}
