package collector

import (
	"context"
	"fmt"
)

// Pressure is how long tasks waited for what was short.
type Pressure struct{}

// NewPressure returns the collector of Pressure.
func NewPressure() Collector[Pressure] {
	return func(context.Context) (Pressure, error) { return Pressure{}, fmt.Errorf("pressure: %w", ErrUnsupported) }
}
