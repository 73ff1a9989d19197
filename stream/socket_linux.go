package stream

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setUserTimeout has the kernel close a connection (ETIMEDOUT) when what was
// sent stays unacknowledged for so long, or the window of the client stays shut
// (RFC 5482; TCP_USER_TIMEOUT in tcp(7)).
func setUserTimeout(c *net.TCPConn, d time.Duration) {
	if raw, err := c.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) {
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
		})
	}
}

// timedOut reports whether that is why a connection has ended.
func timedOut(fd int) bool {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return err == nil && syscall.Errno(code) == unix.ETIMEDOUT
}
