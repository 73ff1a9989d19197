package views

import (
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

// TestDelay: a bound is shown as one, and where there is none the reason is that
// of delays.
func TestDelay(t *testing.T) {
	for want, v := range map[string]collector.Value{
		"<dd>≤2.50 <small>ms</small>":                             collector.Of(0.0025),
		`aria-label="idle: no events"`:                            collector.Missing(collector.Idle),
		`aria-label="longer than is measured"`:                    collector.Missing(collector.Failed),
		`aria-label="no baseline yet: a rate needs two readings"`: collector.Missing(collector.NoBaseline),
	} {
		s := healthy()
		s.Self.Value.DelayP99 = v
		if got := render(t, named(t, "self").Partial(s)); strings.Count(got, want) != 1 {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// TestRefusedStandsOut: who found no room is worth a look, and nobody is not.
func TestRefusedStandsOut(t *testing.T) {
	s := healthy()
	if got := render(t, named(t, "self").Partial(s)); strings.Contains(got, "notable") {
		t.Errorf("something stands out of %s", got)
	}
	s.Self.Value.RefusedTotal = collector.Of(5)
	if got := render(t, named(t, "self").Partial(s)); strings.Count(got, `<span class="notable">5`) != 1 {
		t.Errorf("5 who were refused do not stand out of %s", got)
	}
}
