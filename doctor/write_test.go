package doctor

import (
	"encoding/json"
	"strings"
	"testing"
)

func example() Report {
	mends := []Mend{
		{Kind: "unit", Text: "give it what it lacks", Lines: []string{"[Service]", "AmbientCapabilities=CAP_SYS_PTRACE"}, Price: "much"},
		{Kind: "note", Text: "leave it"},
	}
	return Report{
		Environment: Environment{UID: 61190, Kernel: "6.1.0", Service: "tacho.service", NoNewPrivs: true},
		Notes:       []string{"A note."},
		Counts:      map[Status]int{OK: 1, Denied: 2, Absent: 1, Missing: 0, Failing: 0},
		Sources: []Finding{
			{Section: "load", Source: "/proc/loadavg", Gives: "the load averages", Status: OK},
			{Section: "processes", Source: "/proc/PID/io", Gives: "what each process writes", Status: Denied, Why: "6 of 7 processes", Mends: mends},
			{Section: "processes", Source: "/proc/PID/stat", Gives: "memory", Status: Denied, Why: "1 of 7 processes: \x1b[31mred\n", Mends: mends},
			{Section: "gpus", Source: "/sys/class/drm", Gives: "graphics processors", Status: Absent, Why: "none"},
		},
	}
}

const written = `Judged as uid 61190 without capabilities, as tacho.service of systemd (may gain no privilege), on hardware of its own, Linux 6.1.0.
A note.

load
  ok       /proc/loadavg   the load averages

processes
! denied   /proc/PID/io    what each process writes
           6 of 7 processes
           mend: give it what it lacks
               [Service]
               AmbientCapabilities=CAP_SYS_PTRACE
             price: much
           or: leave it
! denied   /proc/PID/stat  memory
           1 of 7 processes: ` + "\uFFFD[31mred\uFFFD" + `
           mend: as for /proc/PID/io

gpus
  absent   /sys/class/drm  graphics processors
           none

4 sources: 2 denied, 1 absent, 1 ok
`

func TestWrite(t *testing.T) {
	var b strings.Builder
	if err := example().Write(&b); err != nil || b.String() != written {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// A report that came from a server is written as one of this process.
func TestReportSurvivesJSON(t *testing.T) {
	text, err := json.Marshal(example())
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Write(&b); err != nil || b.String() != written {
		t.Errorf("%v\n%s", err, b.String())
	}
	for _, name := range []string{`"environment"`, `"no_new_privs":true`, `"well":false`, `"counts":{`, `"sources":[`, `"mends":[`, `"price":"much"`} {
		if !strings.Contains(string(text), name) {
			t.Errorf("no %s in %s", name, text)
		}
	}
}
