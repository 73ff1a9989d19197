package collector

import (
	"context"
	"fmt"
)

// RAID is the state of the md arrays.
type RAID struct{}

// NewRAID returns the collector of RAID.
func NewRAID() Collector[RAID] {
	return func(context.Context) (RAID, error) { return RAID{}, fmt.Errorf("raid: %w", ErrUnsupported) }
}
