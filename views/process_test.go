package views

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

// family is a snapshot of processes given as "pid parent cpu".
func family(members ...string) *collector.Snapshot {
	s := healthy()
	var list []*collector.Process
	for _, member := range members {
		p := &collector.Process{Start: 7}
		var cpu float64
		fmt.Sscan(member, &p.PID, &p.Parent, &cpu)
		p.Name, p.CPU = fmt.Sprint("p", p.PID), of(cpu)
		list = append(list, p)
	}
	s.Processes.Value = collector.ProcessesOf(list...)
	return s
}

func shape(rows []processRow) string {
	var shape []string
	for _, row := range rows {
		shape = append(shape, strings.Repeat("-", row.depth)+row.Name)
	}
	return strings.Join(shape, " ")
}

func TestTree(t *testing.T) {
	s := family("1 0 1", "2 0 9", "10 1 5", "11 1 8", "20 11 0", "30 99 3")
	table := ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "cpu"}, Tree: true}
	rows, matched := processRows(s, table)
	if got, want := shape(rows), "p2 p30 p1 -p11 --p20 -p10"; got != want || matched != 6 {
		t.Errorf("by CPU: %s of %d, want %s", got, matched, want)
	}
	table.Sort, table.Ascending, table.Limit = "pid", true, 3
	rows, matched = processRows(s, table)
	if got, want := shape(rows), "p1 -p10 -p11"; got != want || matched != 6 {
		t.Errorf("three by number: %s of %d, want %s", got, matched, want)
	}
	// Who waits for an orphan that has taken the number of its parent?
	if rows, _ := processRows(family("5 6 0", "6 5 0", "7 7 0"), ProcessTable{Tree: true}); len(rows) != 3 {
		t.Errorf("of a circle: %s", shape(rows))
	}
}

func TestProcessPage(t *testing.T) {
	s := family("1 0 1", "10 1 5", "11 10 8")
	document, found := Process(Shell{Base: "/ops", Snapshot: s}, 11, 0)
	page := render(t, document)
	first, second := strings.Index(page, `href="/ops/processes/1?start=7"`), strings.Index(page, `href="/ops/processes/10?start=7"`)
	if !found || first < 0 || second < first {
		t.Errorf("its parents are at %d and %d", first, second)
	}
	for _, want := range []string{"p11", `data-cpu="8.0"`, `<noscript><meta http-equiv="refresh" content="5"></noscript>`, `href="/ops/#processes"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	document, found = Process(Shell{Snapshot: s}, 11, 8)
	if page := render(t, document); found || !strings.Contains(page, "There is no such process") {
		t.Errorf("another one of that number: %s", page)
	}
	if _, found := Process(Shell{}, 1, 0); found {
		t.Error("a process before the first reading")
	}
}

func TestCgroupPage(t *testing.T) {
	s := healthy()
	strange := "/system.slice/a b%2f?\\x2d<i>.service"
	s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &collector.Cgroup{Path: strange, Parent: "/", Name: "strange", Kind: "service"})
	shell := Shell{Base: "/ops", Snapshot: s}
	document, found := Cgroup(shell, "/system.slice/postgresql.service")
	page := render(t, document)
	if !found {
		t.Error("it is not there")
	}
	for _, want := range []string{"<h1 id=\"detail-title\">postgresql.service</h1>", `data-cpu="187.5" data-memory="3221225472.0"`, `href="/ops/cgroups/">/</a>`, `href="/ops/processes/812?start=4711"`, `href="/ops/#cgroups"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "/ops/processes/9001") {
		t.Error("a process of another group")
	}
	document, _ = Cgroup(shell, "/")
	if page, want := render(t, document), `href="/ops/cgroups/system.slice/a%20b%252f%3F%5Cx2d%3Ci%3E.service"`; !strings.Contains(page, want) {
		t.Errorf("the root lacks %s: %s", want, page)
	}
	document, found = Cgroup(shell, "/gone")
	if page := render(t, document); found || !strings.Contains(page, "There is no such unit or container") || strings.Contains(page, "about ended") {
		// A unit comes back: who follows it is not to stop.
		t.Errorf("one that is not there: %s", page)
	}
	if document, found := Cgroup(Shell{}, "/"); found || !strings.Contains(render(t, document), "Waiting for the first reading") {
		t.Error("a group before the first reading")
	}
	none := healthy()
	none.Cgroups = collector.Reading[collector.Cgroups]{Err: fmt.Errorf("cgroups: /sys/fs/cgroup: %w", fs.ErrPermission)}
	document, found = Cgroup(Shell{Snapshot: none}, "/")
	if page := render(t, document); found || !strings.Contains(page, "permission denied") || strings.Contains(page, "has ended") {
		t.Errorf("groups that cannot be read: %s", page)
	}
	for limit, want := range map[float64]string{0.5: "0.5 <small>cores</small>", 1: "1 <small>core</small>", 2.25: "2.25 <small>cores</small>", 10: "10 <small>cores</small>"} {
		s.Cgroups.Value.Cgroups[1].CPU.Limit = of(limit)
		document, _ = Cgroup(shell, "/system.slice/postgresql.service")
		if !strings.Contains(render(t, document), want) {
			t.Errorf("a limit of %v is not %s", limit, want)
		}
	}
	s.Processes.Value = collector.ProcessesOf(&collector.Process{PID: 812, Name: "postgres", Cgroup: "/system.slice/postgresql.service/workers/one"})
	document, _ = Process(shell, 812, 0)
	if !strings.Contains(render(t, document), `href="/ops/cgroups/system.slice/postgresql.service"`) {
		t.Error("no way from a process to its group")
	}
}
