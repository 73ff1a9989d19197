package collector

import (
	"context"
	"fmt"
)

// Connections counts the TCP sockets by state.
type Connections struct{}

// NewConnections returns the collector of Connections.
func NewConnections() Collector[Connections] {
	return func(context.Context) (Connections, error) {
		return Connections{}, fmt.Errorf("connections: %w", ErrUnsupported)
	}
}
