package collector

import (
	"context"
	"fmt"
)

// Cgroups is what each control group uses.
type Cgroups struct{}

// NewCgroups returns the collector of Cgroups.
func NewCgroups() Collector[Cgroups] {
	return func(context.Context) (Cgroups, error) { return Cgroups{}, fmt.Errorf("cgroups: %w", ErrUnsupported) }
}
