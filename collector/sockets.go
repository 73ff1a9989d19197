package collector

import (
	"context"
	"fmt"
)

// Sockets is what the network stack counts.
type Sockets struct{}

// NewSockets returns the collector of Sockets.
func NewSockets() Collector[Sockets] {
	return func(context.Context) (Sockets, error) { return Sockets{}, fmt.Errorf("sockets: %w", ErrUnsupported) }
}
