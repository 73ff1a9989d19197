package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/views"
)

// peopled is a snapshot with processes 1 to n, of which each uses as much of
// everything as its number says, and control groups.
func peopled(n int) *collector.Snapshot {
	s := snapshotOf(7)
	var list []*collector.Process
	for i := 1; i <= n; i++ {
		list = append(list, &collector.Process{
			PID: i, Name: fmt.Sprintf("p%d", i), User: []string{"root", "ana"}[i%2], UID: collector.Of(float64(i % 2)), Unit: fmt.Sprintf("u%d.service", i%3),
			CPU: collector.Of(float64(i)), Resident: uint64(1000 - i), Threads: 1,
		})
	}
	s.Processes = collector.Reading[collector.Processes]{Value: collector.ProcessesOf(list...), At: s.Time}
	group := func(name, kind string, cpu float64) *collector.Cgroup {
		return &collector.Cgroup{Path: "/" + name, Name: name, Kind: kind, CPU: collector.CgroupCPU{Percent: collector.Of(cpu)}, Memory: collector.CgroupMemory{Current: collector.Of(100 - cpu)}}
	}
	s.Cgroups = collector.Reading[collector.Cgroups]{At: s.Time, Value: collector.Cgroups{Hierarchy: "v2", Cgroups: []*collector.Cgroup{
		group("a.service", "service", 1), group("b.service", "service", 2), group("web", "container", 3),
	}}}
	return s
}

func serving(t *testing.T, o Options, s *collector.Snapshot) *Server {
	t.Helper()
	server := newServer(t, o, Policy{})
	if s != nil {
		server.Feed.Publish(s)
	}
	return server
}

// decoded is the body of an answer of 200.
func decoded[T any](t *testing.T, r *http.Response) (got T) {
	t.Helper()
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d, %s", r.StatusCode, r.Header.Get("Content-Type"))
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

type processAnswer struct {
	Seq       int
	Status    string
	Missing   map[string]string
	Age       *float64 `json:"age_seconds"`
	Total     int
	Matched   int
	Processes []struct{ PID int }
}

func TestProcessesOfTheAPI(t *testing.T) {
	s := serving(t, Options{}, peopled(60))
	for query, want := range map[string]struct {
		matched int
		pids    []int
	}{
		"":                                 {60, []int{60, 59, 58}},
		"limit=2":                          {60, []int{60, 59}},
		"sort=memory&limit=3":              {60, []int{1, 2, 3}},
		"by=pid&order=asc&limit=2":         {60, []int{1, 2}},
		"by=pid&sort=memory&limit=1":       {60, []int{60}},
		"sort=cpu&order=asc&limit=1":       {60, []int{1}},
		"user=ana&limit=2":                 {30, []int{59, 57}},
		"user=0&limit=1":                   {30, []int{60}},
		"unit=u1.service&limit=2":          {20, []int{58, 55}},
		"q=P42":                            {1, []int{42}},
		"q=nobody":                         {0, []int{}},
		"q=p1&user=ana&sort=pid&order=asc": {6, []int{1, 11, 13, 15, 17, 19}},
		"cpu=core&limit=1":                 {60, []int{60}},
		"unit=U1&limit=2":                  {20, []int{58, 55}},
	} {
		got := decoded[processAnswer](t, ask(s, "GET", "/api/v1/processes?"+query))
		if got.Seq != 7 || got.Age == nil || got.Total != 60 || got.Matched != want.matched {
			t.Errorf("%s: seq %d, age %v, total %d, matched %d of %d", query, got.Seq, got.Age, got.Total, got.Matched, want.matched)
		}
		pids := []int{}
		for _, p := range got.Processes {
			pids = append(pids, p.PID)
		}
		if !slices.Equal(pids[:min(len(pids), len(want.pids))], want.pids) || query != "" && len(pids) != len(want.pids) {
			t.Errorf("%s: %v, want %v", query, pids, want.pids)
		}
	}
	if got := decoded[processAnswer](t, ask(s, "GET", "/api/v1/processes")); len(got.Processes) != 25 {
		t.Errorf("%d rows without a limit", len(got.Processes))
	}
	got := decoded[processAnswer](t, ask(s, "GET", "/api/v1/processes?limit=2"))
	if got.Status != "ok" || got.Missing["[].swap_bytes"] != "unsupported" || got.Missing["[].cpu_percent"] != "" {
		t.Errorf("status %s, missing %v", got.Status, got.Missing)
	}
	if body := text(t, ask(s, "GET", "/api/v1/processes?q=nobody")); !strings.Contains(body, `"processes":[]`) {
		t.Errorf("none are not an empty list: %s", body)
	}
}

// The manual lists what can be asked for.
func TestParametersAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(keys []string) string { return "`" + strings.Join(keys, "`, `") + "`" }
	text := strings.ReplaceAll(string(manual), "`cpu` (without it)", "`cpu`")
	for _, list := range []string{quoted(collector.ProcessSorts()), quoted(collector.CgroupSorts())} {
		if !strings.Contains(text, list) {
			t.Errorf("docs/api.md does not list %s", list)
		}
	}
	for _, kind := range views.CgroupKinds() {
		if !strings.Contains(text, "`"+kind+"`") {
			t.Errorf("docs/api.md does not name the kind %s", kind)
		}
	}
}

