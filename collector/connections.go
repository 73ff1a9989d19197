package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Connections counts the TCP sockets by state, of both versions of IP. Source:
// /proc/net/tcp and tcp6 of the namespace that [Interface] is about. A kernel
// without IP version 6 has no tcp6; one that is there and cannot be read leaves
// no reading.
//
// The kernel holds no lock on its tables from one read to the next: a socket
// that changes its state, comes or goes meanwhile may be counted twice or not
// at all. What does not change is counted once.
type Connections struct {
	Established uint64 `json:"established" from:"/proc/net/tcp: lines in state 01, with tcp6"`
	SYNSent     uint64 `json:"syn_sent" from:"/proc/net/tcp: lines in state 02, with tcp6"`
	SYNReceived uint64 `json:"syn_recv" from:"/proc/net/tcp: lines in state 03, with tcp6"`
	FINWait1    uint64 `json:"fin_wait1" from:"/proc/net/tcp: lines in state 04, with tcp6"`
	FINWait2    uint64 `json:"fin_wait2" from:"/proc/net/tcp: lines in state 05, with tcp6"`
	TimeWait    uint64 `json:"time_wait" from:"/proc/net/tcp: lines in state 06, with tcp6"`
	Close       uint64 `json:"close" from:"/proc/net/tcp: lines in state 07, with tcp6"`
	CloseWait   uint64 `json:"close_wait" from:"/proc/net/tcp: lines in state 08, with tcp6"`
	LastACK     uint64 `json:"last_ack" from:"/proc/net/tcp: lines in state 09, with tcp6"`
	Listen      uint64 `json:"listen" from:"/proc/net/tcp: lines in state 0A, with tcp6"`
	Closing     uint64 `json:"closing" from:"/proc/net/tcp: lines in state 0B, with tcp6"`
	// NewSYNReceived is 0 where the kernel writes such sockets as SYN_RECV, as
	// those up to Linux 6.18 do.
	NewSYNReceived uint64 `json:"new_syn_recv" from:"/proc/net/tcp: lines in state 0C, with tcp6"`
	// Other are those in a state without a name here.
	Other uint64 `json:"other" from:"/proc/net/tcp: lines in any other state, with tcp6"`
	All   uint64 `json:"all" from:"/proc/net/tcp: lines, with tcp6"`

	ListeningPorts uint64 `json:"listening_ports" from:"/proc/net/tcp: different local ports in state 0A, with tcp6"`
}

// connectionsRest is how long the sampler leaves the connections alone. The kernel
// goes through its whole table of connections, which is as large as the memory of
// the machine suggests, for as few as there may be: half of what all sources cost
// on an idle machine of 24 GiB.
const connectionsRest = 10 * time.Second

// NewConnections returns the collector of Connections. A call costs the kernel
// about a microsecond for each socket.
//
// A dump by NETLINK_SOCK_DIAG tells the same, and TCP_NEW_SYN_RECV as the kernel
// has it, but of the namespace of this process alone, and the sandbox of the
// service allows no such socket.
func NewConnections() Collector[Connections] {
	return (&connectionsCollector{buf: make([]byte, connectionsBuffer)}).collect
}

// connectionsBuffer is more than the kernel gives at one read.
const connectionsBuffer = 64 << 10

type connectionsCollector struct {
	buf   []byte
	table tcpTable
}

func (c *connectionsCollector) collect(ctx context.Context) (Connections, error) {
	c.table = tcpTable{}
	dir := netDir(ctx)
	if err := c.read(filepath.Join(dir, "tcp")); err != nil {
		return Connections{}, fmt.Errorf("connections: %w", optionalProc(ctx, err))
	}
	if err := c.read(filepath.Join(dir, "tcp6")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Connections{}, fmt.Errorf("connections: %w", err)
	}
	return c.table.connections(), nil
}

// read adds a file to the table, piece by piece: one of a hundred thousand
// connections has 15 MB.
func (c *connectionsCollector) read(path string) error {
	fd, err := retryEINTR(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	c.table.begin()
	kept := 0
	for {
		n, err := retryEINTR(func() (int, error) { return unix.Read(fd, c.buf[kept:]) })
		if err != nil {
			return &fs.PathError{Op: "read", Path: path, Err: err}
		}
		if n == 0 {
			break
		}
		rest, err := c.table.parse(c.buf[:kept+n])
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if kept = copy(c.buf, rest); kept == len(c.buf) {
			return fmt.Errorf("%s: a line is longer than %d KiB", path, connectionsBuffer>>10)
		}
	}
	if kept > 0 || !c.table.headed {
		return fmt.Errorf("%s: %w", path, errCutShort)
	}
	return nil
}
