package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacho-monitor/tacho/assets"
	"github.com/tacho-monitor/tacho/config"
)

// transcript runs one command in an empty directory.
func transcript(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	p := program{stdout: &out, stderr: &err, environ: environ}
	code = p.run(t.Context(), args)
	return code, out.String(), err.String()
}

func TestCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("odd.yaml", []byte("interval: 5\nlisten: 127.0.0.1:9\nintreval: 1s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args    []string
		environ []string
		code    int
		stdout  []string
		stderr  []string
	}{
		"version":              {args: []string{"version"}, stdout: []string{"tacho "}},
		"help":                 {args: []string{"--help"}, stdout: []string{"tacho snapshot --json", "--stream-heartbeat"}},
		"check":                {args: []string{"check"}, stdout: []string{"interval", "1s", "default"}},
		"check with a flag":    {args: []string{"check", "--interval", "250ms"}, stdout: []string{"250ms", "--interval"}},
		"check with variables": {args: []string{"check"}, environ: []string{"TACHO_INTERVAL=2s"}, stdout: []string{"2s", "TACHO_INTERVAL"}},
		"a stray variable":     {args: []string{"check"}, environ: []string{"TACHO_PORT=tcp://10.0.0.1:80"}, stdout: []string{"listen"}, stderr: []string{"warning", "TACHO_PORT"}},
		"unknown command":      {args: []string{"sevre"}, code: 2, stderr: []string{`"sevre"`, "--help"}},
		"unknown flag":         {args: []string{"serve", "--lsiten", "x"}, code: 2, stderr: []string{"--lsiten", "tacho serve --help"}},
		"all faults at once":   {args: []string{"check", "--config", "odd.yaml"}, code: 2, stderr: []string{"odd.yaml:1", "100ms to 1h", "odd.yaml:3", "intreval"}},
		"no such file":         {args: []string{"serve", "--config", "missing.yaml"}, code: 2, stderr: []string{"missing.yaml"}},
		"open to the network":  {args: []string{"serve", "--listen", "0.0.0.0:0"}, code: 2, stderr: []string{"allow_remote: true"}},
		"bad glob":             {args: []string{"check", "--mounts-exclude", "/a/[b"}, code: 2, stderr: []string{"mounts.exclude", "/a/[b"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := transcript(t, c.environ, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.stdout {
				if !strings.Contains(stdout, want) {
					t.Errorf("stdout lacks %q:\n%s", want, stdout)
				}
			}
			for _, want := range c.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr lacks %q:\n%s", want, stderr)
				}
			}
			if c.stderr == nil && stderr != "" {
				t.Errorf("stderr: %s", stderr)
			}
		})
	}
}

func TestSnapshotCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := transcript(t, nil, "snapshot", "--json", "--interval", "100ms")
	var got map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || got["cpu"] == nil {
		t.Errorf("snapshot --json: exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	code, stdout, stderr = transcript(t, nil, "snapshot", "--interval", "100ms")
	if code != 0 || !strings.Contains(stdout, "available") || !strings.Contains(stdout, "mount point") {
		t.Errorf("snapshot: exit code %d\n%s%s", code, stdout, stderr)
	}
}

func TestSnapshotEndsWithItsContext(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, stderr bytes.Buffer
	p := program{stdout: &out, stderr: &stderr}
	if code := p.run(ctx, []string{"snapshot"}); code != 1 || out.Len() > 0 {
		t.Errorf("interrupted: exit code %d, stdout %q", code, out.String())
	}
}

// logBuffer is written by the service and read by the test.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// built is what the build of the assets leaves, in small.
func built(t *testing.T) *assets.Set {
	t.Helper()
	set, err := assets.LoadFS(fstest.MapFS{
		"manifest.json": {Data: []byte(`{"app.js":"app-A.js","app.css":"app-B.css","icon.svg":"icon-C.svg"}`)},
		"app-A.js":      {}, "app-B.css": {}, "icon-C.svg": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestService runs the real service with the settings of a file: it serves, it
// takes over a changed file, it keeps the settings when that is faulty, and it
// ends streams when it ends.
func TestService(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	write := func(content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() (config.Loaded, error) { return config.Load(config.Sources{Files: []string{file}}) }
	write("listen: 127.0.0.1:0\ninterval: 100ms\n")
	loaded, err := load()
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen(loaded.Config.Listen)
	if err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	hangup := make(chan os.Signal)
	s, feed := program{stderr: &log}.newService(loaded.Config, loaded.Config.Listen, built(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, l, feed, hangup, load) }()

	url := "http://" + l.Addr().String()
	stream, err := http.Get(url + "/api/v1/stream/load")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	until := func(part string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), part) {
				return
			}
		}
		t.Fatalf("the stream ended before %q; log:\n%s", part, log.String())
	}
	until(`"interval_seconds":0.1`)

	status := func(host string) int {
		r, _ := http.NewRequest("GET", url+"/healthz", nil)
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := status("tacho.example.org"); got != http.StatusMisdirectedRequest {
		t.Errorf("an unknown host gets %d", got)
	}
	write("listen: 127.0.0.1:1\ninterval: 200ms\nallowed_hosts: [tacho.example.org]\n")
	hangup <- syscall.SIGHUP
	until(`"interval_seconds":0.2`)
	if got := status("tacho.example.org"); got != http.StatusOK {
		t.Errorf("a host that a reload allowed gets %d", got)
	}
	write("interval: 5\n")
	hangup <- syscall.SIGHUP
	until(`"interval_seconds":0.2`)
	for _, want := range []string{"restart only", "listen", "not reloaded", "100ms to 1h"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}

	cancel()
	until("event: bye")
	if err := <-ended; err != nil {
		t.Errorf("the service ended with %v", err)
	}
	if !strings.Contains(log.String(), `"msg":"stopping","streams":1,`) {
		t.Errorf("the log does not say how many streams the end of the service ends:\n%s", log.String())
	}
	if !s.overdue(time.Now().Add(time.Hour)) || s.overdue(time.Now()) {
		t.Error("the watchdog would not see that sampling has stopped, or would see it too soon")
	}
}

func TestLogFormat(t *testing.T) {
	for format, want := range map[string]string{"json": `"msg":"hello"`, "text": `msg=hello`, "auto": `"msg":"hello"`} {
		var b bytes.Buffer
		newLogger(&b, format, new(slog.LevelVar)).Info("hello")
		if !strings.Contains(b.String(), want) {
			t.Errorf("format %s writes %q, want %s in it", format, b.String(), want)
		}
	}
}
