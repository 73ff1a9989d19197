package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/config"
)

// listener takes the socket that the service manager passed, or opens what the
// setting says where none was. address is what requests may name: that of the
// socket, or the setting as it stands.
func listener(cfg config.Config, passed []*os.File) (l net.Listener, address string, err error) {
	if len(passed) == 0 {
		l, err = listen(cfg.Listen)
		return l, cfg.Listen, err
	}
	l, err = inherit(passed)
	if err != nil {
		return nil, "", usageError{err}
	}
	if !cfg.AllowRemote && !isLocal(l.Addr()) {
		l.Close()
		return nil, "", usageError{fmt.Errorf(`%s: %s is open to other machines: set ListenStream=127.0.0.1:8585 in it,
  or set allow_remote: true, knowing that anyone who reaches the port can read what tacho shows`, passed[0].Name(), l.Addr())}
	}
	return l, l.Addr().String(), nil
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen %s: another program has this port; choose a free one, as in --listen 127.0.0.1:8586", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen %s: this user may not have this port; choose one above 1023, as in --listen 127.0.0.1:8585", address)
	case err != nil:
		return nil, fmt.Errorf("listen %s: %w", address, err)
	}
	return listener, nil
}

// inherit takes over the one socket that may be passed, and closes the files.
func inherit(passed []*os.File) (net.Listener, error) {
	defer func() {
		for _, file := range passed {
			file.Close()
		}
	}()
	if len(passed) == 1 && acceptsStreams(passed[0]) {
		if l, err := net.FileListener(passed[0]); err == nil {
			return l, nil
		}
	}
	var came []string
	for _, file := range passed {
		came = append(came, describe(file))
	}
	return nil, fmt.Errorf("passed by the service manager: %s; allowed is one TCP or Unix socket that listens: one ListenStream=, without Accept=yes",
		strings.Join(came, ", "))
}

// acceptsStreams tells a listening socket from one that is connected already,
// and streams from packets, which [net.FileListener] does not.
func acceptsStreams(file *os.File) bool {
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	var listens, kind int
	raw.Control(func(fd uintptr) {
		listens, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
		kind, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
	})
	return listens == 1 && kind == unix.SOCK_STREAM
}

// describe says what a file is, with the name of its socket unit.
func describe(file *os.File) string {
	conn, err := net.FileConn(file)
	if err != nil {
		return file.Name() + ": no socket for the network"
	}
	defer conn.Close()
	what := conn.LocalAddr().Network() + " " + conn.LocalAddr().String()
	if conn.RemoteAddr() != nil {
		what += ", connected"
	}
	return file.Name() + ": " + what
}

// isLocal reports whether only this machine reaches an address.
func isLocal(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}
