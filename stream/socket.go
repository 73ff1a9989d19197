package stream

import (
	"net"
	"time"
)

const (
	// sendBuffer bounds what the kernel queues for a client that has stopped
	// reading; Linux doubles it. Left alone, the buffer grows to 4 MiB, and such
	// a client goes unnoticed for minutes.
	sendBuffer = 64 << 10
	// quiet is after how long without a byte either way the kernel asks a client's
	// machine whether it is still there, and lookAfter when it looks for the answer:
	// the time that a client has for it is that for any other bytes.
	quiet     = 15 * time.Second
	lookAfter = 5 * time.Second
)

// bound limits what the kernel does for a connection that [ConnContext] noted: the
// bytes that it queues, and the time for which it keeps a client that does not
// acknowledge them, whose machine may be gone without a word. A stream without
// these bounds is a worse one, and not broken.
func bound(c any, stall time.Duration) {
	if wrapped, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = wrapped.NetConn()
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	tcp.SetWriteBuffer(sendBuffer)
	tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: quiet, Interval: lookAfter})
	setUserTimeout(tcp, stall)
}
