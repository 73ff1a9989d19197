package config

import (
	"strings"
	"testing"
)

// A rule that yields another type than its field holds, or a key without a
// field, is a mistake of this package; none may pass as a conversion.
func TestMergeConvertsNothing(t *testing.T) {
	for name, value := range map[string]any{
		"listen":        8585,
		"interval":      "5s",
		"allow_remote":  "true",
		"allowed_hosts": "a,b",
		"stream.ring":   "300",
		"stream.rings":  300,

		"budget.cpu_percent": "1",
		"rings":              300,
	} {
		given := source{settings: map[string]setting{name: {value, "test"}}}
		if config, _, err := merge(keys(nil), []source{given}); err == nil || !strings.HasPrefix(err.Error(), "configuration: ") {
			t.Errorf("%s: %#v gave %+v, error %v", name, value, config, err)
		}
	}
}
