package views

import (
	"fmt"

	"github.com/tacho-monitor/tacho/collector"
)

// memoryShares are the parts of the memory in percent, in the order of the
// chart. What is left of the scale is free.
func memoryShares(m collector.Memory) []part {
	if m.Total == 0 {
		return nil
	}
	parts := partsOf(m)
	percent := 100 / float64(m.Total)
	return partsOn(
		portion{"used", collector.Of(parts.used * percent)},
		portion{"arc", collector.Of(parts.arc * percent)},
		portion{"cache", collector.Of(parts.cache * percent)},
	)
}

// hugePagesUsed is the share of the reserved huge pages that is in use, in
// percent. There must be some.
func hugePagesUsed(m collector.Memory) collector.Value {
	reserved, ok := m.HugePages.Get()
	if !ok {
		return m.HugePages
	}
	return collector.Of(100 * hugePageCount(m) / reserved)
}

func hugePageCount(m collector.Memory) float64 {
	reserved, _ := m.HugePages.Get()
	free, _ := m.HugePagesFree.Get()
	return max(0, reserved-free)
}

func hugePages(m collector.Memory) string {
	reserved, ok := m.HugePages.Get()
	switch {
	case !ok:
		return why(m.HugePages.Status())
	case reserved == 0:
		return "none reserved"
	}
	return fmt.Sprintf("%.0f in use of %.0f reserved, %s each", hugePageCount(m), reserved, plain(m.HugePageSize, bytes))
}
