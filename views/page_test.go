package views

import (
	stdbytes "bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/tacho-monitor/tacho/collector"
)

var update = flag.Bool("update", false, "write the golden files")

func shell(s *collector.Snapshot) Shell {
	return Shell{
		Base: "/tacho", Script: "/tacho/assets/app.js", Boot: "/tacho/assets/boot.js", First: "first{}", FirstURL: "/tacho/assets/first.css", Style: "/tacho/assets/app.css", Icon: "/tacho/assets/icon.svg",
		Theme: "dark", Version: "v1.2.3", Snapshot: s,
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b stdbytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func named(t *testing.T, name string) Panel {
	t.Helper()
	p, ok := PanelByName(name)
	if !ok {
		t.Fatalf("no panel %q", name)
	}
	return p
}

// documents are all that this package renders, of one snapshot.
func documents(t *testing.T, s *collector.Snapshot) map[string]string {
	t.Helper()
	chosen := shell(s)
	chosen.Processes, chosen.Cgroups = &ProcessTable{}, &CgroupTable{}
	out := map[string]string{
		"page":           render(t, Page(shell(s))),
		"page of tables": render(t, Page(chosen)),
		"processes":      render(t, ProcessView(s, ProcessTable{OfHost: true})),
		"cgroups":        render(t, CgroupView(s, CgroupTable{})),
	}
	for _, p := range Panels() {
		out["fields "+p.Name] = render(t, Fields(shell(s), p))
		out["embed "+p.Name] = render(t, Embed(shell(s), p))
		out["partial "+p.Name] = render(t, p.Partial(s))
	}
	return out
}

var (
	emptyCell = regexp.MustCompile(`<td[^>]*></td>`)
	blankCell = regexp.MustCompile(`class="([^"]* )?blank"`)
)

// TestBlankCells: where rows are cards, a cell that has nothing takes no place.
func TestBlankCells(t *testing.T) {
	for _, s := range []*collector.Snapshot{healthy(), troubled()} {
		cells := emptyCell.FindAllString(render(t, Page(shell(s))), -1)
		if len(cells) == 0 {
			t.Error("no cell is empty")
		}
		for _, cell := range cells {
			if !blankCell.MatchString(cell) {
				t.Errorf("%s is not marked as such", cell)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	for name, component := range map[string]templ.Component{
		"healthy":  Page(shell(healthy())),
		"troubled": Page(shell(troubled())),
		"waiting":  Page(shell(nil)),
		"embed":    Embed(shell(healthy()), named(t, "memory")),
		"partial":  named(t, "mounts").Partial(healthy()),
		"fields":   Fields(shell(healthy()), named(t, "raid")),
		"chosen":   ProcessView(healthy(), ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "memory", Ascending: true, Limit: 2}, OfHost: true}),
		"error":    Error(shell(nil), 404, "Not Found", "There is nothing at <this> address."),
	} {
		t.Run(name, func(t *testing.T) {
			// One tag a line, so that a difference has a place.
			got := strings.ReplaceAll(render(t, component), "><", ">\n<") + "\n"
			path := filepath.Join("testdata", name+".html")
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
		})
	}
}

func firstDifference(got, want string) string {
	wanted := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			return line
		}
	}
	return "the end"
}

// A missing number never reads as 0 or as nothing: it is a dash with a reason.
func TestMissingSaysWhy(t *testing.T) {
	got := render(t, Page(shell(troubled())))
	for _, reason := range []string{
		"no baseline yet: a rate needs two readings",
		"No answer for 12\u00a0s: these are the numbers from before.",
		"stale 12\u00a0s",
		"permission denied",
		"/proc/net/dev: line 3 has 4 fields",
		"This machine has no such source.",
		"The source has not answered yet.",
		"not supported here",
	} {
		if !strings.Contains(got, reason) {
			t.Errorf("the page does not say %q", reason)
		}
	}
	if page := render(t, Page(shell(healthy()))); !strings.Contains(page, `title="no answer for 12 s"`) {
		t.Error("a mount that hangs does not say so")
	}
}

// elements calls visit for each start tag of a document.
func elements(t *testing.T, document string, visit func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(document))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			visit(start)
		}
	}
}

