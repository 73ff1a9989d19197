package metrics

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/stream"
)

var update = flag.Bool("update", false, "write the golden files")

func gathererOf(s *collector.Snapshot) Gatherer {
	return Gatherer{
		Snapshot: func() *collector.Snapshot { return s },
		Streams:  streams,
		Version:  "v1.2.3",
	}
}

func streams() []Streams {
	delays := stream.Delays{Sum: 2500 * time.Millisecond}
	delays.Counts[0], delays.Counts[3], delays.Counts[len(delays.Counts)-1] = 200, 30, 2
	return []Streams{
		{"page", stream.Stats{Subscribers: 3, Events: 232, SentBytes: 123456, Skipped: 1, Stalled: 4, Refused: 5, Encodings: 40, Compressions: 12, Delays: delays}},
		{Name: "json"},
	}
}

func gather(t *testing.T, s *collector.Snapshot) []*dto.MetricFamily {
	t.Helper()
	families, err := gathererOf(s).Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// encode writes families as a scraper with this Accept header gets them.
func encode(t *testing.T, families []*dto.MetricFamily, accept string) string {
	t.Helper()
	var out bytes.Buffer
	encoder := expfmt.NewEncoder(&out, expfmt.NegotiateAccept(http.Header{"Accept": {accept}}, expfmt.DefaultOpenMetricsAcceptedFormats()...))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

const (
	plainText   = "text/plain;version=0.0.4"
	openMetrics = "application/openmetrics-text;version=1.0.0"
)

// scrape is the plain text of a snapshot, without comments.
func scrape(t *testing.T, s *collector.Snapshot) map[string]string {
	t.Helper()
	series := make(map[string]string)
	for line := range strings.Lines(encode(t, gather(t, s), plainText)) {
		if at := strings.LastIndexByte(line, ' '); line[0] != '#' {
			series[line[:at]] = strings.TrimSpace(line[at:])
		}
	}
	return series
}

func TestGolden(t *testing.T) {
	defer func(was time.Time) { started = was }(started)
	started = noon.Add(-time.Minute)
	families := gather(t, full())
	for name, accept := range map[string]string{"metrics.txt": plainText, "openmetrics.txt": openMetrics} {
		t.Run(name, func(t *testing.T) {
			got, path := encode(t, families, accept), filepath.Join("testdata", name)
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
				t.Errorf("%s differs from what is written; -update writes it. First at\n%s", path, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("line %d, where one ends", min(len(a), len(b))+1)
}

// TestParses: what is written says the same when it is read.
func TestParses(t *testing.T) {
	families := gather(t, full())
	parser := expfmt.NewTextParser(model.LegacyValidation)
	parsed, err := parser.TextToMetricFamilies(strings.NewReader(encode(t, families, plainText)))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed) != len(families) {
		t.Errorf("%d families are parsed, %d were written", len(parsed), len(families))
	}
	for _, f := range families {
		if got := parsed[f.GetName()]; got.String() != f.String() {
			t.Errorf("%s is parsed as\n%v, written was\n%v", f.GetName(), got, f)
		}
	}
}

// TestConventions holds the families against what Prometheus asks of names, but
// for those that node_exporter gave before there was a rule.
func TestConventions(t *testing.T) {
	label, name := regexp.MustCompile(`^[a-z_][a-z0-9_]*$`), regexp.MustCompile(`^(node|tacho|process|go)_[a-zA-Z0-9_]+$`)
	bases := make(map[string]bool)
	for _, f := range gather(t, full()) {
		n := f.GetName()
		base := strings.TrimSuffix(n, "_total")
		switch {
		case !name.MatchString(n):
			t.Errorf("%s is no name of ours", n)
		case !strings.HasSuffix(f.GetHelp(), ".") || strings.Contains(f.GetHelp(), "\n"):
			t.Errorf("%s has for help %q", n, f.GetHelp())
		case (f.GetType() == dto.MetricType_COUNTER) != strings.HasSuffix(n, "_total"):
			t.Errorf("%s is a %v", n, f.GetType())
		case bases[base]:
			t.Errorf("%s is twice in OpenMetrics", base)
		case strings.HasPrefix(n, "tacho_") && regexp.MustCompile(`_(milli|kilo|percent|minutes|mhz|kb)`).MatchString(n):
			t.Errorf("%s is not in a base unit", n)
		}
		bases[base] = true
		for _, m := range f.GetMetric() {
			wantLabels(t, n, m.GetLabel(), label)
		}
	}
}

func wantLabels(t *testing.T, name string, labels []*dto.LabelPair, valid *regexp.Regexp) {
	t.Helper()
	byName := func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) }
	if !slices.IsSortedFunc(labels, byName) {
		t.Errorf("%s has its labels out of order: %v", name, labels)
	}
	for _, l := range labels {
		if !valid.MatchString(l.GetName()) {
			t.Errorf("%s has a label %q", name, l.GetName())
		}
	}
}

// TestOpenMetrics holds the text against the parts of the specification that a
// parser refuses it for.
func TestOpenMetrics(t *testing.T) {
	text := encode(t, gather(t, full()), openMetrics)
	if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1 {
		t.Errorf("ends in %q", text[max(0, len(text)-40):])
	}
	kinds := make(map[string]string)
	family := ""
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case line == "# EOF\n":
		case fields[0] == "#" && fields[1] == "TYPE":
			family = fields[2]
			if kinds[family] != "" {
				t.Errorf("%s has two types", family)
			}
			kinds[family] = fields[3]
		case fields[0] != "#":
			name, _, _ := strings.Cut(fields[0], "{")
			want := family
			switch kinds[family] {
			case "counter":
				want += "_total"
			case "histogram":
				want += string(regexp.MustCompile(`_(bucket|sum|count)$`).Find([]byte(name)))
			}
			if name != want || kinds[family] == "histogram" && name == family {
				t.Errorf("%s is below the %s %s", name, kinds[family], family)
			}
		}
	}
}

func TestEmptySnapshots(t *testing.T) {
	if families := gather(t, nil); len(families) != 10 {
		t.Errorf("before the first snapshot there are %d families", len(families))
	}
	series := scrape(t, &collector.Snapshot{Seq: 1, Time: noon, Interval: time.Second})
	for name := range series {
		family, _, _ := strings.Cut(name, "{")
		switch {
		case strings.HasPrefix(family, "node_time_"), family == "node_scrape_collector_success", !strings.HasPrefix(family, "node_"):
		default:
			t.Errorf("%s is there, of a snapshot without a section", name)
		}
	}
	for _, section := range collector.SectionNames() {
		if series[`tacho_section_status{section="`+section+`",status="unsupported"}`] != "1" {
			t.Errorf("the status of %s is not told", section)
		}
	}
}

// TestHistogram: buckets are cumulative, the last one has no bound, and what it
// counts is the count.
func TestHistogram(t *testing.T) {
	series := scrape(t, nil)
	for name, want := range map[string]string{
		`tacho_stream_delay_seconds_bucket{stream="page",le="0.0001"}`: "200",
		`tacho_stream_delay_seconds_bucket{stream="page",le="0.0005"}`: "200",
		`tacho_stream_delay_seconds_bucket{stream="page",le="0.001"}`:  "230",
		`tacho_stream_delay_seconds_bucket{stream="page",le="1"}`:      "230",
		`tacho_stream_delay_seconds_bucket{stream="page",le="+Inf"}`:   "232",
		`tacho_stream_delay_seconds_count{stream="page"}`:              "232",
		`tacho_stream_delay_seconds_sum{stream="page"}`:                "2.5",
		`tacho_stream_delay_seconds_bucket{stream="json",le="+Inf"}`:   "0",
		`tacho_stream_delay_seconds_count{stream="json"}`:              "0",
	} {
		if series[name] != want {
			t.Errorf("%s is %q, want %s", name, series[name], want)
		}
	}
}

// TestStatus: numbers that are not of now have no series, whatever is the reason.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		err    error
		status string
		shown  bool
	}{
		{nil, "ok", true},
		{fmt.Errorf("memory: %w", collector.ErrNoBaseline), "no_baseline", true},
		{fmt.Errorf("memory: %w", collector.ErrStale), "stale", false},
		{fmt.Errorf("memory: %w", fs.ErrPermission), "denied", false},
		{errors.New("memory: garbage"), "error", false},
	} {
		s := full()
		s.Memory.Err = c.err
		s.Memory.At = noon.Add(-5 * time.Second)
		series := scrape(t, s)
		if _, has := series["node_memory_MemTotal_bytes"]; has != c.shown {
			t.Errorf("%s: memory is shown: %v", c.status, has)
		}
		if series[`tacho_section_status{section="memory",status="`+c.status+`"}`] != "1" {
			t.Errorf("%s is not told", c.status)
		}
		if got := series[`node_scrape_collector_success{collector="meminfo"}`]; (got == "1") != c.shown {
			t.Errorf("%s: success is %s", c.status, got)
		}
		if age, has := series[`tacho_section_age_seconds{section="memory"}`]; has != (c.shown || c.status == "stale") || has && age != "5" {
			t.Errorf("%s: the age is %q", c.status, age)
		}
	}
}

