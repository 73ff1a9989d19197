package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
)

var update = flag.Bool("update", false, "write the golden files")

// whole is the object with all channels.
func whole(t *testing.T, s *collector.Snapshot) []byte {
	t.Helper()
	return checked(t, api.Object(s, nil))
}

// checked fails unless object is JSON that stands on one line of a stream.
func checked(t *testing.T, object []byte) []byte {
	t.Helper()
	if !json.Valid(object) || !utf8.Valid(object) {
		t.Fatalf("not JSON: %q", object)
	}
	if i := bytes.IndexFunc(object, func(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u2029' }); i >= 0 {
		t.Errorf("a control character or line end at %d in %q", i, object)
	}
	return object
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file     string
		snapshot *collector.Snapshot
	}{
		{"full.json", full()},
		{"first_tick.json", firstTick()},
		{"statuses.json", statuses()},
	} {
		var got bytes.Buffer
		if err := json.Indent(&got, whole(t, c.snapshot), "", "  "); err != nil {
			t.Fatal(err)
		}
		got.WriteByte('\n')
		path := filepath.Join("testdata", c.file)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if line, g, w := firstDifference(got.String(), string(want)); line > 0 {
			t.Errorf("%s:%d: got %q, want %q", path, line, g, w)
		}
	}
}

func firstDifference(got, want string) (line int, g, w string) {
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(gots), len(wants)) {
		g, w = "(end)", "(end)"
		if i < len(gots) {
			g = gots[i]
		}
		if i < len(wants) {
			w = wants[i]
		}
		if g != w {
			return i + 1, g, w
		}
	}
	return 0, "", ""
}

func TestSectionOfEachStatus(t *testing.T) {
	value := collector.Load{One: 1.5}
	data := `{"load_1m":1.5,"load_5m":0,"load_15m":0,"running":0,"blocked":0,"tasks":0}`
	for _, c := range []struct {
		name    string
		reading collector.Reading[collector.Load]
		want    string
	}{
		{"ok", collector.Reading[collector.Load]{Value: value, At: tick}, `{"status":"ok","age_seconds":0,"error":null,"data":` + data + `}`},
		{"ok, read after the tick began", collector.Reading[collector.Load]{Value: value, At: tick.Add(time.Millisecond)}, `{"status":"ok","age_seconds":0,"error":null,"data":` + data + `}`},
		{"stale", collector.Reading[collector.Load]{Value: value, At: tick.Add(-90001500 * time.Microsecond), Err: fmt.Errorf("load: %w for 90s", collector.ErrStale)},
			`{"status":"stale","age_seconds":90.002,"error":"load: no answer for 90s","data":` + data + `}`},
		{"stale from the start", collector.Reading[collector.Load]{Value: value, Err: collector.ErrStale}, `{"status":"stale","age_seconds":null,"error":"no answer","data":null}`},
		{"no baseline", collector.Reading[collector.Load]{Value: value, At: tick, Err: collector.ErrNoBaseline}, `{"status":"no_baseline","age_seconds":0,"error":"no baseline yet","data":` + data + `}`},
		{"denied", collector.Reading[collector.Load]{Value: value, Err: fmt.Errorf("load: %w", fs.ErrPermission)}, `{"status":"denied","age_seconds":null,"error":"load: permission denied","data":null}`},
		{"unsupported", collector.Reading[collector.Load]{Value: value, Err: collector.ErrUnsupported}, `{"status":"unsupported","age_seconds":null,"error":"not supported on this machine","data":null}`},
		{"never read", collector.Reading[collector.Load]{}, `{"status":"unsupported","age_seconds":null,"error":null,"data":null}`},
		{"error", collector.Reading[collector.Load]{Value: value, At: tick, Err: errors.New("load: only 2 fields")}, `{"status":"error","age_seconds":null,"error":"load: only 2 fields","data":null}`},
	} {
		s := &collector.Snapshot{Time: tick, Load: c.reading}
		if got := string(api.Segment(s, index(t, "load"))); got != `,"load":`+c.want {
			t.Errorf("%s:\n got %s\nwant ,\"load\":%s", c.name, got, c.want)
		}
	}
}