var known = strings.Fields(`html head meta title link style script noscript body header footer section main h1 h2 h3 p div span b i small ul ol li dl dt dd
	a abbr table thead tbody tr th td details summary figure figcaption fieldset legend label input form select option button time svg rect line path circle hx-partial canvas`)

func TestHostileNamesAreInert(t *testing.T) {
	for _, name := range []string{
		`<img src=x onerror=alert(1)>`,
		`"><script>alert(1)</script>`,
		`' onmouseover='alert(1)`,
		`</hx-partial><hx-partial hx-target="body">`,
		`</script><style>*{display:none}</style>`,
		`javascript:alert(1)`,
		"line\nbreak\r\ttab\x00nul",
		"invalid \xff\xfe UTF-8",
		"right to left \u202egnp.exe",
		"{{.}} ${x} `",
		strings.Repeat("long/", 900),
		"",
	} {
		for kind, document := range documents(t, hostile(name)) {
			if strings.ContainsAny(document, "\x00\r\u202e") || strings.ContainsRune(document, '\ufffe') {
				t.Errorf("%s of %q: a character of the name came through", kind, name)
			}
			elements(t, document, func(e xml.StartElement) {
				if !slices.Contains(known, e.Name.Local) {
					t.Errorf("%s of %q: element %s", kind, name, e.Name.Local)
				}
				if e.Name.Local == "script" && !slices.Contains(e.Attr, xml.Attr{Name: xml.Name{Local: "src"}, Value: "/tacho/assets/boot.js"}) {
					t.Errorf("%s of %q: a script that is not ours", kind, name)
				}
			})
		}
	}
}

// The content security policy refuses what this finds: of what is inline it lets
// only what the build made.
func TestNoAttributeIsInline(t *testing.T) {
	for _, s := range []*collector.Snapshot{healthy(), troubled(), nil, hostile(`" style="x" onclick="y`)} {
		for kind, document := range documents(t, s) {
			elements(t, document, func(e xml.StartElement) {
				for _, attribute := range e.Attr {
					name := attribute.Name.Local
					if name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(name, "hx-on") {
						t.Errorf("%s: <%s %s>", kind, e.Name.Local, name)
					}
				}
			})
		}
	}
}

func TestIdentifiersAreUnique(t *testing.T) {
	s := healthy()
	s.Mounts.Value.Mounts = append(s.Mounts.Value.Mounts, s.Mounts.Value.Mounts[0], collector.Mount{Mountpoint: "/~2"}, collector.Mount{Mountpoint: "_2f"})
	for _, s := range []*collector.Snapshot{s, troubled(), nil, hostile("a b")} {
		for kind, document := range documents(t, s) {
			seen := make(map[string]bool)
			elements(t, document, func(e xml.StartElement) {
				for _, attribute := range e.Attr {
					if attribute.Name.Local != "id" {
						continue
					}
					if seen[attribute.Value] {
						t.Errorf("%s: id %q twice", kind, attribute.Value)
					}
					seen[attribute.Value] = true
				}
			})
		}
	}
}

// The stream replaces the inside of an element that the page has.
func TestPartialsFindTheirTargets(t *testing.T) {
	page := render(t, Page(shell(healthy())))
	for _, p := range Panels() {
		if !strings.Contains(page, `id="`+p.Name+`-body"`) {
			t.Errorf("%s: the page has no body of that name", p.Name)
		}
		got := render(t, p.Partial(healthy()))
		if !strings.HasPrefix(got, `<hx-partial hx-target="#`+p.Name+`-body" hx-swap="patch">`) {
			t.Errorf("%s: partial begins %.80s", p.Name, got)
		}
		// Lines in titles are lines of the event. A carriage return would end one.
		if strings.ContainsAny(got, "\r\x00") {
			t.Errorf("%s: partial has characters that a stream cannot carry", p.Name)
		}
	}
}

