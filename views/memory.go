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
func hugePagesUsed(m collector.Memory) float64 {
	return 100 * float64(hugePageCount(m)) / float64(m.HugePages)
}

func hugePageCount(m collector.Memory) uint64 {
	return m.HugePages - min(m.HugePagesFree, m.HugePages)
}

func hugePages(m collector.Memory) string {
	if m.HugePages == 0 {
		return "none reserved"
	}
	return fmt.Sprintf("%d in use of %d reserved, %s each",
		hugePageCount(m), m.HugePages, format(bytes).text(float64(m.HugePageSize)))
}