// TestSuccessOfParts: of a section that stands for several collectors, those that
// have nothing here are without success.
func TestSuccessOfParts(t *testing.T) {
	missing := collector.Missing(collector.Denied)
	unread := map[string]func(*collector.Snapshot){
		"conntrack": func(s *collector.Snapshot) { s.Sockets.Value.Conntrack = collector.Conntrack{} },
		"rapl": func(s *collector.Snapshot) {
			for i := range s.Sensors.Value.EnergyMeters {
				if m := &s.Sensors.Value.EnergyMeters[i]; m.Chip == "" {
					m.Energy = missing
				}
			}
		},
		"powersupplyclass": func(s *collector.Snapshot) {
			s.Sensors.Value.Batteries[0].Status, s.Sensors.Value.Supplies[0].Status = collector.Denied, collector.Stale
		},
		"thermal_zone": func(s *collector.Snapshot) { s.Sensors.Value.Temperatures[2].Value = missing },
		"hwmon": func(s *collector.Snapshot) {
			all := &s.Sensors.Value
			all.Temperatures = all.Temperatures[1:]
			all.Fans, all.Voltages, all.Currents, all.Powers, all.Humidities, all.EnergyMeters = nil, nil, nil, nil, nil, all.EnergyMeters[:5]
		},
	}
	for without, change := range unread {
		s := full()
		change(s)
		series := scrape(t, s)
		for name := range unread {
			want := "1"
			if name == without {
				want = "0"
			}
			if got := series[`node_scrape_collector_success{collector="`+name+`"}`]; got != want {
				t.Errorf("without %s: the success of %s is %s", without, name, got)
			}
		}
	}
}