func TestPanelByName(t *testing.T) {
	if _, ok := PanelByName("nonsense"); ok {
		t.Error("there is a panel of nonsense")
	}
	if got := named(t, "cpu").Title; got != "CPU" {
		t.Errorf("title %q", got)
	}
}

func TestManyCores(t *testing.T) {
	s := healthy()
	s.CPU.Value.Cores = nil
	for i := range 256 {
		s.CPU.Value.Cores = append(s.CPU.Value.Cores, collector.Core{ID: i, Usage: busy()})
	}
	s.CPU.Value.Cores[77].Usage.Busy = of(99)
	got := render(t, named(t, "cpu").Partial(s))
	if !strings.Contains(got, "busiest core 77: 99\u00a0%") {
		t.Error("the busiest core is not named")
	}
	for _, label := range []string{"cores 0 to 63", "cores 192 to 255"} {
		if !strings.Contains(got, label) {
			t.Errorf("no row of %s", label)
		}
	}
	if !strings.Contains(got, `data-cores="64 65 66`) {
		t.Error("a row does not name its cores")
	}
	if len(got) > 20_000 {
		t.Errorf("%d bytes a tick", len(got))
	}
}

func TestCauseRepeatsNothing(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "/proc/diskstats", Err: fs.ErrNotExist}
	for want, err := range map[string]error{
		"open /proc/diskstats: file does not exist": fmt.Errorf("disks: %w: %w", collector.ErrUnsupported, missing),
		"This machine has no such source.":          fmt.Errorf("load: %w", collector.ErrUnsupported),
		"/proc/stat: no line btime":                 errors.New("host: /proc/stat: no line btime"),
		"open /proc/stat: denied":                   errors.New("open /proc/stat: denied"),
		"permission denied":                         fmt.Errorf("self: %w", fs.ErrPermission),
	} {
		if got := cause(err); got != want {
			t.Errorf("%q is told as %q, not as %q", err, got, want)
		}
	}
	if got := cause(nil); got != "This machine has no such source." {
		t.Errorf("nothing is told as %q", got)
	}
}

