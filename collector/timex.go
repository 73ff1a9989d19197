package collector

import (
	"context"
	"fmt"
)

// Clock is how true the clock of the host is.
type Clock struct{}

// NewClock returns the collector of Clock.
func NewClock() Collector[Clock] {
	return func(context.Context) (Clock, error) { return Clock{}, fmt.Errorf("timex: %w", ErrUnsupported) }
}
