package views

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// chart describes a time series chart to the page and to the scripts, which
// find all they need in the markup. The values come from [Sample]: the one of
// series "user" in chart "cpu" is cpu.user there.
type chart struct {
	name    string
	label   string // what it shows, for those who cannot see it
	unit    string // "percent", "bytes" or "rate"
	stacked bool
	heat    bool     // with a strip of the cores below it
	series  []series // bottom of the stack first
}

type series struct {
	key   string
	label string
	about string
	// rare: most machines never have any of it, so the legend names it once
	// there is some.
	rare bool
}

// scaled reports whether the unit of the chart is the viewer's choice.
func (c *chart) scaled() bool { return c.unit != "percent" }

// mostHeat bounds the cores of the heat strip: they are in every sample, and a
// page that is opened gets some hundred of these at once.
const mostHeat = 64

// heatRows is how many cores a heat strip has room for: one a number, of cores that
// are off too. A single core is what the chart above it shows.
func heatRows(s *collector.Snapshot) int {
	if s == nil || !s.CPU.Has() || len(s.CPU.Value.Cores) < 2 {
		return 0
	}
	cores := s.CPU.Value.Cores
	return min(mostHeat, cores[len(cores)-1].ID+1)
}

// heatSize is a class: the more rows, the more room, within bounds.
func heatSize(rows int) string {
	switch {
	case rows <= 4:
		return "few"
	case rows <= 16:
		return "some"
	default:
		return "many"
	}
}

func heatAbout(rows int) string {
	about := "busy, core by core, 0 at the top: the more, the stronger the colour"
	if rows == mostHeat {
		about += "; the first " + strconv.Itoa(mostHeat) + " cores"
	}
	return about
}

func cpuChart() *chart {
	return &chart{
		name: "cpu", unit: "percent", stacked: true, heat: true,
		label: "Processor time by mode over time, in percent of all cores",
		series: []series{
			{key: "user", label: "user", about: sourced("programs", "cpu", "usage.user_percent")},
			{key: "nice", label: "nice", about: sourced("programs of low priority", "cpu", "usage.nice_percent")},
			{key: "system", label: "system", about: sourced("the kernel, for programs", "cpu", "usage.system_percent")},
			{key: "irq", label: "irq", about: sourced("interrupts, hard and soft", "cpu", "usage.irq_percent")},
			{key: "iowait", label: "iowait", about: sourced("idle, with I/O outstanding", "cpu", "usage.iowait_percent")},
			{key: "steal", label: "steal", about: sourced("wanted, and given to another guest by the hypervisor", "cpu", "usage.steal_percent")},
			{key: "guest", label: "guest", about: sourced("virtual machines run by this host", "cpu", "usage.guest_percent")},
		},
	}
}

func memoryChart() *chart {
	return &chart{
		name: "memory", unit: "bytes", stacked: true,
		label: "Memory over time: used, reclaimable and free",
		series: []series{
			{key: "used", label: "used", about: sourced("total less available", "memory", "used_bytes")},
			{key: "arc", label: "ARC", about: "ZFS cache that shrinks on demand", rare: true},
			{key: "cache", label: "reclaimable", about: "page cache, buffers and slab that the kernel can take back"},
			{key: "free", label: "free", about: sourced("holds nothing", "memory", "free_bytes")},
		},
	}
}

func disksChart() *chart {
	return &chart{
		name: "disks", unit: "rate",
		label: "Bytes read and written per second by disks over time",
		series: []series{
			{key: "read", label: "read", about: sourced("devices, without what is stacked on them", "disks", "[].read_bytes_per_second")},
			{key: "write", label: "write", about: sourced("devices, without what is stacked on them", "disks", "[].write_bytes_per_second")},
		},
	}
}

func networkChart() *chart {
	return &chart{
		name: "network", unit: "rate",
		label: "Bytes received and sent per second over time",
		series: []series{
			{key: "receive", label: "receive", about: sourced("physical links; where there is none, all but loopback", "network", "[].receive.bytes_per_second")},
			{key: "transmit", label: "transmit", about: sourced("physical links; where there is none, all but loopback", "network", "[].transmit.bytes_per_second")},
		},
	}
}

func pressureChart() *chart {
	return &chart{
		name: "pressure", unit: "percent",
		label: "Time in which tasks waited for processors, memory and I/O, over time",
		series: []series{
			{key: "cpu", label: "CPU", about: sourced("at least one task waited for a processor", "pressure", "cpu.some.share_percent")},
			{key: "memory", label: "memory", about: sourced("at least one task waited for memory", "pressure", "memory.some.share_percent")},
			{key: "io", label: "I/O", about: sourced("at least one task waited for I/O", "pressure", "io.some.share_percent")},
		},
	}
}
