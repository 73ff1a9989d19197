package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/tacho-monitor/tacho/config"
)

// FuzzLoad gives any bytes as a file and any text as every variable. What comes
// out is a fault or a valid configuration, which stands when it is read again.
func FuzzLoad(f *testing.F) {
	shipped, err := os.ReadFile(shipped)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range []string{
		string(shipped), "", "---\n", "\x00", "interval: 5", "? [a]\n: 1", "<<: *a", "a: &a [*a]", "cors: &a\n  origins: *a\n",
		"listen: \"[::1]:80\"\nallowed_hosts: [\"*.a\", '::1']\nlog: {level: warn}\n", "!!binary aGk=: !foo bar", "- 1\n- 2", "a: 1\n---\nb: 2",
		"stream: {ring: 0x10, heartbeat: 1m30s}\nmounts: {include: [/a, '/b[']}\n", "cors: {origins: ['https://[::1]:443', 'http://a/']}",
	} {
		f.Add([]byte(file), "")
	}
	for _, text := range []string{"1", "0.25", "1e2", "inf", "true", "1s", "a,b", "https://a.example:1", "[::1]:0", ":80", "*.a", "/a/b/"} {
		f.Add([]byte{}, text)
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		var environ []string
		for _, key := range config.Keys() {
			environ = append(environ, key.Variable+"="+text)
		}
		for _, environ := range [][]string{nil, environ} {
			loaded, err := load(t, path, environ, nil)
			if err != nil {
				checkFaults(t, err.Error())
				continue
			}
			checkRanges(t, loaded.Config)
			checkStable(t, loaded)
		}
	})
}

// checkFaults wants lines that a terminal only prints.
func checkFaults(t *testing.T, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("fault %q", line)
		}
	}
}

func checkRanges(t *testing.T, c config.Config) {
	within := func(d, low, high time.Duration) bool { return low <= d && d <= high }
	if !within(c.Interval, 100*time.Millisecond, time.Hour) || !within(c.Stream.Heartbeat, time.Second, 5*time.Minute) || c.Stream.Ring < 0 || c.Stream.Ring > 86400 || !(c.Budget.CPUPercent >= 0.1 && c.Budget.CPUPercent <= 100) {
		t.Errorf("out of range: %+v", c)
	}
	if c.BasePath != "" && (c.BasePath[0] != '/' || strings.HasSuffix(c.BasePath, "/") || strings.Contains(c.BasePath, "//")) {
		t.Errorf("base path %q", c.BasePath)
	}
}

// checkStable gives the values back as flags and wants the same configuration.
func checkStable(t *testing.T, loaded config.Loaded) {
	flags := pflag.NewFlagSet("tacho", pflag.ContinueOnError)
	config.Flags(flags)
	for i, row := range loaded.Rows() {
		value := strings.Trim(row.Value, `[]"`)
		if row.Key == "listen" {
			value = row.Value
		}
		if strings.HasPrefix(row.Key, "mounts.") || strings.ContainsRune(value, unicode.ReplacementChar) {
			continue // a glob may hold what a flag splits, and what a row replaces
		}
		if err := flags.Set(strings.TrimPrefix(config.Keys()[i].Flag, "--"), value); err != nil {
			t.Fatal(err)
		}
	}
	again, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		t.Fatalf("%+v, read again: %v", loaded.Config, err)
	}
	got, want := filled(again.Config), filled(loaded.Config)
	got.Mounts, want.Mounts = config.Mounts{}, config.Mounts{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read again: %+v\nfirst: %+v", got, want)
	}
}
