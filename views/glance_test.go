package views

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// tilesOf are the tiles of a snapshot by what they are about.
func tilesOf(s *collector.Snapshot) map[string]tile {
	all := make(map[string]tile)
	for _, t := range tiles(s, findings.Of(s)) {
		all[t.key] = t
	}
	return all
}

// said is what a tile says in words.
func (t tile) said() string {
	return join(plain(t.value, t.as), strings.TrimSpace(t.where+" "+t.limit), t.word(), "#"+t.panel)
}

func TestTiles(t *testing.T) {
	for name, want := range map[string]string{
		"cpu":         "37.0\u00a0% · of 2 cores · #cpu",
		"memory":      "37.5\u00a0% · of 64.0\u00a0GiB · warning · #pressure",
		"disk":        "96.0\u00a0% · /data 50\u00a0% full · critical · #mounts",
		"temperature": "91.0\u00a0°C · limit 110\u00a0°C · warning · #sensors",
		"pressure":    "24.0\u00a0% · tasks wait for memory · warning · #pressure",
	} {
		if got := tilesOf(healthy())[name].said(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A machine without sensors has no tile for them, and every other number that is
// missing says why.
func TestTilesOfWhatIsNotThere(t *testing.T) {
	s := &collector.Snapshot{Time: noon}
	all := tilesOf(s)
	if len(all) != 5 {
		t.Errorf("%d tiles", len(all))
	}
	if got := strings.Count(render(t, glanceBody(s)), `title="not supported here"`); got != 5 {
		t.Errorf("%d numbers say why they are missing, want 5", got)
	}
	s = healthy()
	s.Pressure.Value.IO.Some.Share = collector.Missing(collector.Denied)
	s.Pressure.Value.CPU.Some.Share, s.Pressure.Value.Memory.Some.Share = of(0), of(0)
	if got := tilesOf(s)["pressure"].limit; got != "" {
		t.Errorf("without a look at I/O, it says %q", got)
	}
}

func TestHeatNearestItsLimit(t *testing.T) {
	sensor := func(value, high, critical collector.Value) collector.Sensor {
		return collector.Sensor{Kind: collector.TemperatureSensor, Value: value, High: high, Critical: critical}
	}
	none := collector.Missing(collector.Unsupported)
	for name, c := range map[string]struct {
		sensors []collector.Sensor
		want    string
	}{
		"of two limits":       {[]collector.Sensor{sensor(of(60), of(80), of(100)), sensor(of(50), of(60), none)}, "50.0\u00a0°C · limit 60\u00a0°C · #sensors"},
		"one without a limit": {[]collector.Sensor{sensor(of(90), none, none), sensor(of(50), of(60), none)}, "50.0\u00a0°C · limit 60\u00a0°C · #sensors"},
		"none with a limit":   {[]collector.Sensor{sensor(of(40), none, none), sensor(of(45), none, none), sensor(none, none, none)}, "45.0\u00a0°C · #sensors"},
		"none with a number":  {[]collector.Sensor{sensor(none, of(80), none)}, ""},
	} {
		s := healthy()
		s.Sensors.Value.Temperatures = c.sensors
		got := ""
		if tile, ok := tilesOf(s)["temperature"]; ok {
			got = tile.said()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Trends are columns of the samples.
func TestTrendsHaveColumns(t *testing.T) {
	var sample map[string]any
	if err := json.Unmarshal(Sample(healthy()), &sample); err != nil {
		t.Fatal(err)
	}
	for _, tile := range tiles(healthy(), nil) {
		for _, column := range strings.Fields(tile.columns) {
			chart, series, _ := strings.Cut(column, ".")
			if number, ok := sample[chart].(map[string]any)[series].(float64); !ok {
				t.Errorf("%s: no number %s", tile.key, column)
			} else if tile.key == "temperature" && number != 91 {
				t.Errorf("%s is %v", column, number)
			}
		}
	}
}

// What titles go by changes with the kind of the verdict alone, and comes from the
// machine as text. The verdict speaks to nobody by itself: it may turn every tick.
func TestVerdictShortGoesByKind(t *testing.T) {
	short := regexp.MustCompile(`<b id="verdict-short">(.*?)</b>`)
	shortOf := func(s *collector.Snapshot) string {
		html := render(t, findingsBody(s))
		found := short.FindStringSubmatch(html)
		if found == nil || strings.Contains(html, "role=") || strings.Contains(html, "aria-live") {
			t.Fatalf("the verdict is %s", html)
		}
		return found[1]
	}
	a, b := healthy(), healthy()
	a.Mounts, b.Mounts = reading(collector.Mounts{}), reading(collector.Mounts{})
	a.RAID, b.RAID = collector.Reading[collector.RAID]{}, collector.Reading[collector.RAID]{}
	a.Memory.Value.UsedPercent, b.Memory.Value.UsedPercent = of(99), of(98)
	if shortOf(a) != shortOf(b) {
		t.Errorf("%q and %q are one kind", shortOf(a), shortOf(b))
	}
	a.Memory.Value.UsedPercent = of(10)
	if shortOf(a) == shortOf(b) {
		t.Errorf("both times it is %q", shortOf(a))
	}
	a.Mounts = reading(collector.Mounts{Mounts: []collector.Mount{{Mountpoint: "/<b>\n\u202e", Status: collector.Stale}}})
	if got := shortOf(a); strings.Contains(got, "/<b>") || strings.ContainsAny(got, "\n\u202e") {
		t.Errorf("a name is announced as %q", got)
	}
}

// The icon and the title say what the verdict says.
func TestTabShowsTheVerdict(t *testing.T) {
	for state, want := range map[string]struct{ icon, title string }{
		"well":     {`href="/icon"`, "<title>CPU "},
		"warning":  {`href="/warning"`, "<title>▲ Memory is short · CPU "},
		"critical": {`href="/critical"`, "<title>✖ Memory is short · CPU "},
	} {
		s := &collector.Snapshot{Time: noon, CPU: healthy().CPU, Memory: healthy().Memory}
		s.Memory.Value.UsedPercent = of(map[string]float64{"well": 50, "warning": 93, "critical": 99}[state])
		page := render(t, Page(Shell{Icon: "/icon", Icons: Icons{"/warning", "/critical", "/lost"}, Snapshot: s}))
		if !strings.Contains(page, want.icon) || !strings.Contains(page, want.title) {
			t.Errorf("%s: no %s or no %s", state, want.icon, want.title)
		}
	}
}