// TestSeldomRead: a section that is not read at each tick is shown in between.
func TestSeldomRead(t *testing.T) {
	s := full()
	s.Connections.At, s.Connections.Every = noon.Add(-8*time.Second), 10*time.Second
	if series := scrape(t, s); series[`node_tcp_connection_states{state="listen"}`] != "3" {
		t.Error("the connections are not shown")
	}
}

func TestMissingIsNotZero(t *testing.T) {
	s := full()
	s.Disks.Value[0].Totals.DiscardBytes = collector.Missing(collector.Unsupported)
	s.Kernel.Value.Limits.Entropy = collector.Missing(collector.Denied)
	s.Kernel.Value.VMStat = collector.NewCounters([]string{"pgfault", "oom_kill"}, []uint64{math.MaxUint64, 1})
	s.Network.Value[0].Speed = collector.Missing(collector.Stale)
	series := scrape(t, s)
	for _, name := range []string{
		`node_disk_discarded_sectors_total{device="nvme0n1"}`, `node_entropy_available_bits`, `node_vmstat_pgfault`,
		`node_network_speed_bytes{device="eth0"}`, `node_filesystem_files{device="/dev/nvme0n1p1",fstype="vfat",mountpoint="/boot/efi"}`,
	} {
		if number, has := series[name]; has {
			t.Errorf("%s is %s", name, number)
		}
	}
	if series["node_vmstat_oom_kill"] != "1" {
		t.Error("a number that is there is not shown")
	}
}

func TestHiddenProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		set            func(*collector.Processes)
		total, threads bool
	}{
		"all":       {func(*collector.Processes) {}, true, true},
		"hidden":    {func(p *collector.Processes) { p.Hidden = true }, false, false},
		"truncated": {func(p *collector.Processes) { p.Truncated = true }, true, false},
		"denied":    {func(p *collector.Processes) { p.Denied = 1 }, true, false},
	} {
		s := full()
		c.set(&s.Processes.Value)
		series := scrape(t, s)
		_, total := series["node_processes_pids"]
		_, threads := series["node_processes_threads"]
		_, states := series[`node_processes_state{state="R"}`]
		if total != c.total || threads != c.threads || states != c.threads {
			t.Errorf("%s: the total is shown %v, the threads %v, the states %v", name, total, threads, states)
		}
	}
}

// TestHostileNames: whatever a name has in it, it costs no other series.
func TestHostileNames(t *testing.T) {
	hostile := []string{"a\"} 1\nnode_load1 99", "\xff\xfe", "\xfd", "back\\slash", "\x00\r\u2028", "", strings.Repeat("x", 1<<16)}
	s := full()
	for _, name := range hostile {
		s.Mounts.Value.Mounts = append(s.Mounts.Value.Mounts, collector.Mount{Mountpoint: "/" + name, Device: name, FSType: name, Status: collector.OK, Size: collector.Of(1)})
		s.Network.Value = append(s.Network.Value, collector.Interface{Name: name, Class: &collector.InterfaceClass{}})
		s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &collector.Cgroup{Path: name, Name: name, Kind: "service", CPU: collector.CgroupCPU{Usage: collector.Of(1)}})
		s.Sensors.Value.Temperatures = append(s.Sensors.Value.Temperatures,
			collector.Sensor{Kind: collector.TemperatureSensor, Chip: name, Device: name, Input: name, Label: name + "l", Value: collector.Of(1)})
		s.Sensors.Value.EnergyMeters = append(s.Sensors.Value.EnergyMeters, collector.EnergyMeter{Name: name, Meter: name, Energy: collector.Of(1)})
		s.Disks.Value = append(s.Disks.Value, collector.Disk{Name: name, Label: name})
		s.GPUs.Value.Devices = append(s.GPUs.Value.Devices, collector.GPU{Device: name, State: name, ThrottleReasons: []string{name, name}})
		s.Host.Value.Name += name
	}
	s.Memory.Value.Lines = collector.NewCounters([]string{"ok_bytes", "bad name", "", "bad\nname", "bad-name"}, []uint64{1, 2, 3, 4, 5})
	families := gather(t, s)
	text := encode(t, families, plainText)
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if encode(t, families, openMetrics) == "" || strings.Count(text, "\nnode_load1 ") != 1 || !strings.Contains(text, "\nnode_load1 0.5\n") {
		t.Error("a name has put in a series")
	}
	wantUnique(t, text)
	if strings.Contains(text, "bad") || !strings.Contains(text, "node_memory_ok_bytes 1\n") {
		t.Error("of names of /proc/meminfo, others than those that can be a metric's are shown")
	}
}

func wantUnique(t *testing.T, text string) {
	t.Helper()
	seen := make(map[string]bool)
	for line := range strings.Lines(text) {
		series := line[:strings.LastIndexByte(line, ' ')]
		if line[0] != '#' && seen[series] {
			t.Errorf("%.100s is there twice", series)
		}
		seen[series] = true
	}
}

// TestFault: what cannot be written costs its own section, and is told.
func TestFault(t *testing.T) {
	s := full()
	s.Cgroups.Value.Cgroups = []*collector.Cgroup{nil}
	families, err := gathererOf(s).Gather()
	if err == nil || !strings.Contains(err.Error(), "cgroups") {
		t.Errorf("the error is %v", err)
	}
	text := encode(t, families, plainText)
	if !strings.Contains(text, "\nnode_load1 0.5\n") || !strings.Contains(text, "\nnode_timex_sync_status 1\n") || strings.Contains(text, "tacho_cgroup") {
		t.Error("another section has changed")
	}
}

