package collector

import (
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"
)

func newTestLines() counterLines {
	return counterLines{
		called: func(name string, _ bool) string {
			if name[:1] == "_" {
				return ""
			}
			return metricName(name)
		},
		wanted: func(name string) bool { return name == "_more" },
	}
}

func TestCounters(t *testing.T) {
	lines := newTestLines()
	first, err := lines.parse([]byte("One: 1 kB\n_none 7\n_more 8\nTwo(a-b): 2\nbad: x kB\nfar: 18014398509481984 kB\nbelow: 18446744073709551615\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"One": 1024, "Two_a_b_": 2}
	if got := maps.Collect(first.All()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, name := range []string{"bad", "far", "below", "_more", "none"} {
		if number, ok := first.Get(name); ok {
			t.Errorf("%s is %v", name, number)
		}
	}
	if number, ok := first.Get("One"); !ok || number != 1024 {
		t.Errorf("One is %v, %v", number, ok)
	}
	for name, want := range map[string]amount{"_more": {8, OK}, "_none": {}, "bad": {status: Failed}, "One": {1024, OK}} {
		if got := first.amount(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := first.amount("_more", "gone", "One"); got != (amount{1032, OK}) {
		t.Errorf("sum is %v", got)
	}
}

func TestCountersShareNames(t *testing.T) {
	lines := newTestLines()
	parse := func(text string) counterReading {
		t.Helper()
		reading, err := lines.parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return reading
	}
	first := parse("a 1\nb 2\n")
	second := parse("a 3\nb 4\n")
	if &first.names[0] != &second.names[0] {
		t.Error("names are made anew for the same lines")
	}
	for text, a := range map[string]float64{"a 5\nc 6\n": 5, "a 5\n": 5, "a 5\nc 6\nd 7\n": 5, "a 5 kB\nc 6\nd 7\n": 5 * 1024} {
		parse("a 4\nc 6\nd 7\n")
		if number, _ := parse(text).Get("a"); number != a {
			t.Errorf("a is %v in %q", number, text)
		}
	}
	third := parse("b 8\na 9\n")
	for i, c := range []Counters{first.Counters, second.Counters, third.Counters} {
		want := []map[string]float64{{"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": 9, "b": 8}}[i]
		if got := maps.Collect(c.All()); !maps.Equal(got, want) {
			t.Errorf("reading %d is %v, want %v", i, got, want)
		}
	}
	text := []byte("b 8\na 9\n")
	if n := testing.AllocsPerRun(100, func() { lines.parse(text) }); n > 1 {
		t.Errorf("a reading of known lines makes %v allocations", n)
	}
}

func TestZeroCounters(t *testing.T) {
	var none Counters
	if _, ok := none.Get("a"); ok || len(maps.Collect(none.All())) != 0 {
		t.Error("has numbers")
	}
	for range (Counters{[]string{"a", "b"}, []uint64{1, 2}}).All() {
		break // must not go on
	}
}

func FuzzCounters(f *testing.F) {
	text, err := os.ReadFile("testdata/debian12/proc/meminfo")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, text)
	f.Add([]byte("a: 1 kB\na 2\n:3\n\n"), []byte("a: 1\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		kept := counterLines{called: meminfoName, wanted: func(name string) bool { return len(name)%2 == 0 }}
		kept.parse(first)
		got, err := kept.parse(second)
		anew := counterLines{called: kept.called, wanted: kept.wanted}
		want, errAnew := anew.parse(second)
		if (err == nil) != (errAnew == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("after %q, %q reads as %+v, else as %+v", first, second, got, want)
		}
		names := slices.Clone(got.names)
		slices.Sort(names)
		if len(slices.Compact(names)) != len(got.names) {
			t.Errorf("a name twice in %q", got.names)
		}
		for name, number := range got.All() {
			if number < 0 || math.IsInf(number, 0) || name == "" {
				t.Errorf("%q is %v", name, number)
			}
		}
	})
}
