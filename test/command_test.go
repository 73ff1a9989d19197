package test

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What is typed at the program, and how it ends. Where it ends badly, standard
// error has one line a fault, and standard output nothing.
func TestTranscripts(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    string
		environ []string
		file    string // config.yaml
		code    int
		stdout  string   // a regular expression for all of it
		stderr  []string // one a line
	}{
		{name: "version", args: "version", stdout: `^tacho \S+\n$`},
		{name: "help", args: "--help", stdout: `(?s)Usage:.*snapshot.*--listen`},
		{name: "check", args: "check", stdout: `(?m)^listen +127\.0\.0\.1:8585 +default$`},
		{
			name: "a flag wins over a variable, that over the file", args: "check --interval 3s",
			environ: []string{"TACHO_INTERVAL=2s", "TACHO_LOG_LEVEL=warn"}, file: "interval: 1s\nlog: {level: debug}\nstream: {ring: 5}\n",
			stdout: `(?s)interval +3s +--interval\n.*stream\.ring +5 +config\.yaml:3\n.*log\.level +warn +TACHO_LOG_LEVEL\n`,
		},
		{name: "unknown command", args: "frobnicate", code: 2, stderr: []string{`"frobnicate".*tacho --help`}},
		{name: "unknown flag", args: "serve --wrong", code: 2, stderr: []string{`--wrong.*tacho serve --help`}},
		{name: "bare number", args: "serve --interval 5", code: 2, stderr: []string{`interval: 5 has no unit; write 5s \(allowed: 100ms to 1h\)`}},
		{name: "out of range", args: "serve --interval 5ms", code: 2, stderr: []string{`interval: 5ms is out of range \(allowed: 100ms to 1h\)`}},
		{name: "not a word", args: "serve --log-level loud", code: 2, stderr: []string{`log\.level: loud .*allowed: debug, info, warn or error`}},
		{name: "not an address", args: "serve --listen nonsense", code: 2, stderr: []string{`listen: nonsense .*allowed: host:port`}},
		{name: "not an origin", args: "serve --cors-origins example.org", code: 2, stderr: []string{`cors\.origins: example\.org .*allowed: .*https://`}},
		{name: "no such path", args: "serve --base-path /a/../b", code: 2, stderr: []string{`base_path: /a/../b .*allowed: `}},
		{
			name: "open to other machines", args: "serve --listen 0.0.0.0:0", code: 2,
			stderr: []string{`listen: 0\.0\.0\.0:0 is open to other machines`, `reverse proxy`, `allow_remote: true`},
		},
		{name: "no such file", args: "serve --config none.yaml", code: 2, stderr: []string{`none\.yaml: no such file`}},
		{name: "unreadable file", args: "serve --config .", code: 2, stderr: []string{`\.: is a directory`}},
		{
			name: "all faults at once", args: "check", environ: []string{"TACHO_STREAM_RING=-1"}, code: 2,
			file: "intervall: 1s\nstream: {heartbeat: 1ms}\n",
			stderr: []string{
				`config\.yaml:1: intervall: unknown key; did you mean interval\?`,
				`config\.yaml:2: stream\.heartbeat: 1ms is out of range \(allowed: 1s to 5m\)`,
				`TACHO_STREAM_RING: stream\.ring: -1 is out of range \(allowed: 0 to 86400\)`,
			},
		},
		{
			name: "a variable that no key has", args: "check", environ: []string{"TACHO_PORT=tcp://10.0.0.1:80"},
			stdout: `^listen`, stderr: []string{`warning: TACHO_PORT: unknown variable`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				write(t, dir, "config.yaml", c.file)
			}
			got := run(t, dir, c.environ, strings.Fields(c.args)...)
			if got.code != c.code {
				t.Errorf("exit code is %d, want %d", got.code, c.code)
			}
			if c.stdout == "" && got.stdout != "" || !regexp.MustCompile(c.stdout).MatchString(got.stdout) {
				t.Errorf("standard output\n%swant %s", got.stdout, c.stdout)
			}
			wantLines(t, got.stderr, c.stderr)
		})
	}
}

