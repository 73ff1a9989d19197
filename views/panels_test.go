package views

import (
	stdbytes "bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/tacho-monitor/tacho/collector"
)

// withEvery is a healthy snapshot whose sections all have that state.
func withEvery(at time.Time, every time.Duration, err error) *collector.Snapshot {
	s := healthy()
	snapshot := reflect.ValueOf(s).Elem()
	for i := range snapshot.NumField() {
		if snapshot.Type().Field(i).Tag.Get("section") == "" {
			continue
		}
		reading := snapshot.Field(i)
		reading.FieldByName("At").Set(reflect.ValueOf(at))
		reading.FieldByName("Every").Set(reflect.ValueOf(every))
		if err != nil {
			reading.FieldByName("Err").Set(reflect.ValueOf(err))
		}
	}
	return s
}

// Whatever keeps a section from being read, its panel says it, and shows nothing
// in its place that looks like a number of now.
func TestEveryPanelSaysWhatItLacks(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *collector.Snapshot
		want string
	}{
		{"denied", withEvery(time.Time{}, 0, fmt.Errorf("x: /proc/x: %w", fs.ErrPermission)), "/proc/x: permission denied"},
		{"failed", withEvery(time.Time{}, 0, errors.New("x: line 3 has 4 fields")), "line 3 has 4 fields"},
		{"unsupported", withEvery(time.Time{}, 0, fmt.Errorf("x: %w", collector.ErrUnsupported)), "This machine has no such source."},
		{"never answered", withEvery(time.Time{}, 0, fmt.Errorf("x: %w", collector.ErrStale)), "The source has not answered yet."},
		{"stale", withEvery(noon.Add(-12*time.Second), 0, fmt.Errorf("x: %w", collector.ErrStale)), "No answer for 12\u00a0s: these are the numbers from before."},
		{"less often", withEvery(noon.Add(-3*time.Second), 5*time.Second, nil), "read every 5\u00a0s because reading it costs much"},
	} {
		for _, p := range Panels() {
			want := c.want
			switch {
			case len(p.Sections()) == 0:
				continue
			case p.Name == "raid" && c.name == "unsupported":
				want = "Neither the md driver nor ZFS is loaded."
			case p.Name == "gpus" && c.name == "unsupported":
				want = "No GPU of AMD, Intel or NVIDIA."
			}
			got := render(t, p.Partial(c.s))
			if !strings.Contains(got, want) {
				t.Errorf("%s, %s: does not say %q: %s", p.Name, c.name, want, got)
			}
			if c.name == "stale" && !strings.Contains(got, "stale\"") {
				t.Errorf("%s: numbers of before look like those of now", p.Name)
			}
		}
	}
}

// A number that is missing in a panel is a dash with its reason, whichever it is.
func TestMissingNumbersSayWhyInEveryPanel(t *testing.T) {
	denied := healthy()
	missingIn(reflect.ValueOf(denied).Elem())
	denied.Processes.Value = collector.ProcessesOf(&collector.Process{PID: 1, CPU: denial, UID: denial, Swap: denial, ReadBytes: denial, WriteBytes: denial})
	for _, name := range []string{"processes", "cgroups", "pressure", "sockets", "sensors", "gpus", "raid", "kernel", "cpu", "memory", "disks", "network", "mounts", "self"} {
		got := render(t, named(t, name).Partial(denied))
		dashes, reasons := strings.Count(got, ">–<"), strings.Count(got, `aria-label="permission denied"`)
		if reasons == 0 || dashes == 0 {
			t.Errorf("%s: %d dashes, %d reasons", name, dashes, reasons)
		}
		if zeros := strings.Count(got, ">0 <small>%"); zeros > 0 {
			t.Errorf("%s: %d percentages of 0 that nobody has read", name, zeros)
		}
	}
}

var denial = collector.Missing(collector.Denied)

// missingIn takes every number out of what can be without.
func missingIn(v reflect.Value) {
	if v.Type() == reflect.TypeFor[collector.Value]() {
		v.Set(reflect.ValueOf(denial))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			missingIn(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			missingIn(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				missingIn(v.Field(i))
			}
		}
	}
}