func TestFullFileSystemsComeFirst(t *testing.T) {
	mount := func(name string, used float64, readOnly bool) collector.Mount {
		return collector.Mount{Mountpoint: name, UsedPercent: of(used), ReadOnly: readOnly, Status: collector.OK}
	}
	all := []collector.Mount{mount("/", 17, false), mount("/iso", 100, true), mount("/a", 81, false), mount("/b", 99, false), {Mountpoint: "/dead", Status: collector.Stale}}
	var order []string
	for _, m := range fullestFirst(all) {
		order = append(order, m.Mountpoint)
	}
	if want := []string{"/a", "/b", "/", "/iso", "/dead"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if got := mountSummary(all); got != "5 file systems · fullest /b 99\u00a0%" {
		t.Errorf("summary %q", got)
	}
	if got := mountSummary(nil); got != "0 file systems" {
		t.Errorf("summary of nothing %q", got)
	}
}

func TestPathsKeepTheirLastName(t *testing.T) {
	for path, want := range map[string][2]string{
		"/":         {"", "/"},
		"/mnt":      {"/", "mnt"},
		"/mnt/a/b":  {"/mnt/a/", "b"},
		"/mnt/a b/": {"/mnt/", "a b/"},
		"":          {"", ""},
		"name":      {"", "name"},
	} {
		if head, tail := splitPath(path); head != want[0] || tail != want[1] {
			t.Errorf("%q is cut into %q and %q", path, head, tail)
		}
	}
}

func TestStatesOfLinks(t *testing.T) {
	s := healthy()
	s.Network.Value = []collector.Interface{{Name: "eth0", State: "lowerlayerdown"}, {Name: "eth1", State: "up"}}
	got := render(t, named(t, "network").Partial(s))
	for _, cell := range []string{`class="name" title="lowerlayerdown">no carrier</td>`, `class="name">up</td>`} {
		if !strings.Contains(got, cell) {
			t.Errorf("no cell %s", cell)
		}
	}
}

func TestHugePages(t *testing.T) {
	s := healthy()
	m := &s.Memory.Value
	m.HugePages, m.HugePagesFree, m.HugePageSize = of(102400), of(1024), of(2*mib)
	got := render(t, named(t, "memory").Partial(s))
	if !strings.Contains(got, `title="101376 in use of 102400 reserved, 2.00`+"\u00a0"+`MiB each`+"\n"+`HugePages_Total · /proc/meminfo"><dt>huge pages</dt><dd>99 <small>%</small></dd>`) {
		t.Errorf("the page does not say what is in use of the huge pages: %s", got)
	}
	m.HugePages = of(0)
	if got := render(t, named(t, "memory").Partial(s)); !strings.Contains(got, `title="none reserved`+"\n"+`HugePages_Total · /proc/meminfo"><dt>huge pages</dt><dd>none</dd>`) {
		t.Error("the page does not say that there are no huge pages")
	}
}

func TestSample(t *testing.T) {
	var got struct {
		Seq            int
		Time, Interval float64
		Gap            *gap
		CPU            map[string]*float64
		Memory         map[string]*float64
		Disks          map[string]*float64
		Network        map[string]*float64
		Pressure       map[string]*float64
	}
	line := Sample(healthy())
	if stdbytes.ContainsAny(line, "\r\n") {
		t.Error("more than one line")
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.Seq != 42 || got.Time != float64(noon.UnixMilli())/1000 || got.Interval != 1 || got.Gap != nil {
		t.Errorf("head %s", line[:80])
	}
	if *got.CPU["irq"] != 3 || *got.CPU["busy"] != 37 {
		t.Errorf("cpu %v", got.CPU)
	}
	parts := *got.Memory["used"] + *got.Memory["arc"] + *got.Memory["cache"] + *got.Memory["free"]
	if parts != *got.Memory["total"] || parts != 64*gib {
		t.Errorf("parts add up to %v of %v", parts, *got.Memory["total"])
	}
	for _, p := range Panels() {
		if p.chart == nil {
			continue
		}
		columns := map[string]map[string]*float64{"cpu": got.CPU, "memory": got.Memory, "disks": got.Disks, "network": got.Network, "pressure": got.Pressure}[p.chart.name]
		for _, line := range p.chart.series {
			if columns[line.key] == nil {
				t.Errorf("chart %s: no number for %s", p.chart.name, line.key)
			}
		}
	}
}

// A chart shows no time at which nothing was seen, so a stale reading is no
// sample.
func TestSampleOfTrouble(t *testing.T) {
	var got map[string]any
	if err := json.Unmarshal(Sample(troubled()), &got); err != nil {
		t.Fatal(err)
	}
	for _, chart := range []string{"cpu", "memory", "disks", "network", "pressure"} {
		for series, number := range got[chart].(map[string]any) {
			if number != nil {
				t.Errorf("%s.%s is %v", chart, series, number)
			}
		}
	}
	if gap := got["gap"].(map[string]any); gap["reason"] != "suspend" || gap["seconds"] != 61.5 {
		t.Errorf("gap %v", gap)
	}
}

func TestMemoryPartsOfOddKernels(t *testing.T) {
	for name, m := range map[string]collector.Memory{
		"available below free":  {Total: 100, Used: 90, Available: 10, KernelAvailable: of(10), Free: 50},
		"no MemAvailable":       {Total: 100, Used: 60, Available: 40, Free: 30, KernelAvailable: collector.Missing(collector.Unsupported)},
		"available beyond all":  {Total: 100, Used: 0, Available: 100, KernelAvailable: of(120), Free: 20},
		"nothing read but this": {Total: 100, Used: 100},
	} {
		p := partsOf(m)
		if sum := p.used + p.arc + p.cache + p.free; sum != 100 {
			t.Errorf("%s: parts %+v add up to %v", name, p, sum)
		}
		if p.used != float64(m.Used) {
			t.Errorf("%s: used %v, not %v", name, p.used, m.Used)
		}
	}
}
