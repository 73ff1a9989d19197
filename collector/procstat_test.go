package collector

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSplitStat(t *testing.T) {
	for text, want := range map[string][3]string{
		"":                                     {"", "", ""},
		"cpu  1\ncpu0 1\n":                     {"cpu  1\ncpu0 1\n", "", ""},
		"cpu  1\nintr 5 1 2\nctxt 3\nbtime 4":  {"cpu  1\n", "intr 5 1 2\n", "ctxt 3\nbtime 4"},
		"cpu  1\nintr 5 1 2":                   {"cpu  1\n", "intr 5 1 2", ""},
		"intr 5\nctxt 3\n":                     {"", "intr 5\n", "ctxt 3\n"},
		"cpu  1\nintrusions 7\nintr 1\nctxt\n": {"cpu  1\nintrusions 7\n", "intr 1\n", "ctxt\n"},
	} {
		p := splitStat([]byte(text))
		if got := [3]string{string(p.processors), string(p.interrupts), string(p.others)}; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestStatNumbers(t *testing.T) {
	text := []byte(bigStat(3, 2000))
	for name, want := range map[string]uint64{"intr": 4812334121, "ctxt": 9123441921, "btime": 1790000000, "processes": 8123121, "softirq": 1812334121, "procs_blocked": 1, "cpu2": 4705912} {
		if got, err := parseStatLine(text, name); err != nil || got != want {
			t.Errorf("%s is %d, %v, want %d", name, got, err, want)
		}
	}
	if _, err := parseStatLine(text, "proc"); !errors.Is(err, errNoLine) {
		t.Error(err)
	}
}

// FuzzStatParts: a line is found wherever it stands.
func FuzzStatParts(f *testing.F) {
	f.Add(bigStat(2, 5), "btime")
	f.Add("btime 3\nintr 1\n", "btime")
	f.Add("intr \nintr 1\n\n", "intr")
	f.Fuzz(func(t *testing.T, text, name string) {
		p := splitStat([]byte(text))
		if whole := bytes.Join([][]byte{p.processors, p.interrupts, p.others}, nil); string(whole) != text {
			t.Fatalf("%q became %q", text, whole)
		}
		if name == "" || strings.Contains(name, "\n") {
			return
		}
		_, err := p.number(name)
		if there := strings.Contains("\n"+text, "\n"+name+" "); there == errors.Is(err, errNoLine) {
			t.Errorf("%q in %q: %v", name, text, err)
		}
	})
}
