// Package test runs the whole program, as its users do: in a terminal, behind a
// proxy, from scripts, and in a browser.
package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

// patience bounds every wait for something that is to happen. It is no
// promise of the program: a busy machine may need it.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	beSubject()
	flag.Parse()
	raiseParallel()
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

// raiseParallel runs more tests at once than there are processors, unless the
// command line says otherwise: they wait more than they compute.
func raiseParallel() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		flag.Set("test.parallel", "6")
	}
}

// signal sends a signal to a program.
func signal(t *testing.T, p *program.Program, s syscall.Signal) {
	t.Helper()
	if err := p.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// start runs tacho serve in a directory of its own until the test ends, and
// then wants it to end well.
func start(t *testing.T, args ...string) *program.Program {
	t.Helper()
	return startIn(t, t.TempDir(), args...)
}

func startIn(t *testing.T, dir string, args ...string) *program.Program {
	t.Helper()
	p, err := program.Start(dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("tacho's log:\n%s", p.Log())
		}
	})
	return p
}

// result is what a command that ends by itself has left.
type result struct {
	stdout, stderr string
	code           int
}

// run runs tacho in dir to its end.
func run(t *testing.T, dir string, environ []string, args ...string) result {
	t.Helper()
	command, err := program.Command(dir, environ, args...)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { command.Process.Kill() })
	defer late.Stop()
	if err := command.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// eventually waits until check returns nil, and fails the test with what it
// last returned.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	within(t, patience, check)
}

func within(t *testing.T, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s: %v", limit, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// get requests an address and returns its answer with the whole body.
func get(t *testing.T, url string, set ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set {
		f(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// decode reads JSON strictly: nothing may follow it.
func decode[T any](t *testing.T, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}

// freeAddress is an address of loopback below the ports that the kernel hands
// out, so that it is still free after a while of nobody listening there.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tool runs another program until the test ends, and returns what it prints.
func tool(t *testing.T, name string, args ...string) io.Reader {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, name, args...)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		command.Wait()
	})
	return output
}

// lines splits text into its lines, without an empty one at the end.
func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}
