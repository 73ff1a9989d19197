package config_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/config"
)

const shipped = "../config.yaml"

func TestShippedFileEqualsDefaults(t *testing.T) {
	loaded, err := load(t, shipped, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range loaded.Rows() {
		if !strings.HasPrefix(row.Origin, shipped+":") {
			t.Errorf("%s is not in the file", row.Key)
		}
	}
	if want := rows(t, "", nil, nil); !slices.EqualFunc(loaded.Rows(), want, sameValue) {
		t.Errorf("the file differs from the defaults:\n%v\n%v", loaded.Rows(), want)
	}
}

// Each key has one line of comment above it, the one that --help shows.
func TestShippedFileIsCommented(t *testing.T) {
	data, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	loaded, err := load(t, shipped, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range config.Keys() {
		var line int
		if _, err := fmt.Sscanf(strings.TrimPrefix(loaded.Rows()[i].Origin, shipped), ":%d", &line); err != nil {
			t.Fatal(err)
		}
		want := "# " + key.Help + " (" + key.Allowed + ")"
		if got := strings.TrimSpace(lines[line-2]); got != want {
			t.Errorf("above %s:\ngot  %s\nwant %s", key.Name, got, want)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	loaded, err := load(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := config.Defaults(); !reflect.DeepEqual(loaded.Config, want) {
		t.Errorf("got %+v\nwant %+v", loaded.Config, want)
	}
}

func TestKeys(t *testing.T) {
	got := config.Keys()[7]
	want := config.Key{
		Name: "stream.heartbeat", Flag: "--stream-heartbeat", Variable: "TACHO_STREAM_HEARTBEAT",
		Default: "15s", Allowed: "1s to 5m", Help: "Silence on a stream after which a comment keeps it open", Live: true,
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestReload(t *testing.T) {
	running := config.Defaults()
	next := config.Config{
		Listen:       "127.0.0.1:1",
		BasePath:     "/tacho",
		Interval:     2 * time.Second,
		AllowRemote:  true,
		AllowedHosts: []string{"a.example"},
		CORS:         config.CORS{Origins: []string{"https://b.example"}},
		Embed:        config.Embed{Origins: []string{"https://c.example"}},
		Stream:       config.Stream{Heartbeat: time.Minute, Ring: 1},
		Budget:       config.Budget{CPUPercent: 0.5},
		Mounts:       config.Mounts{Include: []string{"/a"}, Exclude: []string{"/b"}},
		Processes:    config.Processes{CommandLine: true},
		Log:          config.Log{Level: "warn", Format: "json"},
	}
	merged, changed, restart := running.Reload(next)

	want := config.Defaults()
	want.Interval, want.AllowedHosts, want.CORS, want.Embed = next.Interval, next.AllowedHosts, next.CORS, next.Embed
	want.Stream.Heartbeat, want.Budget, want.Log.Level = next.Stream.Heartbeat, next.Budget, next.Log.Level
	if !reflect.DeepEqual(merged, want) {
		t.Errorf("merged\n%+v\nwant\n%+v", merged, want)
	}
	if want := []string{"interval", "allowed_hosts", "cors.origins", "embed.origins", "stream.heartbeat", "budget.cpu_percent", "log.level"}; !slices.Equal(changed, want) {
		t.Errorf("changed %v, want %v", changed, want)
	}
	if want := []string{"listen", "base_path", "allow_remote", "stream.ring", "stream.per_address", "mounts.include", "mounts.exclude", "processes.command_line", "log.format"}; !slices.Equal(restart, want) {
		t.Errorf("restart %v, want %v", restart, want)
	}
	if _, changed, _ := merged.Reload(next); changed != nil {
		t.Errorf("changed again: %v", changed)
	}
}

func TestReloadOfTheSame(t *testing.T) {
	empty := config.Defaults()
	empty.AllowedHosts = []string{}
	if _, changed, restart := config.Defaults().Reload(empty); changed != nil || restart != nil {
		t.Errorf("changed %v, restart %v", changed, restart)
	}
}

func rows(t *testing.T, file string, environ, args []string) []config.Row {
	t.Helper()
	loaded, err := load(t, file, environ, args)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Rows()
}

func sameValue(a, b config.Row) bool { return a.Key == b.Key && a.Value == b.Value }
