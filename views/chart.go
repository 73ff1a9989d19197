package views

import "github.com/tacho-monitor/tacho/collector"

// chart describes a time series chart to the page and to the scripts, which
// find all they need in the markup. The values come from [Sample]: the one of
// series "user" in chart "cpu" is cpu.user there.
type chart struct {
	name    string
	label   string // what it shows, for those who cannot see it
	unit    string // "percent", "bytes" or "rate"
	stacked bool
	series  []series // bottom of the stack first
	// absent reports a series that this machine cannot have.
	absent func(series, *collector.Snapshot) bool
}

type series struct {
	key   string
	label string
	about string
}

// shown are the series of the chart on the machine of that snapshot.
func (c *chart) shown(s *collector.Snapshot) []series {
	if c.absent == nil || s == nil {
		return c.series
	}
	var shown []series
	for _, line := range c.series {
		if !c.absent(line, s) {
			shown = append(shown, line)
		}
	}
	return shown
}

func cpuChart() *chart {
	return &chart{
		name: "cpu", unit: "percent", stacked: true,
		label: "Processor time by mode over the last five minutes, in percent of all cores",
		series: []series{
			{"user", "user", "programs"},
			{"nice", "nice", "programs of low priority"},
			{"system", "system", "the kernel, for programs"},
			{"irq", "irq", "interrupts, hard and soft"},
			{"iowait", "iowait", "idle, with I/O outstanding"},
			{"steal", "steal", "wanted, and given to another guest by the hypervisor"},
			{"guest", "guest", "virtual machines run by this host"},
		},
	}
}

func memoryChart() *chart {
	return &chart{
		name: "memory", unit: "bytes", stacked: true,
		label: "Memory over the last five minutes: used, reclaimable and free",
		series: []series{
			{"used", "used", "total less available"},
			{"arc", "ARC", "ZFS cache that shrinks on demand"},
			{"cache", "cache", "page cache, buffers and slab that the kernel can take back"},
			{"free", "free", "holds nothing"},
		},
		absent: func(line series, s *collector.Snapshot) bool {
			return line.key == "arc" && s.Memory.Has() && s.Memory.Value.ARC.Status() == collector.Unsupported
		},
	}
}

func disksChart() *chart {
	return &chart{
		name: "disks", unit: "rate",
		label:  "Bytes read and written per second by all disks over the last five minutes",
		series: []series{{"read", "read", "all disks"}, {"write", "write", "all disks"}},
	}
}

func networkChart() *chart {
	return &chart{
		name: "network", unit: "rate",
		label:  "Bytes received and sent per second over the last five minutes",
		series: []series{{"receive", "receive", "all links"}, {"transmit", "transmit", "all links"}},
	}
}
