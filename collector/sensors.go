package collector

import (
	"context"
	"fmt"
)

// Sensors are the temperatures, fans, voltages and powers that this machine measures.
type Sensors struct{}

// NewSensors returns the collector of Sensors.
func NewSensors() Collector[Sensors] {
	return func(context.Context) (Sensors, error) { return Sensors{}, fmt.Errorf("sensors: %w", ErrUnsupported) }
}