func index(t *testing.T, channel string) int {
	t.Helper()
	i := slices.Index(api.Channels(), channel)
	if i < 0 {
		t.Fatalf("no channel %s", channel)
	}
	return i
}

func TestHead(t *testing.T) {
	east := time.FixedZone("", 2*3600)
	s := &collector.Snapshot{
		Seq:      math.MaxUint64,
		Time:     time.Date(2026, 11, 20, 23, 4, 5, 678901234, east),
		Interval: 250 * time.Millisecond,
		Late:     1500100 * time.Nanosecond,
		Took:     2 * time.Millisecond,
		Gap:      &collector.Gap{Reason: "suspend", Seconds: 61.5},
	}
	want := `{"seq":18446744073709551615,"time":"2026-11-20T21:04:05.678Z","interval_seconds":0.25,"late_seconds":0.0015,"took_seconds":0.002,"gap":{"reason":"suspend","missing_seconds":61.5}`
	if got := string(api.Head(s)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Gap = nil
	if got := string(api.Head(s)); !strings.HasSuffix(got, `,"gap":null`) {
		t.Errorf("got %s", got)
	}
}

// The year 10000 has no RFC 3339 form.
func TestHeadThatCannotBeEncoded(t *testing.T) {
	s := full()
	s.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	var got struct{ Error string }
	if err := json.Unmarshal(whole(t, s), &got); err != nil || got.Error == "" {
		t.Errorf("error %q, %v", got.Error, err)
	}
}

// Every set of channels must be an object of the tick's members and theirs.
func TestAnySetOfChannelsIsAnObject(t *testing.T) {
	names := api.Channels()
	s := full()
	for range 200 {
		set := rand.Uint64()
		object := api.Head(s)
		want := []string{"gap", "interval_seconds", "late_seconds", "seq", "time", "took_seconds"}
		for i, name := range names {
			if set>>i&1 == 1 {
				object = append(object, api.Segment(s, i)...)
				want = append(want, name)
			}
		}
		slices.Sort(want)
		object = append(object, api.Tail()...)
		if same := api.Object(s, func(i int) bool { return set>>i&1 == 1 }); !bytes.Equal(same, object) {
			t.Errorf("Object gives %s, its parts %s", same, object)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(checked(t, object), &members); err != nil {
			t.Fatal(err)
		}
		var got []string
		for name := range members {
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
	}
}

func TestChannelsAreTheCallersOwn(t *testing.T) {
	api.Channels()[0] = "overwritten"
	if got := api.Channels(); slices.Contains(got, "overwritten") || !slices.Contains(got, "cpu") {
		t.Errorf("channels %v", got)
	}
}

// What a machine names, whoever named it, must not leave its string.
func FuzzHostileNames(f *testing.F) {
	for _, name := range []string{
		`"`, `\`, `"},"admin":{"x":"`, "</script><script>alert(1)</script>", "<!--", "a\nb\r\nc\rd", "\x00\x1b[2J\x7f",
		"\xff\xfe", "\xed\xa0\x80", "\u2028\u2029", "\uFEFF", "🙂", "", strings.Repeat("x", 5000), "data: 1\n\nevent: bye",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s := full()
		s.Host.Value.Name, s.Host.Value.Users[0].Name = name, name
		s.Mounts.Value.Mounts[0].Mountpoint, s.Mounts.Value.Skipped[0].Reason = name, name
		s.Disks.Value[0].Label = name
		p, g := s.Processes.Value.Top[0], s.Cgroups.Value.Top[0]
		p.Name, p.CommandLine, p.User, p.Cgroup, p.Unit, p.Container = name, name, name, name, name, name
		g.Path, g.Name, g.Container, g.PodName, g.Memory.LimitedBy = name, name, name, name, name
		s.Sensors.Value.Temperatures[0].Label, s.Sensors.Value.Batteries[0].Model = name, name
		s.RAID.Value.Arrays[0].Name, s.ZFS.Value.Pools[0].Name, s.GPUs.Value.Devices[0].Name = name, name, name
		s.Load.Err = errors.New(name)
		object := whole(t, s)
		if bytes.ContainsAny(object, "<>") {
			t.Errorf("markup in %q", object)
		}
		var got struct {
			Host   struct{ Data struct{ Name string } }
			Load   struct{ Error string }
			Mounts struct {
				Data struct{ Mounts []struct{ Mountpoint string } }
			}
			Processes struct {
				Data struct {
					Top []struct {
						Command string `json:"command_line"`
					}
				}
			}
		}
		if err := json.Unmarshal(object, &got); err != nil {
			t.Fatal(err)
		}
		want := string([]rune(name)) // invalid bytes replaced
		if got.Host.Data.Name != want || got.Load.Error != want || got.Mounts.Data.Mounts[0].Mountpoint != want || got.Processes.Data.Top[0].Command != want {
			t.Errorf("%q arrives as %+v", name, got)
		}
	})
}

// A number that JSON does not have spoils its own section and no other.
func TestNumberThatJSONLacks(t *testing.T) {
	for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		s := full()
		s.Load.Value.One = number
		var got struct {
			Load, CPU struct {
				Status string
				Age    *float64 `json:"age_seconds"`
				Error  string
				Data   any
			}
		}
		if err := json.Unmarshal(whole(t, s), &got); err != nil {
			t.Fatal(err)
		}
		if load := got.Load; load.Status != "error" || load.Error == "" || load.Data != nil || load.Age != nil {
			t.Errorf("load with %v: %+v", number, load)
		}
		if got.CPU.Status != "ok" || got.CPU.Data == nil {
			t.Errorf("cpu beside a load of %v: %+v", number, got.CPU)
		}
	}
}

// The keys are what programs of others hold on to.
func TestKeys(t *testing.T) {
	var object any
	if err := json.Unmarshal(whole(t, full()), &object); err != nil {
		t.Fatal(err)
	}
	snakeCase := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	var missing []string
	walk(object, "", func(path, key string, value any) {
		if !snakeCase.MatchString(key) {
			t.Errorf("%s is not in snake_case", path)
		}
		if key == "missing" {
			t.Errorf("the full snapshot lacks %v of %s", value, path)
		}
		if value == nil && key != "error" && key != "gap" {
			missing = append(missing, path)
		}
		number, isNumber := value.(float64)
		if isNumber && number != math.Trunc(number) && !unit.MatchString(key) && !measured.MatchString(path) {
			t.Errorf("%s is %v of no unit", path, number)
		}
		for _, word := range []string{"time", "uptime", "size", "speed", "frequency", "age", "await", "resident", "mtu", "used", "free", "available", "total"} {
			if key == word && isNumber && !counted.MatchString(path) {
				t.Errorf("%s has no unit in its name", path)
			}
		}
		if text, isText := value.(string); isText && (key == "time" || key == "since" || key == "started" || strings.HasSuffix(key, "_time") || strings.HasSuffix(key, "_at")) {
			if _, err := time.Parse(time.RFC3339, text); err != nil || !strings.HasSuffix(text, "Z") {
				t.Errorf("%s is %q, not RFC 3339 in UTC", path, text)
			}
		}
	})
	if len(missing) > 0 {
		t.Errorf("the full snapshot lacks %v", missing)
	}
}

// unit matches the names of numbers that need not be whole.
var unit = regexp.MustCompile(`_(seconds|seconds_total|joules_total|percent|per_second|bytes|hertz|celsius|volts|amperes|watts|watt_hours|ppm|cores)$` +
	`|^percent$|^load_(1|5|15)m$|^queue_length$`)

// measured matches the numbers of a sensor, whose unit is a member beside them.
var measured = regexp.MustCompile(`^\.sensors\.data\.[a-z]+\[\d+\]\.(value|last_value|high|critical|low|low_critical)$`)

// counted matches the numbers of things, which have no unit.
var counted = regexp.MustCompile(`^\.((processes|cgroups)\.data\.total|sockets\.data\.(conntrack\.)?used)$`)

// A rate says what it is per.
func TestRatesAreNamedSo(t *testing.T) {
	rate := regexp.MustCompile(`Δ.*/ t\b`)
	named := regexp.MustCompile(`(_per_second|_?percent|_watts)$`)
	for section, origins := range collector.Origins() {
		for _, o := range origins {
			if rate.MatchString(o.Formula) && !named.MatchString(o.Path) {
				t.Errorf("%s of %s is %s", o.Path, section, o.Formula)
			}
			if strings.HasSuffix(o.Path, "_per_second") && strings.HasSuffix(o.Path, "_total_per_second") {
				t.Errorf("%s of %s is a counter and a rate", o.Path, section)
			}
		}
	}
}

// A sensor measures in the unit that it names.
func TestSensorsNameTheirUnit(t *testing.T) {
	var object struct {
		Sensors struct {
			Data struct{ Temperatures, Fans, Voltages, Currents, Powers, Humidities []struct{ Unit string } }
		}
	}
	if err := json.Unmarshal(whole(t, full()), &object); err != nil {
		t.Fatal(err)
	}
	d := object.Sensors.Data
	for i, list := range [][]struct{ Unit string }{d.Temperatures, d.Fans, d.Voltages, d.Currents, d.Powers, d.Humidities} {
		if want := []string{"celsius", "rpm", "volts", "amperes", "watts", "percent"}[i]; len(list) != 1 || list[0].Unit != want {
			t.Errorf("%v, want one of %s", list, want)
		}
	}
}

// What is wrong comes with what is read, and nothing wrong is an empty list.
func TestFindings(t *testing.T) {
	s := &collector.Snapshot{Time: tick}
	if got, want := string(api.Segment(s, index(t, "findings"))), `,"findings":{"status":"ok","age_seconds":0,"error":null,"data":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Memory = read(collector.Memory{UsedPercent: collector.Of(99)})
	want := `,"findings":{"status":"ok","age_seconds":0,"error":null,"data":[{"severity":"critical","section":"memory","subject":"memory","text":"99 % used"}]}`
	if got := string(api.Segment(s, index(t, "findings"))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The manual has each channel with a line about it, in this order.
func TestChannelsAreDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(manual), "| channel | what it has |")
	table, _, _ = strings.Cut(table, "\n\n")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		documented = append(documented, row[1])
	}
	if !slices.Equal(documented, api.Channels()) {
		t.Errorf("docs/api.md has %v, want %v", documented, api.Channels())
	}
	if list := strings.Join(api.Channels(), ", "); !strings.Contains(string(manual), `channels are `+list+`"`) {
		t.Errorf("the example of an error in docs/api.md does not list %s", list)
	}
}

// What is read less often than each tick says how often.
func TestIntervalOfASection(t *testing.T) {
	s := &collector.Snapshot{Time: tick, Load: slowly(collector.Load{})}
	if got := string(api.Segment(s, index(t, "load"))); !strings.HasPrefix(got, `,"load":{"status":"ok","age_seconds":3,"interval_seconds":5,"error":null,"data":{`) {
		t.Errorf("got %s", got)
	}
}

// The channel of the processes is for every tick, so it has the top ones and no
// more: a machine may have a hundred thousand.
func TestProcessesAreTheTopOnes(t *testing.T) {
	var got struct {
		Processes struct{ Data map[string]json.RawMessage }
	}
	if err := json.Unmarshal(whole(t, full()), &got); err != nil {
		t.Fatal(err)
	}
	for name, member := range got.Processes.Data {
		if member[0] == '[' && name != "top" {
			t.Errorf("processes has a list %s", name)
		}
	}
}

func walk(value any, path string, visit func(path, key string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			visit(path+"."+key, key, member)
			walk(member, path+"."+key, visit)
		}
	case []any:
		for i, element := range value {
			walk(element, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}
