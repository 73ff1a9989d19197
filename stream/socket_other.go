//go:build !linux

package stream

import (
	"net"
	"time"
)

// setUserTimeout is for Linux. Elsewhere the keep-alive of the connection tells.
func setUserTimeout(*net.TCPConn, time.Duration) {}
