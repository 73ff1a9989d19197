package views

import (
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// Without a look at it, memory is not enough.
func TestNothingIsShortOnlyOfWhatWasRead(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &collector.Snapshot{Time: noon}
	s.CPU.At = noon
	for _, want := range []string{"not known: memory, mounts", "nothing is short"} {
		var b strings.Builder
		if err := Terminal(&b, s); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("terminal does not say %q", want)
		}
		b.Reset()
		if err := findingsBody(s).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("page does not say %q", want)
		}
		s.Memory.At, s.Mounts.At = noon, noon
	}
}
