package views

import (
	"fmt"
	"math"

	"github.com/tacho-monitor/tacho/collector"
)

// part is one piece of a gauge, in percent of the scale.
type part struct {
	key         string // class, as in the legend of the chart
	from, width float64
}

// portion is a share, in percent, that may be missing.
type portion struct {
	key   string
	value collector.Value
}

// partsOn lays shares, in percent, end to end. One that is missing leaves no
// room: its own figure says why.
func partsOn(shares ...portion) []part {
	var parts []part
	from := 0.0
	for _, s := range shares {
		width, ok := s.value.Get()
		if !ok || width <= 0 {
			continue
		}
		parts = append(parts, part{s.key, from, width})
		from += width
	}
	return parts
}

// level sorts how full something is: worth a look from 80 %, a warning from 95,
// nothing below.
func level(percent float64) string {
	switch {
	case percent >= 95:
		return "full"
	case percent >= 80:
		return "high"
	}
	return ""
}

// fullness is the level of a percentage that may be missing.
func fullness(v collector.Value) string {
	percent, _ := v.Get()
	return level(percent)
}

// barClass is the class of a bar that is filled up to a percentage, by tens and ones
// as in assets/css/bar.css: where no style may stand in a page, that leaves classes
// and drawings, and a drawing costs a browser many times as much. What rounds to
// 0.1 % or more is seen.
func barClass(level string, v collector.Value) string {
	percent, _ := v.Get()
	n := int(math.Round(min(100, max(0, percent))))
	if n == 0 && percent >= 0.05 {
		n = 1
	}
	class := fmt.Sprintf("bar t%d u%d", n/10, n%10)
	if level != "" {
		class += " " + level
	}
	return class
}

// positive reports a number that is more than nothing.
func positive(v collector.Value) bool {
	number, ok := v.Get()
	return ok && number > 0
}
