package views

import (
	"fmt"
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
	for _, want := range []string{"p11", `data-cpu="8.0"`, `href="/ops/#processes"`} {
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
