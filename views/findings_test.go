package views

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// Without a look at it, memory is not enough.
func TestNothingIsShortOnlyOfWhatWasRead(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &collector.Snapshot{Time: noon}
	s.CPU.At = noon
	for _, want := range []struct{ terminal, page string }{
		{"not known: memory, mounts", "Not known whether all is well: memory, mounts not read"},
		{"nothing is short", "All is well"},
	} {
		var b strings.Builder
		if err := Terminal(&b, s); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want.terminal) {
			t.Errorf("terminal does not say %q", want.terminal)
		}
		b.Reset()
		if err := findingsBody(s).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if text := tag.ReplaceAllString(b.String(), ""); !strings.Contains(text, want.page) {
			t.Errorf("page does not say %q, but %q", want.page, text)
		}
		s.Memory.At, s.Mounts.At = noon, noon
	}
}
