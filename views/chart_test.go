package views

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

func coresOf(t *testing.T, s *collector.Snapshot) []*int {
	t.Helper()
	var got struct{ Cores []*int }
	if err := json.Unmarshal(Sample(s), &got); err != nil {
		t.Fatal(err)
	}
	return got.Cores
}

// The place of a number is the number of the core, whichever are off.
func TestSampleOfCores(t *testing.T) {
	s := healthy()
	cores := []collector.Core{{ID: 0}, {ID: 1}, {ID: 3}, {ID: 99}}
	cores[0].Usage.Busy = of(12.5)
	cores[1].Usage.Busy = of(99.6)
	cores[2].Usage.Busy = collector.Missing(collector.NoBaseline)
	s.CPU.Value.Cores = cores
	got := coresOf(t, s)
	if len(got) != mostHeat || *got[0] != 13 || *got[1] != 100 {
		t.Errorf("%d cores: %v", len(got), got)
	}
	if i := slices.IndexFunc(got[2:], func(n *int) bool { return n != nil }); i >= 0 {
		t.Errorf("core %d is %d", i+2, *got[i+2])
	}
	s.CPU.Value.Cores = cores[:1]
	if got := coresOf(t, s); got != nil {
		t.Errorf("a single core is %v", got)
	}
	if got := coresOf(t, troubled()); got != nil {
		t.Errorf("cores that were not read are %v", got)
	}
}

// A page that is opened gets some hundred samples at once.
func TestSampleOfManyCoresIsSmall(t *testing.T) {
	s := healthy()
	few := len(Sample(s))
	s.CPU.Value.Cores = nil
	for i := range 256 {
		s.CPU.Value.Cores = append(s.CPU.Value.Cores, collector.Core{ID: i, Usage: busy()})
	}
	if many := len(Sample(s)); many-few > 4*mostHeat {
		t.Errorf("256 cores take %d bytes", many-few)
	}
}

// The room of the strip is there before its numbers are.
func TestHeatHasItsRoom(t *testing.T) {
	s := healthy()
	for _, test := range []struct {
		last int // number of the last core
		want string
	}{{1, `class="heat few"`}, {15, `class="heat some"`}, {200, `class="heat many"`}} {
		s.CPU.Value.Cores = []collector.Core{{ID: 0}, {ID: test.last}}
		if got := render(t, Page(shell(s))); !strings.Contains(got, test.want) {
			t.Errorf("core %d: the page has no %s", test.last, test.want)
		}
	}
	for name, s := range map[string]*collector.Snapshot{"one core": troubled(), "nothing yet": nil} {
		if got := render(t, Page(shell(s))); strings.Contains(got, `class="heat`) {
			t.Errorf("%s: the page has a strip", name)
		}
	}
}