func wantLines(t *testing.T, text string, patterns []string) {
	t.Helper()
	if len(patterns) == 0 {
		if text != "" {
			t.Errorf("standard error is not empty:\n%s", text)
		}
		return
	}
	got := lines(text)
	matches := func(line, pattern string) bool { return regexp.MustCompile(pattern).MatchString(line) }
	if !slices.EqualFunc(got, patterns, matches) || !strings.HasPrefix(text, "tacho: ") {
		t.Errorf("standard error\n%swant lines like\n%s", text, strings.Join(patterns, "\n"))
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := run(t, t.TempDir(), nil, "serve", "--listen", l.Addr().String())
	if got.code != 1 {
		t.Errorf("exit code is %d, want 1", got.code)
	}
	wantLines(t, got.stderr, []string{regexp.QuoteMeta(l.Addr().String()) + ": another program has this port; .*--listen"})
}

func TestSnapshotForReading(t *testing.T) {
	got := run(t, t.TempDir(), nil, "snapshot", "--interval", "200ms")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, standard error %q", got.code, got.stderr)
	}
	for _, section := range []string{"host", "cpu", "load", "memory", "swap", "disks", "network", "mounts"} {
		if !regexp.MustCompile(`(?m)^` + section + ` `).MatchString(got.stdout) {
			t.Errorf("no section %s in\n%s", section, got.stdout)
		}
	}
	if strings.ContainsAny(got.stdout, "\x1b\r") {
		t.Errorf("control characters for a pipe: %q", got.stdout)
	}
}

// lasting leaves out what comes and goes: what is missing at one moment, what is
// short then, and members that are left out where they are empty.
func lasting(paths []string) []string {
	return slices.DeleteFunc(paths, func(path string) bool {
		return strings.Contains(path, ".missing") || strings.HasPrefix(path, "findings.data") || strings.HasPrefix(path, "cgroups.data.top[].")
	})
}

// The command and the server give the same object.
func TestSnapshotAsJSON(t *testing.T) {
	got := run(t, t.TempDir(), nil, "snapshot", "--json", "--interval", "200ms")
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("exit code %d, standard error %q", got.code, got.stderr)
	}
	p := start(t, "--interval", "200ms")
	eventually(t, func() error { return rates(p.URL) })
	response, body := get(t, p.URL+"api/v1/snapshot")
	if kind := response.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("served as %s", kind)
	}
	command, served := lasting(shape(decode[any](t, got.stdout))), lasting(shape(decode[any](t, body)))
	if !slices.Equal(command, served) {
		t.Errorf("tacho snapshot --json has\n%s\n/api/v1/snapshot has\n%s", strings.Join(command, "\n"), strings.Join(served, "\n"))
	}
	if _, found := slices.BinarySearch(served, "cpu.data.cores[].usage.busy_percent"); !found {
		t.Errorf("no usage of the cores in\n%s", strings.Join(served, "\n"))
	}
}

// shape lists the paths of all members, the items of an array as one.
func shape(value any) []string {
	var paths []string
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, member := range v {
				walk(strings.TrimPrefix(path+"."+name, "."), member)
			}
		case []any:
			for _, item := range v {
				walk(path+"[]", item)
			}
		default:
			paths = append(paths, path)
		}
	}
	walk("", value)
	slices.Sort(paths)
	return slices.Compact(paths)
}

// rates returns an error as long as a server has no rates.
func rates(url string) error {
	s, err := snapshotOf(url)
	if err != nil {
		return err
	}
	return s.hasRates()
}

// What goes to a log that nobody reads live is one JSON object a line.
func TestLogIsJSON(t *testing.T) {
	p := start(t)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, line := range lines(p.Log()) {
		var record struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Time == "" || record.Level == "" {
			t.Errorf("not a record: %s", line)
		}
		messages = append(messages, record.Msg)
	}
	if want := []string{"serving", "stopping"}; !slices.Equal(messages, want) {
		t.Errorf("messages are %q, want %q", messages, want)
	}
}
