package collector

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func processesOf(all ...*Process) Processes {
	var table processTable
	for i, p := range all {
		table.set(int32(2*i), p) // with free slots in between
	}
	return Processes{Listed: len(all), table: table.publish()}
}

func pidsOf(rows []*Process) []int {
	pids := make([]int, len(rows))
	for i, p := range rows {
		pids[i] = p.PID
	}
	return pids
}

func queried() Processes {
	return processesOf(
		&Process{PID: 30, Name: "nginx", User: "www-data", UID: Of(33), Unit: "nginx.service", Cgroup: "/system.slice/nginx.service", CPU: Of(5), Resident: 10, ReadBytes: Of(1), WriteBytes: Of(2), Start: 9, CPUSeconds: 3, Threads: 1},
		&Process{PID: 7, Name: "Bash", User: "alice", UID: Of(1000), Unit: "session-1.scope", CPU: Of(5), Resident: 30, ReadBytes: Missing(Denied), WriteBytes: Missing(Denied), Start: 5, CPUSeconds: 1, Threads: 1},
		&Process{PID: 100, Name: "stress", CommandLine: "stress --CPU 8 Übung", User: "root", UID: Of(0), Container: "4f5e", Cgroup: "/docker/4f5e", CPU: Missing(NoBaseline), Resident: 20, ReadBytes: Of(9), WriteBytes: Of(0), Swap: Of(4), Start: 7, CPUSeconds: 2, Threads: 8},
		&Process{PID: 8, Name: "kworker", UID: Missing(NoBaseline), CPU: Of(0), ReadBytes: Of(0), WriteBytes: Of(8), Start: 1},
	)
}

func TestSelectProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		query   ProcessQuery
		want    []int
		matched int
	}{
		"all by CPU":        {ProcessQuery{}, []int{7, 30, 8, 100}, 4},
		"CPU ascending":     {ProcessQuery{Ascending: true}, []int{8, 7, 30, 100}, 4},
		"unknown order":     {ProcessQuery{Sort: "colour"}, []int{7, 30, 8, 100}, 4},
		"two":               {ProcessQuery{Limit: 2}, []int{7, 30}, 4},
		"more than all":     {ProcessQuery{Limit: 99}, []int{7, 30, 8, 100}, 4},
		"memory":            {ProcessQuery{Sort: "memory", Limit: 3}, []int{7, 100, 30}, 4},
		"swap":              {ProcessQuery{Sort: "swap"}, []int{100, 7, 8, 30}, 4},
		"swap ascending":    {ProcessQuery{Sort: "swap", Ascending: true}, []int{100, 7, 8, 30}, 4},
		"read":              {ProcessQuery{Sort: "read"}, []int{100, 30, 8, 7}, 4},
		"write":             {ProcessQuery{Sort: "write"}, []int{8, 30, 100, 7}, 4},
		"io":                {ProcessQuery{Sort: "io"}, []int{100, 8, 30, 7}, 4},
		"pid ascending":     {ProcessQuery{Sort: "pid", Ascending: true}, []int{7, 8, 30, 100}, 4},
		"name":              {ProcessQuery{Sort: "name", Ascending: true}, []int{7, 8, 30, 100}, 4},
		"user ascending":    {ProcessQuery{Sort: "user", Ascending: true}, []int{7, 100, 30, 8}, 4},
		"time":              {ProcessQuery{Sort: "time"}, []int{30, 100, 7, 8}, 4},
		"threads":           {ProcessQuery{Sort: "threads", Limit: 1}, []int{100}, 4},
		"started":           {ProcessQuery{Sort: "started"}, []int{30, 100, 7, 8}, 4},
		"unit ascending":    {ProcessQuery{Sort: "unit", Ascending: true}, []int{30, 7, 8, 100}, 4},
		"text in name":      {ProcessQuery{Text: " BASH "}, []int{7}, 1},
		"text in command":   {ProcessQuery{Text: "--cpu"}, []int{100}, 1},
		"text not ASCII":    {ProcessQuery{Text: "ÜBUNG"}, []int{100}, 1},
		"text in PID":       {ProcessQuery{Text: "30"}, []int{30}, 1},
		"text in unit":      {ProcessQuery{Text: ".SERVICE"}, []int{30}, 1},
		"text in user":      {ProcessQuery{Text: "alic"}, []int{7}, 1},
		"text in container": {ProcessQuery{Text: "4F5E"}, []int{100}, 1},
		"text of nobody":    {ProcessQuery{Text: "nobody has this"}, []int{}, 0},
		"user":              {ProcessQuery{User: "alice"}, []int{7}, 1},
		"user by number":    {ProcessQuery{User: "0"}, []int{100}, 1},
		"unit":              {ProcessQuery{Unit: "nginx.service"}, []int{30}, 1},
		"beginning of unit": {ProcessQuery{Unit: "NGINX"}, []int{30}, 1},
		"middle of unit":    {ProcessQuery{Unit: "service"}, []int{}, 0},
		"container":         {ProcessQuery{Unit: "4F5e"}, []int{100}, 1},
		"short container":   {ProcessQuery{Unit: "4f"}, []int{100}, 1},
		"cgroup":            {ProcessQuery{Cgroup: "/system.slice/nginx.service"}, []int{30}, 1},
		"cgroup above":      {ProcessQuery{Cgroup: "/system.slice"}, []int{30}, 1},
		"cgroup alike":      {ProcessQuery{Cgroup: "/system.slice/nginx"}, []int{}, 0},
		"root cgroup":       {ProcessQuery{Cgroup: "/"}, []int{30, 100}, 2},
		"user and unit":     {ProcessQuery{User: "alice", Unit: "nginx.service"}, []int{}, 0},
		"text with limit":   {ProcessQuery{Text: "s", Limit: 1}, []int{7}, 4 - 1},
	} {
		rows, matched := queried().Select(c.query)
		if got := pidsOf(rows); !slices.Equal(got, c.want) || matched != c.matched {
			t.Errorf("%s: %v of %d, want %v of %d", name, got, matched, c.want, c.matched)
		}
	}
	if rows, matched := (Processes{}).Select(ProcessQuery{Limit: 5}); len(rows) != 0 || matched != 0 {
		t.Errorf("of none: %v of %d", rows, matched)
	}
}

