package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tacho-monitor/tacho/test/program"
)

// doctorReport is what tests look at of what the doctor says.
type doctorReport struct {
	Environment struct {
		UID          int
		Capabilities []string
		Executable   string
		Service      string
	}
	Well    bool
	Counts  map[string]int
	Sources []struct {
		Section, Source, Status, Why string
		Affected, Total              int
		Mends                        []struct {
			Kind, Text, Price string
			Lines             []string
		}
	}
}

// status is that of one source, "" where there is none of that name.
func (r doctorReport) status(section, source string) string {
	for _, s := range r.Sources {
		if s.Section == section && s.Source == source {
			return s.Status
		}
	}
	return ""
}

// nobody is a user that owns nothing, and its group.
const nobody = 65534

// doctorAs runs the doctor as a user, in a directory that everyone may enter.
func doctorAs(t *testing.T, uid int, args ...string) (r doctorReport, code int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tacho-doctor-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path, err := program.Path()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(filepath.Join(dir, "tacho"), binary, 0o755)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(dir, "tacho"), append([]string{"doctor", "--json", "--interval=200ms"}, args...)...)
	c.Dir = dir
	c.Env = []string{"HOME=/", "PATH=" + os.Getenv("PATH")}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid != os.Geteuid() {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	return r, c.ProcessState.ExitCode()
}

// TestDoctorOfEachUser: as nobody, what belongs to others is closed, and the doctor
// names this very file as what to give the capabilities to. As root it is not.
func TestDoctorOfEachUser(t *testing.T) {
	t.Parallel()
	mine := os.Geteuid()
	theirs := mine
	if mine == 0 {
		theirs = nobody
	}
	other := exec.Command("sleep", "60") // a process of the user of this test
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()

	r, code := doctorAs(t, theirs)
	if code != 1 || r.Well || r.Environment.UID != theirs || len(r.Environment.Capabilities) > 0 {
		t.Errorf("exit code %d, well %v, %+v", code, r.Well, r.Environment)
	}
	var lines []string
	for _, s := range r.Sources {
		if s.Source != "/proc/PID/io" {
			continue
		}
		if s.Status != "denied" || s.Affected < 1 || s.Total <= s.Affected {
			t.Errorf("without capabilities: %+v", s)
		}
		for _, m := range s.Mends {
			lines = append(lines, m.Lines...)
		}
	}
	if want := "sudo " + r.Environment.Executable; !slices.Contains(lines, want) {
		t.Errorf("no mend is %q: %q", want, lines)
	}
	if !slices.ContainsFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "sudo setcap cap_dac_read_search,cap_sys_ptrace+ep "+r.Environment.Executable)
	}) {
		t.Errorf("no mend gives the file what is wanting: %q", lines)
	}

	own, code := doctorAs(t, mine)
	if wantWell := code == 0; own.Well != wantWell || own.Environment.UID != mine {
		t.Errorf("exit code %d, well %v, %+v", code, own.Well, own.Environment)
	}
	for _, s := range []struct{ section, source string }{{"load", "/proc/loadavg"}, {"memory", "/proc/meminfo"}, {"self", "/proc/self/statm"}} {
		for _, report := range []doctorReport{r, own} {
			if got := report.status(s.section, s.source); got != "ok" {
				t.Errorf("%s of %s is %q", s.source, s.section, got)
			}
		}
	}
}

// TestDoctorOfAServer: what serves judges itself, and not whoever asks.
func TestDoctorOfAServer(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms", "--base-path=/ops")
	eventually(t, func() error { return rates(p.URL) })
	asker := os.Geteuid()
	if asker == 0 {
		asker = nobody
	}
	r, code := doctorAs(t, asker, "--of", p.URL)
	path, err := program.Path()
	if err != nil {
		t.Fatal(err)
	}
	if r.Environment.UID != os.Geteuid() || r.Environment.Executable != path {
		t.Errorf("it is about %+v", r.Environment)
	}
	if (code == 0) != r.Well || r.Counts["ok"] < 30 {
		t.Errorf("exit code %d, well %v, %v", code, r.Well, r.Counts)
	}
}
