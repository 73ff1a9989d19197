// Package program runs the tacho that make build leaves in bin, as a process of
// its own.
package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience bounds how long a program may take to start or to end. It is far
// above what either takes, because the machine may be busy.
const Patience = 30 * time.Second

// Path returns where the binary is, seen from the test module.
func Path() (string, error) {
	path, err := filepath.Abs("../bin/tacho")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w; make build makes it", err)
	}
	return path, nil
}

// Command returns a command that runs tacho in dir and ends with this process.
// Of the environment it has extra and what a program needs anywhere, so that
// settings of whoever runs the tests do not reach it.
func Command(dir string, extra []string, args ...string) (*exec.Cmd, error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	c := exec.Command(path, args...)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, extra...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c, nil
}

// Program is a tacho that serves.
type Program struct {
	// URL is that of the dashboard, with the base path and a final slash.
	URL string

	command *exec.Cmd
	log     buffer
	ended   chan struct{} // closed once the process is gone
}

// Start runs tacho serve in dir, on a free port of loopback unless args say
// otherwise, and waits until it is ready.
func Start(dir string, args ...string) (*Program, error) {
	command, err := serve(dir, args)
	if err != nil {
		return nil, err
	}
	return start(command)
}

// StartInside is Start in mounts and numbers of processes of its own, which a
// shell script prepares before it. What the script mounts and starts is gone
// with the program. It needs no rights where users may make namespaces.
func StartInside(dir, script string, args ...string) (*Program, error) {
	command, err := serve(dir, args)
	if err != nil {
		return nil, err
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, err
	}
	command.Args = append([]string{shell, "-euc", "mount --make-rprivate /\nmount -t proc proc /proc\n" + script + "\nexec \"$@\"", shell, command.Path}, command.Args[1:]...)
	command.Path = shell
	attributes := command.SysProcAttr
	attributes.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	if os.Geteuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return start(command)
}

func serve(dir string, args []string) (*exec.Cmd, error) {
	return Command(dir, nil, append([]string{"serve", "--listen=127.0.0.1:0"}, args...)...)
}

// start starts a command that serves and waits until it is ready.
func start(command *exec.Cmd) (*Program, error) {
	p := &Program{command: command, ended: make(chan struct{})}
	command.Stderr = &p.log
	if err := command.Start(); err != nil {
		return nil, err
	}
	go func() {
		command.Wait()
		close(p.ended)
	}()
	if err := p.ready(); err != nil {
		p.Kill()
		return nil, fmt.Errorf("%w; it said:\n%s", err, p.Log())
	}
	return p, nil
}

// probe leaves no connection behind, which a test may want to count.
var probe = http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (p *Program) ready() error {
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if p.exited() {
			return fmt.Errorf("tacho ended at once: %s", p.command.ProcessState)
		}
		if p.URL == "" {
			p.URL = p.announced()
			continue
		}
		response, err := probe.Get(p.URL + "readyz")
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
	return errors.New("tacho did not become ready")
}

// announced is the address that the log says is served, "" before that.
func (p *Program) announced() string {
	for line := range strings.Lines(p.Log()) {
		var record struct{ Msg, URL string }
		if json.Unmarshal([]byte(line), &record) == nil && record.Msg == "serving" {
			return record.URL
		}
	}
	return ""
}

// Address returns host and port.
func (p *Program) Address() string {
	_, rest, _ := strings.Cut(p.URL, "//")
	address, _, _ := strings.Cut(rest, "/")
	return address
}

// Pid returns the number of the process.
func (p *Program) Pid() int { return p.command.Process.Pid }

// Log returns what the program has written to standard error.
func (p *Program) Log() string { return p.log.String() }

// Signal sends a signal to the process.
func (p *Program) Signal(s syscall.Signal) error { return p.command.Process.Signal(s) }

// Stop asks the program to end. That it does not, or not with exit code 0, is
// an error. A program that has ended already is judged by how it did.
func (p *Program) Stop() error {
	p.Signal(syscall.SIGCONT)
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(Patience):
		p.Kill()
		return errors.New("tacho did not end on SIGTERM")
	}
	if code := p.command.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("tacho ended with %s; it said:\n%s", p.command.ProcessState, p.Log())
	}
	return nil
}

// Kill ends the process without a word, and waits for that.
func (p *Program) Kill() {
	p.command.Process.Kill()
	<-p.ended
}

func (p *Program) exited() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// buffer is written by the process and read by the test.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
