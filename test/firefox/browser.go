// Package firefox starts Firefox, without a window and without traffic of its
// own, and drives it by WebDriver BiDi.
package firefox

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Patience bounds how long Firefox may take for anything.
const Patience = time.Minute

// Preferences is the user.js of a Firefox that reaches this machine alone.
//
//go:embed user.js
var Preferences []byte

// Dark is a preference: pages believe that their reader prefers dark colours.
const Dark = `user_pref("layout.css.prefers-color-scheme.content-override", 0);`

// Browser is a Firefox of a profile of its own.
type Browser struct {
	command *exec.Cmd
	profile string
	session *session
	said    strings.Builder
	silent  chan struct{} // closed once it has said all
}

// Start starts Firefox with more preferences, lines of a user.js. It ends with
// Stop, and with this process.
func Start(preferences ...string) (*Browser, error) {
	profile, err := os.MkdirTemp("", "firefox")
	if err != nil {
		return nil, err
	}
	b := &Browser{profile: profile, silent: make(chan struct{})}
	all := slices.Concat(Preferences, []byte(strings.Join(preferences, "\n")))
	if err := os.WriteFile(filepath.Join(profile, "user.js"), all, 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(profile))
	}
	b.command = exec.Command("firefox-esr", "--headless", "--no-remote", "--profile", profile,
		"--remote-debugging-port=0", "--remote-allow-origins="+origin)
	b.command.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1")
	b.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := b.command.StderrPipe()
	if err == nil {
		err = b.command.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(profile))
	}
	address := make(chan string, 1)
	go b.hear(stderr, address)
	if err := b.connect(address); err != nil {
		return nil, fmt.Errorf("start Firefox: %w; it said:\n%s", errors.Join(err, b.Stop()), b.said.String())
	}
	return b, nil
}

// hear takes what Firefox says, and its address once it tells that.
func (b *Browser) hear(stderr io.Reader, address chan<- string) {
	defer close(b.silent)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		fmt.Fprintln(&b.said, lines.Text())
		if _, told, ok := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); ok {
			address <- told
		}
	}
}

func (b *Browser) connect(address <-chan string) error {
	select {
	case told := <-address:
		session, err := connect(told)
		b.session = session
		return err
	case <-b.silent:
		return errors.New("it ended at once")
	case <-time.After(Patience):
		return errors.New("it does not tell its address")
	}
}

// Stop ends Firefox. That it does not end well is an error.
func (b *Browser) Stop() error {
	late := time.AfterFunc(Patience, func() { b.command.Process.Kill() })
	defer late.Stop()
	var closing error
	if b.session != nil {
		closing = b.session.call("browser.close", fields{}, nil)
		defer b.session.close()
	} else {
		b.command.Process.Kill()
	}
	<-b.silent
	return errors.Join(closing, b.command.Wait(), os.RemoveAll(b.profile))
}
