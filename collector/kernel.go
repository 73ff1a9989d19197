package collector

import (
	"context"
	"fmt"
)

// Kernel is what the kernel counts and bounds as a whole.
type Kernel struct{}

// NewKernel returns the collector of Kernel.
func NewKernel() Collector[Kernel] {
	return func(context.Context) (Kernel, error) { return Kernel{}, fmt.Errorf("kernel: %w", ErrUnsupported) }
}
