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

func hugePageCount(m collector.Memory) string {
	if m.HugePages == 0 {
		return "none"
	}
	return fmt.Sprintf("%d/%d", m.HugePages-min(m.HugePagesFree, m.HugePages), m.HugePages)
}

func hugePages(m collector.Memory) string {
	if m.HugePages == 0 {
		return "none reserved"
	}
	return fmt.Sprintf("in use of reserved, %s each", format(bytes).text(float64(m.HugePageSize)))
}