// TestIdleProcessesStayWhereTheyAre: what a processor spends below a tenth of a
// percent is no reason to change places.
func TestIdleProcessesStayWhereTheyAre(t *testing.T) {
	idle := processesOf(
		&Process{PID: 1, CPU: Of(0.01), Resident: 1},
		&Process{PID: 2, CPU: Of(0), Resident: 5},
		&Process{PID: 3, CPU: Of(0.04), Resident: 1},
		&Process{PID: 4, CPU: Of(0.06)},
	)
	rows, _ := idle.Select(ProcessQuery{})
	if got, want := pidsOf(rows), []int{4, 2, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("most first: %v, want %v", got, want)
	}
	rows, _ = idle.Select(ProcessQuery{Ascending: true})
	if got, want := pidsOf(rows), []int{2, 1, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("least first: %v, want %v", got, want)
	}
}

// TestSelectIsTheBeginningOfTheWhole: a limit changes nothing but the length.
func TestSelectIsTheBeginningOfTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]*Process, 1000)
	for i, pid := range random.Perm(len(all)) {
		all[i] = &Process{PID: pid, CPU: Of(float64(random.IntN(20))), Swap: Missing(NoBaseline), User: string(rune('a' + random.IntN(5)))}
		if random.IntN(5) == 0 {
			all[i].CPU = Missing(NoBaseline)
		}
	}
	processes := processesOf(all...)
	for _, key := range ProcessSorts() {
		for _, ascending := range []bool{false, true} {
			whole, _ := processes.Select(ProcessQuery{Sort: key, Ascending: ascending})
			for _, limit := range []int{1, 2, 50, 999} {
				rows, matched := processes.Select(ProcessQuery{Sort: key, Ascending: ascending, Limit: limit})
				if matched != len(all) || !slices.Equal(rows, whole[:limit]) {
					t.Errorf("%s, ascending %v, %d", key, ascending, limit)
				}
			}
		}
	}
}

// A container goes by its name too, which the control groups know.
func TestSelectProcessesOfAContainer(t *testing.T) {
	s := &Snapshot{Processes: Reading[Processes]{Value: queried()}, Cgroups: Reading[Cgroups]{Value: Cgroups{Cgroups: []*Cgroup{
		{Kind: "container", Name: "Web-1", Container: "4f5e"},
		{Kind: "group", Name: "workers", Container: "4f5e"}, // a directory within it
		{Kind: "service", Name: "nginx.service"},
	}}}}
	for unit, want := range map[string][]int{
		"web-1": {100}, "WEB": {100}, "4f": {100}, "nginx.service": {30}, "eb-1": {}, "workers": {}, "": {7, 30, 8, 100},
	} {
		if rows, matched := s.SelectProcesses(ProcessQuery{Unit: unit}); !slices.Equal(pidsOf(rows), want) || matched != len(want) {
			t.Errorf("%s: %v of %d, want %v", unit, pidsOf(rows), matched, want)
		}
	}
}

func BenchmarkSelectByText(b *testing.B) {
	line := strings.Repeat("a", 4096)
	all := make([]*Process, 1000)
	for i := range all {
		all[i] = &Process{PID: i, CommandLine: line}
	}
	processes := processesOf(all...)
	query := ProcessQuery{Text: strings.Repeat("a", 199) + "b"}
	b.ReportAllocs()
	for b.Loop() {
		processes.Select(query)
	}
}

func FuzzContainsFold(f *testing.F) {
	f.Add("Nginx", "gin")
	f.Add("ÜBUNG", "übung")
	f.Fuzz(func(t *testing.T, text, part string) {
		if !utf8.ValidString(text) || !utf8.ValidString(part) {
			return // halves of runes become others where they meet
		}
		p := processesOf(&Process{PID: 1, Name: text + part + text})
		if _, matched := p.Select(ProcessQuery{Text: part}); matched != 1 {
			t.Errorf("%q is not in %q", part, text+part+text)
		}
	})
}