func TestEmptyMachine(t *testing.T) {
	s := healthy()
	s.Processes.Value, s.Cgroups.Value = collector.Processes{}, collector.Cgroups{Hierarchy: "v2"}
	s.Sensors.Value, s.RAID.Value, s.ZFS.Value, s.GPUs.Value = collector.Sensors{}, collector.RAID{}, collector.ZFS{}, collector.GPUs{}
	s.Connections.Value = collector.Connections{}
	for panel, want := range map[string]string{
		"processes": "No process matches.", "cgroups": "No unit or container matches.",
		"raid": "No md array and no ZFS pool.", "gpus": "No graphics processor.", "sensors": `id="sensors-table"`, "sockets": "TCP by state",
	} {
		if got := render(t, named(t, panel).Partial(s)); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in %s", panel, want, got)
		}
	}
}

// heads are the columns of a document by their sort order, "" for none.
func heads(t *testing.T, document string) (sorts []string, buttons int) {
	t.Helper()
	elements(t, document, func(e xml.StartElement) {
		switch e.Name.Local {
		case "th":
			if attribute(e, "scope") == "col" {
				sorts = append(sorts, attribute(e, "aria-sort"))
			}
		case "button":
			buttons++
		}
	})
	return sorts, buttons
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestHeadsSayTheOrder(t *testing.T) {
	for _, c := range []struct {
		document, want string
		at             int
	}{
		{render(t, ProcessView(healthy(), DefaultProcessTable())), "descending", 5},
		{render(t, ProcessView(healthy(), ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "pid", Ascending: true}})), "ascending", 0},
		{render(t, ProcessView(healthy(), ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "io"}})), "", -1},
		{render(t, CgroupView(healthy(), DefaultCgroupTable())), "descending", 2},
		{render(t, CgroupView(healthy(), CgroupTable{collector.CgroupQuery{Sort: "name", Ascending: true}})), "ascending", 0},
	} {
		sorts, _ := heads(t, c.document)
		for i, sort := range sorts {
			if want := map[bool]string{true: c.want}[i == c.at]; sort != want {
				t.Errorf("column %d of %q is %q, want %q", i, sorts, sort, want)
			}
		}
	}
}

func TestChosenTables(t *testing.T) {
	got := render(t, ProcessView(healthy(), ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "pid", Ascending: true, Limit: 2}}))
	if first, second := strings.Index(got, `data-row="process-2-1"`), strings.Index(got, `data-row="process-812-4711"`); first < 0 || second < first {
		t.Errorf("not in the order that was asked for: %d, %d", first, second)
	}
	if strings.Contains(got, "process-9001") || !strings.Contains(got, "2 of 4: filter") {
		t.Error("more rows than were asked for, or not said how many were left out")
	}
	ofHost := render(t, ProcessView(healthy(), ProcessTable{OfHost: true}))
	if !strings.Contains(ofHost, ">94 <small>%") || !strings.Contains(ofHost, "of all cores") {
		t.Error("187.5 % of a core are 94 % of two")
	}
	unscaled := healthy()
	unscaled.CPU = collector.Reading[collector.CPU]{Err: errors.New("cpu: /proc/stat: no cores")}
	if got := render(t, ProcessView(unscaled, ProcessTable{OfHost: true})); strings.Contains(got, ">187 <small>%") || strings.Contains(got, ">188 <small>%") || !strings.Contains(got, "missing") {
		t.Error("of all cores, and nobody knows how many there are")
	}
	if got := render(t, CgroupView(healthy(), CgroupTable{collector.CgroupQuery{Kind: "container"}})); strings.Contains(got, "postgresql") || !strings.Contains(got, "4f0c5e7a9b1d") {
		t.Error("the kind that was asked for is not what is shown")
	}
	for name, none := range map[string]string{
		"processes": render(t, ProcessView(nil, ProcessTable{})), "cgroups": render(t, CgroupView(nil, CgroupTable{})),
	} {
		if !strings.Contains(none, "Waiting for the first reading.") {
			t.Errorf("%s before the first reading: %s", name, none)
		}
	}
	for name, denied := range map[string]string{
		"processes": render(t, ProcessView(troubled(), ProcessTable{})), "pressure": render(t, named(t, "pressure").Partial(troubled())),
	} {
		if !strings.Contains(denied, "permission denied") && !strings.Contains(denied, "no baseline yet") {
			t.Errorf("%s of trouble: %s", name, denied)
		}
	}
}