func TestCgroupsOfTheAPI(t *testing.T) {
	s := serving(t, Options{}, peopled(1))
	for query, want := range map[string][]string{
		"":                     {"web", "b.service", "a.service"},
		"sort=memory&limit=1":  {"a.service"},
		"by=name&order=asc":    {"a.service", "b.service", "web"},
		"kind=service":         {"b.service", "a.service"},
		"q=WEB":                {"web"},
		"kind=pod":             {},
		"cgroup_kind=pod":      {"web", "b.service", "a.service"}, // that is the page's
		"sort=cpu&order=asc":   {"a.service", "b.service", "web"},
		"kind=service&limit=1": {"b.service"},
	} {
		got := decoded[struct {
			Seq     int
			Matched int
			Cgroups []struct{ Name string }
		}](t, ask(s, "GET", "/api/v1/cgroups?"+query))
		names := []string{}
		for _, c := range got.Cgroups {
			names = append(names, c.Name)
		}
		if got.Seq != 7 || !slices.Equal(names, want) || got.Matched < len(want) {
			t.Errorf("%s: %v of %d, want %v", query, names, got.Matched, want)
		}
	}
	if body := text(t, ask(s, "GET", "/api/v1/cgroups?kind=pod")); !strings.Contains(body, `"cgroups":[]`) {
		t.Errorf("none are not an empty list: %s", body)
	}
}

// What is not allowed is refused with what is, as JSON to a program and as a page
// to a person.
func TestTablesRefuseWhatIsNotAllowed(t *testing.T) {
	s := serving(t, Options{}, peopled(3))
	long := strings.Repeat("x", 201)
	for path, want := range map[string]string{
		"/processes?sort=size":                 "cpu, memory, swap",
		"/processes?by=size":                   "by=",
		"/processes?order=up":                  "asc and desc",
		"/processes?limit=0":                   "from 1 to 500",
		"/processes?limit=501":                 "from 1 to 500",
		"/processes?limit=ten":                 "from 1 to 500",
		"/?limit=501":                          "from 1 to 500",
		"/?cgroup_limit=501":                   "from 1 to 500",
		"/processes?cpu=both":                  "core and host",
		"/cgroups?cgroup_sort=size":            "cpu, memory, read",
		"/cgroups?cgroup_by=size":              "cgroup_by=",
		"/cgroups?cgroup_order=up":             "asc and desc",
		"/cgroups?cgroup_limit=-1":             "from 1 to 500",
		"/cgroups?cgroup_kind=nonsense":        "service, container",
		"/?sort=size":                          "cpu, memory, swap",
		"/?cgroup_sort=size":                   "cpu, memory, read",
		"/?sort=size&cgroup_order=up":          "asc and desc",
		"/api/v1/processes?sort=size":          "cpu, memory, swap",
		"/api/v1/processes?cpu=both":           "allowed is core",
		"/api/v1/processes?cpu=host":           "allowed is core",
		"/api/v1/processes?limit=10001":        "from 1 to 10000",
		"/api/v1/processes?limit=1e3":          "from 1 to 10000",
		"/api/v1/cgroups?sort=size":            "cpu, memory, read",
		"/api/v1/cgroups?by=size":              "by=",
		"/api/v1/cgroups?kind=nonsense":        "service, container",
		"/api/v1/cgroups?limit=0":              "from 1 to 10000",
		"/api/v1/processes?q=%ff&order=%00asc": "asc and desc",
		"/processes?q=" + long:                 "200 bytes",
		"/processes?user=" + long:              "200 bytes",
		"/processes?unit=" + long:              "200 bytes",
		"/cgroups?cgroup_q=" + long:            "200 bytes",
		"/?q=" + long:                          "200 bytes",
		"/api/v1/processes?q=" + long:          "200 bytes",
		"/api/v1/cgroups?q=" + long:            "200 bytes",
	} {
		r := ask(s, "GET", path)
		body, kind := text(t, r), r.Header.Get("Content-Type")
		if r.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d, %.300q, want 400 and %q", path, r.StatusCode, body, want)
		}
		if api := strings.HasPrefix(path, "/api/"); api != (kind == "application/json") || !api && kind != "text/html; charset=utf-8" {
			t.Errorf("%s: %s", path, kind)
		}
	}
}

