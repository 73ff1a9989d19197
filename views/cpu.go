package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

const (
	mostCells   = 16 // cores that get a cell with a number each
	stripLength = 64 // cores in a row of bars, beyond that
)

// modes are the parts of a core's time, in the order of the chart.
func modes(u collector.CPUUsage) []part {
	return partsOn(
		portion{"user", u.User},
		portion{"nice", u.Nice},
		portion{"system", u.System},
		portion{"irq", sum(u.IRQ, u.SoftIRQ)},
		portion{"steal", u.Steal},
		portion{"guest", u.Guest},
		portion{"iowait", u.IOWait},
	)
}

// halves are the parts of a single core, where there is room for few: programs,
// kernel, and waiting.
func halves(u collector.CPUUsage) []part {
	return partsOn(
		portion{"user", untilUser(u)},
		portion{"system", sum(u.System, u.IRQ, u.SoftIRQ, u.Steal)},
		portion{"iowait", u.IOWait},
	)
}

// notable reports a number that is worth a look unless it is nothing.
func notable(v collector.Value) bool {
	number, ok := v.Get()
	return ok && number >= 1
}

func coreName(c collector.Core) string { return strconv.Itoa(c.ID) }
func coreID(c collector.Core) string   { return "core-" + coreName(c) }

// coresSize is a class where fewer cells than usual stand beside each other.
func coresSize(cores int) string {
	switch {
	case cores <= 2:
		return "pair"
	case cores <= 4:
		return "four"
	default:
		return ""
	}
}

func rows(all []collector.Core, length int) [][]collector.Core {
	var rows [][]collector.Core
	for len(all) > length {
		rows, all = append(rows, all[:length]), all[length:]
	}
	return append(rows, all)
}

func rowLabel(row []collector.Core) string {
	return fmt.Sprintf("Busy, cores %d to %d", row[0].ID, row[len(row)-1].ID)
}

// coreNames are the cores of a row, for the scripts.
func coreNames(row []collector.Core) string {
	names := make([]string, len(row))
	for i, c := range row {
		names[i] = coreName(c)
	}
	return strings.Join(names, " ")
}

func viewBox(columns int) string { return fmt.Sprintf("0 0 %d 100", columns) }

// busiest says which core has the most to do.
func busiest(all []collector.Core) string {
	top, most := collector.Core{}, -1.0
	for _, c := range all {
		if busy, ok := c.Usage.Busy.Get(); ok && busy > most {
			top, most = c, busy
		}
	}
	if most < 0 {
		return "busiest core –"
	}
	return fmt.Sprintf("busiest core %d: %s", top.ID, format(percent).text(most))
}

func untilUser(u collector.CPUUsage) collector.Value {
	return sum(u.User, u.Nice, u.Guest)
}

func untilBusy(u collector.CPUUsage) collector.Value { return u.Busy }

func untilIOWait(u collector.CPUUsage) collector.Value { return sum(u.Busy, u.IOWait) }

// skyline is the outline of one bar a core, as high as its percentage. Painted
// from the highest sum to the lowest, the outlines show as stacked bars. A core
// without a number has no bar.
func skyline(row []collector.Core, height func(collector.CPUUsage) collector.Value) string {
	var path strings.Builder
	path.WriteString("M0 100")
	for _, c := range row {
		number, _ := height(c.Usage).Get()
		fmt.Fprintf(&path, "V%.0fh.86V100h.14", 100-math.Min(100, number))
	}
	path.WriteString("z")
	return path.String()
}