// TestManyCgroups: there is a bound, and those above are kept.
func TestManyCgroups(t *testing.T) {
	s := full()
	for i := range 2 * maxCgroups {
		s.Cgroups.Value.Cgroups = append(s.Cgroups.Value.Cgroups, &collector.Cgroup{Path: fmt.Sprintf("/c%d", i), Kind: "container", CPU: collector.CgroupCPU{Usage: collector.Of(1)}})
	}
	s.Cgroups.Value.LeftOut = 7
	series := scrape(t, s)
	count := 0
	for name := range series {
		if strings.HasPrefix(name, "tacho_cgroup_cpu_seconds_total{") {
			count++
		}
	}
	if left := series["tacho_cgroups_left_out"]; count != maxCgroups || left != fmt.Sprint(2*maxCgroups+3-maxCgroups+7) {
		t.Errorf("%d groups have series, %s were left out", count, left)
	}
	if series[`tacho_cgroup_cpu_seconds_total{cgroup="/",kind="root",name="/"}`] != "100" {
		t.Error("the root is not shown")
	}
}

func TestCollectorsAreOfSections(t *testing.T) {
	names := collector.SectionNames()
	for section := range collectorsOf {
		if !slices.Contains(names, section) {
			t.Errorf("there is no section %s", section)
		}
	}
	all := slices.Concat(slices.Collect(maps.Values(collectorsOf))...)
	for part := range parts {
		if !slices.Contains(all, part) {
			t.Errorf("there is no collector %s", part)
		}
	}
	for _, s := range sections {
		if !slices.Contains(names, s.name) && s.name != "status" {
			t.Errorf("there is no section %s", s.name)
		}
	}
}

// TestDocumented wants each family in docs/metrics.md, by its name or a pattern.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for _, name := range regexp.MustCompile("`((?:node|tacho|process|go)_[a-zA-Z0-9_*]+)").FindAllStringSubmatch(string(text), -1) {
		patterns = append(patterns, name[1])
	}
	for _, f := range gather(t, full()) {
		name := f.GetName()
		if !slices.ContainsFunc(patterns, func(pattern string) bool { match, _ := filepath.Match(pattern, name); return match }) {
			t.Errorf("%s is not there", name)
		}
		if short, is := strings.CutPrefix(name, "tacho_cgroup_"); is && !strings.Contains(string(text), "`"+short+"`") {
			t.Errorf("%s is not there", short)
		}
	}
}

func TestMajorMinor(t *testing.T) {
	for version, want := range map[string]float64{"12": 12, "24.04": 24.04, "3.22.1": 3.22, "15-SP6": -1, "": -1, "9.x": 9, "rolling": -1, "12.": 12} {
		got, ok := majorMinor(version)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %v, want %v", version, got, want)
		}
	}
}

func TestChipOf(t *testing.T) {
	for _, c := range [][3]string{
		{"platform/coretemp.0", "coretemp", "platform_coretemp_0"},
		{"pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0", "nvme", "nvme_nvme0"},
		{"pci0000:00/0000:00:18.3", "k10temp", "pci0000:00_0000:00:18_3"},
		{"virtual/thermal/thermal_zone0", "acpitz", "thermal_thermal_zone0"},
		{"virtual/hwmon/ucsi source", "ucsi source", "ucsi_source"},
		{"soc", "cpu", "devices_soc"},
		{"", "Chip-1", "chip_1"},
	} {
		if got := chipOf(c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s is %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func TestGatherIsSafeForConcurrentUse(t *testing.T) {
	g := gathererOf(full())
	done := make(chan string)
	for range 4 {
		go func() {
			families, _ := g.Gather()
			var out bytes.Buffer
			encoder := expfmt.NewEncoder(&out, expfmt.NewFormat(expfmt.TypeTextPlain))
			for _, f := range families {
				encoder.Encode(f)
			}
			done <- out.String()
		}()
	}
	first := <-done
	for range 3 {
		if other := <-done; other != first {
			t.Error("two scrapes of one snapshot differ")
		}
	}
}
