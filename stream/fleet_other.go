//go:build !linux

package stream

import (
	"errors"
	"net/http"
)

// fleet is for Linux. Elsewhere every client stays with net/http.
type fleet struct{}

func newFleet(*Handler) (*fleet, error) { return nil, errors.ErrUnsupported }

func (*fleet) discard() {}

func (*fleet) run() {}

func (*fleet) admit(*http.Request) bool { return false }

func (*fleet) dismiss(*http.Request) {}

func (*fleet) join(socket, *client) bool { return false }
