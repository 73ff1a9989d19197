package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// child is a process of this program that answers each line with one line. It
// ends when its input does, so also when this process is killed.
type child struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

func startChild(ctx context.Context, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 5 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{strings.Join(args, " "), cmd, in, bufio.NewReader(out)}, nil
}

// ask sends a line, unless it is empty, and scans the answer into results.
func (c *child) ask(line string, results ...any) error {
	if line != "" {
		if _, err := fmt.Fprintln(c.in, line); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	answer, err := c.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s: no answer to %q: %w", c.name, line, err)
	}
	if _, err := fmt.Sscan(answer, results...); err != nil {
		return fmt.Errorf("%s: answer to %q: %w", c.name, line, err)
	}
	return nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// end closes the child's input and waits until it is gone.
func (c *child) end() {
	c.in.Close()
	gone := time.AfterFunc(5*time.Second, func() { c.cmd.Process.Kill() })
	defer gone.Stop()
	c.cmd.Wait()
}

// answer is the other side of ask: it calls handle with the words of each line
// of standard input and prints what that returns.
func answer(handle func(words []string) (string, error)) error {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		reply, err := handle(strings.Fields(lines.Text()))
		if err != nil {
			return err
		}
		fmt.Println(reply)
	}
	return nil
}
