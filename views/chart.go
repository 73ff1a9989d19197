package views

// chart describes a time series chart to the page and to the scripts, which
// find all they need in the markup. The values come from [Sample]: the one of
// series "user" in chart "cpu" is cpu.user there.
type chart struct {
	name    string
	label   string // what it shows, for those who cannot see it
	unit    string // "percent", "bytes" or "rate"
	stacked bool
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

func cpuChart() *chart {
	return &chart{
		name: "cpu", unit: "percent", stacked: true,
		label: "Processor time by mode over time, in percent of all cores",
		series: []series{
			{key: "user", label: "user", about: "programs"},
			{key: "nice", label: "nice", about: "programs of low priority"},
			{key: "system", label: "system", about: "the kernel, for programs"},
			{key: "irq", label: "irq", about: "interrupts, hard and soft"},
			{key: "iowait", label: "iowait", about: "idle, with I/O outstanding"},
			{key: "steal", label: "steal", about: "wanted, and given to another guest by the hypervisor"},
			{key: "guest", label: "guest", about: "virtual machines run by this host"},
		},
	}
}

func memoryChart() *chart {
	return &chart{
		name: "memory", unit: "bytes", stacked: true,
		label: "Memory over time: used, reclaimable and free",
		series: []series{
			{key: "used", label: "used", about: "total less available"},
			{key: "arc", label: "ARC", about: "ZFS cache that shrinks on demand", rare: true},
			{key: "cache", label: "reclaimable", about: "page cache, buffers and slab that the kernel can take back"},
			{key: "free", label: "free", about: "holds nothing"},
		},
	}
}

func disksChart() *chart {
	return &chart{
		name: "disks", unit: "rate",
		label: "Bytes read and written per second by disks over time",
		series: []series{
			{key: "read", label: "read", about: "devices, without what is stacked on them"},
			{key: "write", label: "write", about: "devices, without what is stacked on them"},
		},
	}
}

func networkChart() *chart {
	return &chart{
		name: "network", unit: "rate",
		label: "Bytes received and sent per second over time",
		series: []series{
			{key: "receive", label: "receive", about: "physical links; where there is none, all but loopback"},
			{key: "transmit", label: "transmit", about: "physical links; where there is none, all but loopback"},
		},
	}
}

func pressureChart() *chart {
	return &chart{
		name: "pressure", unit: "percent",
		label: "Time in which tasks waited for processors, memory and I/O, over time",
		series: []series{
			{key: "cpu", label: "CPU", about: "at least one task waited for a processor"},
			{key: "memory", label: "memory", about: "at least one task waited for memory"},
			{key: "io", label: "I/O", about: "at least one task waited for I/O"},
		},
	}
}
