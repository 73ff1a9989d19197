package nvml

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/nvml/wire"
)

// child is a helper that was started.
type child struct {
	cmd    *exec.Cmd
	in     *os.File // its standard input
	out    *os.File // its standard output
	reply  *bufio.Reader
	errors headBuffer
	gone   chan struct{} // closed when it has ended
	ended  error         // how; to be read once gone is closed
}

// endPatience is how long an end that was asked for is waited for.
const endPatience = time.Second

// maxReply is far more than any number of GPUs and of their processes takes.
const maxReply = 4 << 20

// start executes program from memory: where a hardened service may write, it may
// not execute, and it may not write where it may execute.
func start(program []byte, arguments []string) (*child, error) {
	image, err := inMemory(program)
	if err != nil {
		return nil, startError(err)
	}
	defer image.Close()
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("helper: %w", err)
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("helper: %w", err)
	}
	defer theirOut.Close()
	c := &child{in: in, out: out, reply: bufio.NewReader(out), gone: make(chan struct{})}
	c.cmd = &exec.Cmd{
		Path:        fmt.Sprintf("/proc/self/fd/%d", image.Fd()),
		Args:        append([]string{"tacho-nvml"}, arguments...),
		Env:         []string{},
		Dir:         "/",
		Stdin:       theirIn,
		Stdout:      theirOut,
		Stderr:      &c.errors,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
		WaitDelay:   endPatience,
	}
	if err := c.cmd.Start(); err != nil {
		in.Close()
		out.Close()
		return nil, startError(err)
	}
	go func() {
		c.ended = c.cmd.Wait()
		close(c.gone)
	}()
	return c, nil
}

// inMemory writes program to a file that has no name. Kernels of before 6.3 do
// not know MFD_EXEC, without which newer ones may refuse to execute it.
func inMemory(program []byte) (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("tacho-nvml", flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate("tacho-nvml", flags)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "tacho-nvml")
	if _, err := f.Write(program); err != nil {
		f.Close()
		return nil, err
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		f.Close()
		return nil, os.NewSyscallError("fcntl", err)
	}
	return f, nil
}

// startError says what would mend a helper that could not be started.
func startError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist): // of the interpreter that the program names
		return fmt.Errorf("helper: %w: NVIDIA's library needs glibc, whose loader is not here", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("helper: %w: for a service of systemd, install tacho-nvidia.conf", err)
	}
	return fmt.Errorf("helper: %w", err)
}

// ask returns the reply to one request. After an error the child is of no use.
func (c *child) ask(ctx context.Context, request string) (wire.Reply, error) {
	defer c.endWith(ctx)()
	began := time.Now()
	_, err := c.in.WriteString(request)
	if err == nil {
		var text string
		if text, err = c.read(); err == nil {
			return wire.ParseReply(text)
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return wire.Reply{}, fmt.Errorf("no answer for %s: %w", time.Since(began).Round(100*time.Millisecond), context.Cause(ctx))
	}
	return wire.Reply{}, c.endError(err)
}

// endWith has the pipes end their waiting with ctx. The function that it returns
// ends that, and returns when it has ended.
func (c *child) endWith(ctx context.Context) (stop func()) {
	c.in.SetWriteDeadline(time.Time{})
	c.out.SetReadDeadline(time.Time{})
	ended := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(ended)
		c.in.SetWriteDeadline(time.Unix(0, 0))
		c.out.SetReadDeadline(time.Unix(0, 0))
	})
	return func() {
		if !cancel() {
			<-ended
		}
	}
}

// read returns the lines of a reply without the last one.
func (c *child) read() (string, error) {
	var text strings.Builder
	for text.Len() <= maxReply {
		line, err := c.reply.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if string(line) == wire.End+"\n" {
			return text.String(), nil
		}
		text.Write(line)
	}
	return "", fmt.Errorf("a reply longer than %d MiB", maxReply>>20)
}

// endError is why there is no reply, which is how the child ended, if it did.
func (c *child) endError(err error) error {
	if !c.goneWithin(endPatience) {
		return err
	}
	if said := c.errors.firstLine(); said != "" {
		return fmt.Errorf("helper ended: %v: %s", c.ended, said)
	}
	return fmt.Errorf("helper ended: %v", c.ended)
}

// kill does not wait: what the driver holds within the kernel does not end.
func (c *child) kill() {
	c.cmd.Process.Kill()
	c.release()
}

// release closes the pipes, at which a child that is not within a call ends.
func (c *child) release() {
	c.in.Close()
	c.out.Close()
}

func (c *child) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

func (c *child) goneWithin(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.gone:
		return true
	case <-timer.C:
		return false
	}
}

// headBuffer keeps the beginning of what is written to it.
type headBuffer struct {
	mu   sync.Mutex
	head []byte
}

// maxHead is the first lines of a crash of the Go runtime.
const maxHead = 1024

func (b *headBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.head = append(b.head, p[:min(len(p), maxHead-len(b.head))]...)
	return len(p), nil
}

func (b *headBuffer) firstLine() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	line, _, _ := bytes.Cut(bytes.TrimSpace(b.head), []byte("\n"))
	return string(line)
}