// What a page was asked for is in its controls, and nowhere else than in them and
// in its table.
func TestControlsShowWhatWasChosen(t *testing.T) {
	s := shell(healthy())
	s.Processes = &ProcessTable{ProcessQuery: collector.ProcessQuery{Text: `"><b>`, User: "ana", Unit: "x.service", Sort: "memory", Ascending: true}, OfHost: true}
	s.Cgroups = &CgroupTable{collector.CgroupQuery{Text: "web", Kind: "container", Sort: "io"}}
	controls := make(map[string]string)
	elements(t, render(t, Page(s)), func(e xml.StartElement) {
		name, checked := attribute(e, "name"), slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "checked" })
		switch {
		case e.Name.Local == "input" && attribute(e, "type") == "search":
			controls[name] = attribute(e, "value")
		case e.Name.Local == "input" && attribute(e, "type") == "checkbox" && checked:
			controls[name] = attribute(e, "value")
		case e.Name.Local == "option" && slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "selected" }):
			controls["selected"] += attribute(e, "value") + " "
		}
	})
	for name, want := range map[string]string{
		"q": `"><b>`, "user": "ana", "unit": "x.service", "order": "asc", "cpu": "host", "cgroup_q": "web", "selected": "memory container io ", "cgroup_order": "",
	} {
		if controls[name] != want {
			t.Errorf("%s is %q, want %q", name, controls[name], want)
		}
	}
}

// A panel in a page of others has nothing to choose, and leads nowhere.
func TestEmbedsHaveNoControls(t *testing.T) {
	for _, p := range Panels() {
		elements(t, render(t, Embed(shell(healthy()), p)), func(e xml.StartElement) {
			if slices.Contains([]string{"form", "input", "select"}, e.Name.Local) {
				t.Errorf("%s: a %s", p.Name, e.Name.Local)
			}
			if class := attribute(e, "class"); class == "sources" || class == "query" {
				t.Errorf("%s: a %s of class %s", p.Name, e.Name.Local, class)
			}
		})
	}
}

// Every panel of the page that has numbers of its own leads to them.
func TestPanelsLeadToTheirSources(t *testing.T) {
	page := render(t, Page(shell(healthy())))
	for _, p := range Panels() {
		if got, want := strings.Contains(page, `href="/tacho/fields/`+p.Name+`"`), len(p.Sections()) > 0; got != want {
			t.Errorf("%s: link %v, want %v", p.Name, got, want)
		}
	}
	for _, section := range collector.SectionNames() {
		if !slices.ContainsFunc(Panels(), func(p Panel) bool { return slices.Contains(p.Sections(), section) }) {
			t.Errorf("no panel has the section %s", section)
		}
	}
}

// The heads of columns and the facts say where their numbers come from. What has
// no number has nothing to say.
func TestNumbersSayTheirSource(t *testing.T) {
	named := strings.Fields("device interface mounted-on type waited-for GPU array-or-pool tick read-at source waits")
	for _, p := range Panels() {
		label, title := "", ""
		inHead := false
		d := xml.NewDecoder(strings.NewReader(render(t, p.Partial(healthy()))))
		d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		for token, err := d.Token(); err == nil; token, err = d.Token() {
			switch token := token.(type) {
			case xml.StartElement:
				switch {
				case token.Name.Local == "th" && attribute(token, "scope") == "col":
					title, label, inHead = attribute(token, "title"), "", true
				case token.Name.Local == "div":
					title = attribute(token, "title")
				case token.Name.Local == "dt":
					label, inHead = "", true
				}
			case xml.CharData:
				if inHead {
					label += string(token)
				}
			case xml.EndElement:
				if name := token.Name.Local; (name == "th" || name == "dt") && inHead {
					inHead = false
					key := strings.ReplaceAll(strings.TrimSpace(label), " ", "-")
					if !slices.Contains(named, key) && !strings.ContainsAny(title, "/(") {
						t.Errorf("%s: %q says %q of its source", p.Name, label, title)
					}
				}
			}
		}
	}
}

