package test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// subjectVariable names what this program does in place of tests: it is a
// process of known doings then, for tacho to watch.
const subjectVariable = "TACHO_TEST_SUBJECT"

// beSubject never returns where the environment asks for a subject.
func beSubject() {
	what, asked := os.LookupEnv(subjectVariable)
	if !asked {
		return
	}
	name, argument, _ := strings.Cut(what, " ")
	if err := subjects[name](argument); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

var subjects = map[string]func(argument string) error{
	"burn":  burn,
	"write": writeOn,
	"rest":  rest,
	"fork":  forkOn,
	"same":  forkSame,
}

// rest becomes another user where it may, waits for the end of its input, and
// does nothing.
func rest(uid string) error {
	id, err := strconv.Atoi(uid)
	if err != nil {
		return err
	}
	if err := syscall.Setuid(id); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// burn computes in so many threads, and says for each line that it reads how
// many seconds of processor time it has used.
func burn(threads string) error {
	n, err := strconv.Atoi(threads)
	if err != nil {
		return err
	}
	for range n {
		go func() {
			for {
			}
		}()
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var used unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
			return err
		}
		fmt.Println(float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9)
	}
	return nil
}

// writeOn writes to a file, on and on, and through to its disk.
func writeOn(path string) error {
	data := make([]byte, 256<<10)
	for {
		if err := writeThrough(path, data); err != nil {
			return err
		}
	}
}

// forkOn runs a program that ends at once, as many times as the line it reads
// says, one after the other, and answers when it has.
func forkOn(path string) error {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		for range n {
			if err := exec.Command(path).Run(); err != nil {
				return err
			}
		}
		fmt.Println(n)
	}
	return nil
}

// forkSame runs programs that all have the same number, one after the other:
// some compute and others rest, as their names say, and rest as another user.
func forkSame(argument string) error {
	dir, text, _ := strings.Cut(argument, " ")
	uid, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return err
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return err
	}
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		name, target, arguments := fmt.Sprint("rest", i), sleep, []string{"0.03"}
		if i%2 == 0 {
			name, target, arguments = fmt.Sprint("burn", i), sh, []string{"-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"}
		}
		path := filepath.Join(dir, name)
		if err := os.Symlink(target, path); err != nil {
			return err
		}
		child := exec.Command(path, arguments...)
		if i%2 == 1 && uid != 0 {
			child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid)}}
		}
		if err := child.Run(); err != nil {
			return err
		}
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(child.Process.Pid-1)), 0); err != nil {
			return err
		}
	}
}

// subject is a child that does what is known.
type subject struct {
	t       *testing.T
	command *exec.Cmd
	say     io.WriteCloser
	heard   *bufio.Reader
}

// startSubject runs a subject under a name until the test ends.
func startSubject(t *testing.T, name, what string) *subject {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(own, path); err != nil {
		t.Fatal(err)
	}
	s := &subject{t: t, command: exec.Command(path)}
	s.command.Env = append(os.Environ(), subjectVariable+"="+what)
	s.command.Stderr = os.Stderr
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.pipes()
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.command.Process.Kill()
		s.command.Wait()
	})
	return s
}

func (s *subject) pipes() {
	s.t.Helper()
	in, err := s.command.StdinPipe()
	out, fault := s.command.StdoutPipe()
	if err = errors.Join(err, fault); err != nil {
		s.t.Fatal(err)
	}
	s.say, s.heard = in, bufio.NewReader(out)
}

func (s *subject) pid() int { return s.command.Process.Pid }

// ask gives a subject a line and returns the number that it answers with.
func (s *subject) ask(line string) float64 {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.say, line); err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.heard.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return number(s.t, strings.TrimSpace(answer))
}
