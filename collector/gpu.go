package collector

import (
	"context"
	"fmt"
)

// GPUs are the graphics processors.
type GPUs struct{}

// NewGPUs returns the collector of GPUs.
func NewGPUs() Collector[GPUs] {
	return func(context.Context) (GPUs, error) { return GPUs{}, fmt.Errorf("gpu: %w", ErrUnsupported) }
}