// The page of a panel has every number of its sections, and why it is missing.
func TestFieldsAreComplete(t *testing.T) {
	for _, p := range Panels() {
		for name, s := range map[string]*collector.Snapshot{"healthy": healthy(), "troubled": troubled(), "none": nil} {
			got := render(t, Fields(shell(s), p))
			for _, section := range p.Sections() {
				for _, o := range collector.Origins()[section] {
					if !strings.Contains(got, ">"+o.Path+"</th>") {
						t.Errorf("%s, %s: no %s", p.Name, name, o.Path)
					}
				}
			}
			if strings.Contains(got, "<script") {
				t.Errorf("%s: a script that has nothing to do", p.Name)
			}
		}
	}
}

// rowOf is the row of a field as text, with single spaces.
func rowOf(t *testing.T, document, path string) string {
	t.Helper()
	_, row, ok := strings.Cut(document, ">"+path+"</th>")
	if !ok {
		t.Fatalf("no field %s", path)
	}
	row, _, _ = strings.Cut(row, "</tr>")
	var text strings.Builder
	for _, piece := range strings.Split(row, "<") {
		_, after, _ := strings.Cut("<"+piece, ">")
		text.WriteString(after + " ")
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

func TestFieldsOfNow(t *testing.T) {
	for _, c := range []struct{ panel, path, want string }{
		{"memory", "used_percent", "37.5 100 × (MemTotal − available) / MemTotal /proc/meminfo"},
		{"memory", "in_bytes_per_second", "4096 Δpswpin × page size / t /proc/vmstat"},
		{"mounts", "mounts[].used_percent", "/ 65 /data 50 /mnt no answer 100 × (f_blocks − f_bfree) / (f_blocks − f_bfree + f_bavail) statfs(2)"},
		{"disks", "[].size_bytes", "nvme0n1p1 1073741824 nvme0n1 536870912000 dm-0 not supported here 512 × it /sys/dev/block/MAJOR:MINOR/size"},
		{"sensors", "temperatures[].value", "Package id 0 61.5 VRM 91 Composite could not be read / 1000 (power / 10⁶, fan × 1); of a thermal zone temp / 1000 /sys/class/hwmon/hwmonN/KINDN_input"},
		{"raid", "arrays[].members[].number", "md0 · sda1 0 md0 · sdb1 1 md1 · sdc1 0 md1 · sdd1 1 md1 · sde1 2 and 2 more n of DEVICE[n] /proc/mdstat"},
		{"cpu", "cores[].id", "0 0 2 2 N of cpuN /proc/stat"},
		{"cpu", "usage.busy_percent", "37 100 × (Δall − Δidle − Δiowait) / Δall /proc/stat"},
		{"host", "boot_time", "2026-02-26T08:00:00Z btime, in seconds since 1970 /proc/stat"},
		{"kernel", "synchronized", "1 1 unless STA_UNSYNC is set or it returns TIME_ERROR; where that is denied, whether /run/systemd/timesync/synchronized exists adjtimex(2)"},
		{"processes", "top[].swap_bytes", "postgres 12582912 node 0 VmSwap /proc/PID/status"},
		{"cgroups", "top[].cpu.throttled_percent", "/ not supported here postgresql.service idle: no operations 4f0c5e7a9b1d 31 and 1 more 100 × Δnr_throttled / Δnr_periods /sys/fs/cgroup/PATH/cpu.stat"},
		{"pressure", "irq.some.share_percent", "not supported here 100 × Δtotal / t, total in µs /proc/pressure/RESOURCE"},
	} {
		if got := rowOf(t, render(t, Fields(shell(healthy()), named(t, c.panel))), c.path); got != c.want {
			t.Errorf("%s of %s:\n got %q\nwant %q", c.path, c.panel, got, c.want)
		}
	}
}

func TestFieldsSayTheStateOfTheirSection(t *testing.T) {
	for _, c := range []struct{ panel, path, want, about string }{
		{"processes", "total", "denied directories", "/proc: permission denied"},
		{"sockets", "used", "error sockets used", "/proc/net/snmp: cut short"},
		{"sockets", "established", "21 lines", "read 30\u00a0s ago · No answer for 30\u00a0s"},
		{"memory", "total_bytes", "68719476736 MemTotal", "read 12\u00a0s ago · No answer for 12\u00a0s"},
		{"mounts", "mounts[].inodes", "unsupported f_files", "This machine has no such source."},
	} {
		got := render(t, Fields(shell(troubled()), named(t, c.panel)))
		if row := rowOf(t, got, c.path); !strings.HasPrefix(row, c.want) || !strings.Contains(got, c.about) {
			t.Errorf("%s of %s: %q, want %q and %q", c.path, c.panel, row, c.want, c.about)
		}
	}
	slow := render(t, Fields(shell(healthy()), named(t, "gpus")))
	if !strings.Contains(slow, "read 3\u00a0s ago · read every 5\u00a0s because reading it costs much") {
		t.Error("the page does not say how old the numbers are that are read less often")
	}
	if none := render(t, Fields(shell(nil), named(t, "cpu"))); !strings.Contains(none, "no reading yet") || !strings.Contains(none, "/proc/loadavg") {
		t.Error("before the first reading the sources are known, and the numbers are not")
	}
}

// A point of a chart is of its tick: what was carried over is none.
func TestSampleLeavesOutWhatWasCarried(t *testing.T) {
	for _, c := range []struct {
		age  time.Duration
		want bool
	}{
		{0, true}, {-20 * time.Millisecond, true}, {time.Millisecond, false}, {3 * time.Second, false},
	} {
		var got map[string]any
		if err := json.Unmarshal(Sample(withEvery(noon.Add(-c.age), 5*time.Second, nil)), &got); err != nil {
			t.Fatal(err)
		}
		for _, chart := range []string{"cpu", "memory", "disks", "network", "pressure"} {
			for series, number := range got[chart].(map[string]any) {
				if (number != nil) != c.want {
					t.Errorf("read %v before the tick: %s.%s is %v", c.age, chart, series, number)
				}
			}
		}
	}
}

func TestTerminalGolden(t *testing.T) {
	for name, s := range map[string]*collector.Snapshot{"healthy": healthy(), "troubled": troubled()} {
		got := terminalText(t, s)
		path := filepath.Join("testdata", "terminal_"+name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("differs from %s at %q; run go test ./views -update and read the difference", path, firstDifference(got, string(want)))
		}
	}
}

func terminalText(t *testing.T, s *collector.Snapshot) string {
	t.Helper()
	var b stdbytes.Buffer
	if err := Terminal(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A terminal obeys what it prints, so no name may reach it as it is.
func TestTerminalIsNotObeying(t *testing.T) {
	lines := strings.Count(terminalText(t, hostile("name")), "\n")
	for _, name := range []string{"\x1b[2J\x1b]0;owned\x07", "a\nb\r\nc", "tab\tbed", "\u009b31m", "\u202egnp.exe", "\xff\xfe", "\x00", strings.Repeat("long ", 900)} {
		got := terminalText(t, hostile(name))
		if n := strings.Count(got, "\n"); n != lines {
			t.Errorf("%q makes %d lines of %d", name, n, lines)
		}
		for _, r := range got {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%q: %q came through", name, r)
				break
			}
		}
	}
}

func TestTerminalCutsLongLists(t *testing.T) {
	s := healthy()
	var list []*collector.Process
	s.Cgroups.Value.Cgroups = nil
	for i := range 200 {
		list = append(list, &collector.Process{PID: i + 1, Name: "p", CommandLine: strings.Repeat("x", 4000), CPU: of(float64(i))})
		s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &collector.Cgroup{Path: fmt.Sprint("/g", i), Name: fmt.Sprint("g", i)})
	}
	s.Processes.Value = collector.ProcessesOf(list...)
	got := terminalText(t, s)
	if n := strings.Count(got, "190 more"); n != 2 {
		t.Errorf("%d of two lists say what they left out", n)
	}
	for _, line := range strings.Split(got, "\n") {
		if len([]rune(line)) > 250 {
			t.Errorf("a line of %d characters: %.80s", len([]rune(line)), line)
		}
	}
}
