package collector

import (
	"context"
	"fmt"
)

// ZFS is the state of the ZFS pools.
type ZFS struct{}

// NewZFS returns the collector of ZFS.
func NewZFS() Collector[ZFS] {
	return func(context.Context) (ZFS, error) { return ZFS{}, fmt.Errorf("zfs: %w", ErrUnsupported) }
}
