package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/config"
	"github.com/tacho-monitor/tacho/doctor"
)

func TestDoctorCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := transcript(t, nil, "doctor", "--json", "--interval", "200ms")
	var r doctor.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	if r.Environment.UID != os.Geteuid() || len(r.Sources) < 50 {
		t.Errorf("%+v, %d sources", r.Environment, len(r.Sources))
	}
	if wantCode(r) != code || (stderr == "") != r.Well {
		t.Errorf("exit code %d with %d faults; standard error %q", code, r.Faults(), stderr)
	}
	code, stdout, _ = transcript(t, []string{"TACHO_LISTEN=127.0.0.1:9191"}, "doctor", "--interval", "200ms")
	if code > 1 || !strings.Contains(stdout, "Judged as ") || !strings.Contains(stdout, "--of http://127.0.0.1:9191/") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}

// wantCode: what is absent is no fault.
func wantCode(r doctor.Report) int {
	if r.Counts[doctor.Denied]+r.Counts[doctor.Failing]+r.Counts[doctor.Missing] == 0 {
		return 0
	}
	return 1
}

// TestDoctorOf asks servers that answer in all sorts of ways.
func TestDoctorOf(t *testing.T) {
	t.Chdir(t.TempDir())
	const well = `{"well":true,"counts":{"ok":1,"absent":1},"sources":[{"section":"load","source":"/proc/loadavg","status":"ok"},{"section":"gpus","source":"x","status":"absent"}]}`
	const ill = `{"well":false,"counts":{"ok":1,"denied":1},"sources":[{"section":"load","source":"/proc/loadavg","status":"ok"},{"section":"gpus","source":"x\u001b","status":"denied"}]}`
	mux := http.NewServeMux()
	for path, answer := range map[string]string{"/well": well, "/ill": ill, "/empty": `{}`, "/page": `<html>`} {
		mux.HandleFunc(path+"/api/v1/doctor", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) })
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, c := range []struct {
		of     string
		code   int
		stdout string
		stderr string
	}{
		{server.URL + "/well/", 0, "2 sources: 1 absent, 1 ok", ""},
		{server.URL + "/well", 0, "2 sources: 1 absent, 1 ok", ""},
		{server.URL + "/well/?theme=dark#cpu", 0, "2 sources: 1 absent, 1 ok", ""},
		{server.URL + "/ill", 1, "! denied   x\uFFFD", "1 source is denied, failing or missing"},
		{server.URL + "/empty", 1, "", "answered without sources"},
		{server.URL + "/page", 1, "", "invalid character"},
		{server.URL + "/none", 1, "", "404"},
		{"http://127.0.0.1:1/", 1, "", "no tacho answers"},
		{"127.0.0.1:8585", 2, "", "allowed is one like http://127.0.0.1:8585/"},
		{"ftp://127.0.0.1/", 2, "", "allowed is one like"},
	} {
		code, stdout, stderr := transcript(t, nil, "doctor", "--of", c.of)
		if code != c.code || !strings.Contains(stdout, c.stdout) || c.stdout == "" && stdout != "" || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("of %s: exit code %d, want %d\n%s%s", c.of, code, c.code, stdout, stderr)
		}
	}
	if code, _, stderr := transcript(t, nil, "doctor", "--interval", "5"); code != 2 || !strings.Contains(stderr, "100ms to 1h") {
		t.Errorf("with a bad setting: exit code %d, %s", code, stderr)
	}
}

// A reason phrase is whatever the other side sends, and a password is nobody's to
// read.
func TestDoctorOfSaysNothingUnclean(t *testing.T) {
	t.Chdir(t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		io.WriteString(connection, "HTTP/1.1 503 \x1b]0;owned\x07 gone\r\nContent-Length: 0\r\n\r\n")
	}))
	defer server.Close()
	code, _, stderr := transcript(t, nil, "doctor", "--of", strings.Replace(server.URL, "http://", "http://alice:secret@", 1))
	if code != 1 || !strings.Contains(stderr, "503 Service Unavailable") || strings.ContainsAny(stderr, "\x1b\x07") || strings.Contains(stderr, "secret") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if code, _, stderr = transcript(t, nil, "doctor", "--of", "ftp://alice:secret@127.0.0.1/"); code != 2 || strings.Contains(stderr, "secret") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestDoctorJSONIsNoCommandForATerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"well":true,"counts":{},"sources":[{"section":"mounts","source":"/\u009b31m\u007f","status":"ok"}]}`)
	}))
	defer server.Close()
	_, stdout, _ := transcript(t, nil, "doctor", "--json", "--of", server.URL)
	if !strings.Contains(stdout, `"source": "/\u009b31m\u007f"`) {
		t.Errorf("%q", stdout)
	}
}

// An address to listen at is not always one to ask at.
func TestOwnAddress(t *testing.T) {
	for _, c := range []struct{ listen, basePath, want string }{
		{"127.0.0.1:8585", "", "http://127.0.0.1:8585/"},
		{":8585", "", "http://127.0.0.1:8585/"},
		{"0.0.0.0:80", "/tacho", "http://127.0.0.1:80/tacho/"},
		{"[::]:8585", "", "http://127.0.0.1:8585/"},
		{"[::1]:8585", "", "http://[::1]:8585/"},
		{"box.lan:8585", "", "http://box.lan:8585/"},
	} {
		if got := ownAddress(config.Config{Listen: c.listen, BasePath: c.basePath}); got != c.want {
			t.Errorf("of %s%s: got %s, want %s", c.listen, c.basePath, got, c.want)
		}
	}
}
