//go:build !linux

package stream

import (
	"errors"
	"net"
)

// fleet is for Linux. Elsewhere every client stays with net/http.
type fleet struct{}

func newFleet(*Handler) (*fleet, error) { return nil, errors.ErrUnsupported }

func (*fleet) run() {}

func (*fleet) join(*net.TCPConn, *Subscriber, Set) bool { return false }
