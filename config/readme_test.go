package config_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/config"
)

// The manual lists every setting by its three names and with its default, and
// names those that a hangup takes over.
func TestReadmeKnowsTheSettings(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	_, reload, found := strings.Cut(readme, "takes over a changed file for")
	if !found {
		t.Fatal("README.md does not say what a hangup takes over")
	}
	reload, _, _ = strings.Cut(reload, "the others need a restart")
	for _, key := range config.Keys() {
		row := fmt.Sprintf("| `%s` | `%s` | `%s` | ", key.Name, key.Flag, key.Variable)
		if value := strings.Trim(key.Default, `"[]`); value != "" {
			row += "`" + value + "` |"
		} else {
			row += "|"
		}
		if !strings.Contains(readme, row) {
			t.Errorf("README.md has no row that begins with %s", row)
		}
		if listed := strings.Contains(reload, "`"+key.Name+"`"); listed != key.Live {
			t.Errorf("README.md: a hangup takes over %s: %v, want %v", key.Name, listed, key.Live)
		}
	}
}