// A refusal repeats at most a little of what was asked, and as text.
func TestRefusalsDoNotRepeatMarkup(t *testing.T) {
	s := serving(t, Options{}, peopled(1))
	evil := url.QueryEscape("<script>alert(1)</script>" + strings.Repeat("x", 5000))
	for _, path := range []string{"/processes?sort=", "/processes?cpu=", "/cgroups?cgroup_order=", "/?by=", "/cgroups?cgroup_kind=", "/fields/"} {
		body := text(t, ask(s, "GET", path+evil))
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "xxxxxxxxxxxxxxxxxxxxxxxxx") {
			t.Errorf("%s: %.200s", path, body)
		}
	}
}

// tableOf is the table in the element with that identifier.
func tableOf(page, id string) string {
	_, behind, _ := strings.Cut(page, `id="`+id+`"`)
	table, _, _ := strings.Cut(behind, "</table>")
	return table
}

func TestTablesOfThePage(t *testing.T) {
	s := serving(t, Options{BasePath: "/ops/tacho"}, peopled(60))
	table := text(t, ask(s, "GET", "/ops/tacho/processes?by=pid&order=asc&limit=2"))
	for _, want := range []string{`id="processes-chosen"`, `data-row="process-1-0"`, `aria-sort="ascending"`, "of 60: filter"} {
		if !strings.Contains(table, want) {
			t.Errorf("the chosen table lacks %s", want)
		}
	}
	if strings.Contains(table, "<html") || strings.Contains(table, "process-3-") {
		t.Error("the chosen table is a page, or longer than it was asked to be")
	}
	groups := text(t, ask(s, "GET", "/ops/tacho/cgroups?cgroup_kind=container&q=nothing"))
	if !strings.Contains(groups, `id="cgroups-chosen"`) || !strings.Contains(groups, `data-row="/web`) || strings.Contains(groups, "a.service") {
		t.Errorf("the control groups: %.300s", groups)
	}

	page := text(t, ask(s, "GET", "/ops/tacho/?q=p4&sort=pid&order=asc&cgroup_q=web&cgroup_sort=memory"))
	for _, want := range []string{
		`id="processes-chosen"`, `name="q" value="p4"`, `<option value="pid" selected>`,
		`id="cgroups-chosen"`, `name="cgroup_q" value="web"`, `action="/ops/tacho/#processes"`, `hx-get="/ops/tacho/cgroups"`, `href="/ops/tacho/fields/cpu"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a query lacks %s", want)
		}
	}
	if rows := tableOf(page, "processes-chosen"); !strings.Contains(rows, `data-row="process-4-0"`) || strings.Contains(rows, "process-5-") ||
		strings.Contains(tableOf(page, "cgroups-chosen"), "a.service") {
		t.Error("the page shows what was not asked for")
	}
	if plain := text(t, ask(s, "GET", "/ops/tacho/")); strings.Contains(plain, "-chosen\"") {
		t.Error("a page of no query has a table that was chosen")
	}
}

func TestTablesBeforeTheFirstSnapshot(t *testing.T) {
	s := serving(t, Options{}, nil)
	for _, path := range []string{"/api/v1/processes", "/api/v1/cgroups"} {
		r := ask(s, "GET", path)
		if body := text(t, r); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !strings.Contains(body, "no snapshot yet") {
			t.Errorf("%s: %d, %s", path, r.StatusCode, body)
		}
	}
	for _, path := range []string{"/processes", "/cgroups", "/?q=x", "/fields/cpu"} {
		if r := ask(s, "GET", path); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

// What cannot be read is no empty list.
func TestTablesThatCannotBeRead(t *testing.T) {
	snapshot := peopled(1)
	snapshot.Processes = collector.Reading[collector.Processes]{Err: errors.New("processes: /proc: permission denied")}
	snapshot.Cgroups = collector.Reading[collector.Cgroups]{Err: fmt.Errorf("cgroups: %w", collector.ErrUnsupported)}
	s := serving(t, Options{}, snapshot)
	for path, want := range map[string]string{"/api/v1/processes": "permission denied", "/api/v1/cgroups": "not supported"} {
		r := ask(s, "GET", path)
		if body := text(t, r); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, want) {
			t.Errorf("%s: %d, %s", path, r.StatusCode, body)
		}
	}
	snapshot = peopled(2)
	snapshot.Cgroups = collector.Reading[collector.Cgroups]{}
	s.Feed.Publish(snapshot)
	if body := text(t, ask(s, "GET", "/api/v1/cgroups")); !strings.Contains(body, "no cgroups: unsupported") {
		t.Errorf("never read: %s", body)
	}
	snapshot = peopled(2)
	snapshot.Processes.At = snapshot.Time.Add(-90 * time.Second)
	snapshot.Processes.Err = fmt.Errorf("processes: %w for 90s", collector.ErrStale)
	s.Feed.Publish(snapshot)
	if got := decoded[processAnswer](t, ask(s, "GET", "/api/v1/processes")); *got.Age != 90 || got.Matched != 2 || got.Status != "stale" {
		t.Errorf("numbers of before: %+v", got)
	}
}

func TestTablesAnswerHead(t *testing.T) {
	s := serving(t, Options{}, peopled(2))
	for _, path := range []string{"/processes", "/cgroups", "/fields/raid", "/api/v1/processes", "/api/v1/cgroups", "/api/v1/fields"} {
		got, head := ask(s, "GET", path), ask(s, "HEAD", path)
		if head.StatusCode != got.StatusCode || head.Header.Get("Content-Type") != got.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD is %d %s, GET %d %s", path, head.StatusCode, head.Header.Get("Content-Type"), got.StatusCode, got.Header.Get("Content-Type"))
		}
		if r := ask(s, "POST", path); r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, r.StatusCode)
		}
	}
}

// The forms of the page send to the server that it came from, and to no other.
func TestPagesSendOnlyHere(t *testing.T) {
	s := serving(t, Options{}, peopled(2))
	for _, path := range []string{"/", "/?q=p1", "/processes", "/fields/cpu", "/embed/cpu"} {
		policy := ask(s, "GET", path).Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "form-action 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %q", path, policy)
		}
	}
}

func TestFieldsOfTheAPI(t *testing.T) {
	s := serving(t, Options{}, nil) // the same before and after the first snapshot
	got := decoded[map[string][]struct{ Path, Source, Formula string }](t, ask(s, "GET", "/api/v1/fields"))
	for _, section := range collector.SectionNames() {
		if len(got[section]) == 0 {
			t.Errorf("nothing of %s", section)
		}
	}
	if !slices.ContainsFunc(got["memory"], func(o struct{ Path, Source, Formula string }) bool {
		return o.Path == "total_bytes" && o.Source == "/proc/meminfo" && o.Formula == "MemTotal"
	}) {
		t.Errorf("memory: %v", got["memory"])
	}
}

func TestFieldsOfAPanel(t *testing.T) {
	s := serving(t, Options{}, peopled(2))
	for path, want := range map[string]string{
		"/fields/cpu": "load_1m", "/fields/memory": "SwapTotal", "/fields/raid": "pools[].state", "/fields/sockets": "listening_ports", "/fields/kernel": "max_error_seconds",
		"/fields/processes": "top[].resident_bytes", "/fields/host": "uptime_seconds", "/fields/self": "goroutines",
	} {
		r := ask(s, "GET", path)
		if body := text(t, r); r.StatusCode != http.StatusOK || !strings.Contains(body, want) || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d, without %s", path, r.StatusCode, want)
		}
	}
	for _, path := range []string{"/fields/nonsense", "/fields/findings", "/fields/"} {
		r := ask(s, "GET", path)
		body := text(t, r)
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		if path != "/fields/" && (!strings.Contains(body, "host, cpu, memory") || strings.Contains(body, "findings,")) {
			t.Errorf("%s does not say which there are: %s", path, body)
		}
	}
}
