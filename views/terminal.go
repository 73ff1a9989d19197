package views

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/tacho-monitor/tacho/collector"
)

// Terminal writes the snapshot as a table for a terminal. A missing number is a
// dash, and a section that could not be read says why in its place.
func Terminal(w io.Writer, s *collector.Snapshot) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	t := terminal{table, s}
	t.findings()
	terminalSection(t, "host", s.Host, t.host)
	terminalSection(t, "cpu", s.CPU, t.cpu)
	terminalSection(t, "load", s.Load, t.load)
	terminalSection(t, "memory", s.Memory, t.memory)
	terminalSection(t, "swap", s.Swap, t.swap)
	terminalSection(t, "disks", s.Disks, t.disks)
	terminalSection(t, "network", s.Network, t.network)
	terminalSection(t, "processes", s.Processes, t.processes)
	terminalSection(t, "cgroups", s.Cgroups, t.cgroups)
	terminalSection(t, "mounts", s.Mounts, t.mounts)
	terminalSection(t, "pressure", s.Pressure, t.pressure)
	terminalSection(t, "sockets", s.Sockets, t.sockets)
	terminalSection(t, "connections", s.Connections, t.connections)
	terminalSection(t, "sensors", s.Sensors, t.sensors)
	terminalSection(t, "gpus", s.GPUs, t.gpus)
	terminalSection(t, "raid", s.RAID, t.raid)
	terminalSection(t, "zfs", s.ZFS, t.zfs)
	terminalSection(t, "kernel", s.Kernel, t.kernel)
	terminalSection(t, "clock", s.Clock, t.clock)
	return table.Flush()
}

type terminal struct {
	io.Writer
	snapshot *collector.Snapshot
}

func terminalSection[T any](t terminal, name string, r collector.Reading[T], write func(T)) {
	// How often a source is read says nothing of one reading.
	if n := noteOf(r, t.snapshot); n.label != "" && n.status != collector.OK {
		fmt.Fprintf(t, "%s\t%s: %s\n", name, n.label, n.detail)
	}
	if r.Has() {
		write(r.Value)
	}
	fmt.Fprintln(t)
}

// row writes cells below name, which stands in the first column.
func (t terminal) row(name string, cells ...string) {
	fmt.Fprintln(t, name+"\t"+strings.Join(cells, "\t"))
}

// plain writes a Value as text, a dash when it is missing.
func (f format) plain(v collector.Value) string {
	number, ok := v.Get()
	if !ok {
		return "-"
	}
	return f.text(number)
}

func bytesText(n uint64) string { return format(bytes).text(float64(n)) }

func (t terminal) host(h collector.Host) {
	t.row("host", join(clean(h.Name), clean(h.OS)))
	t.row("", join(clean(h.Kernel), clean(h.Architecture), clean(h.Virtualization)))
	up := "up " + duration(seconds(h.Uptime))
	if h.UsersStatus == collector.OK {
		up = join(up, plural(len(h.Users), "login session"))
	}
	t.row("", up)
}

func (t terminal) cpu(c collector.CPU) {
	u := c.Usage
	mode := func(name string, v collector.Value) string { return name + " " + format(tenths).plain(v) }
	t.row("cpu", join(format(tenths).plain(u.Busy)+" busy", plural(len(c.Cores), "core"), format(hertz).plain(c.Frequency)))
	t.row("", clean(c.Model))
	t.row("", join(mode("user", u.User), mode("nice", u.Nice), mode("system", u.System), mode("idle", u.Idle)))
	t.row("", join(mode("iowait", u.IOWait), mode("irq", u.IRQ), mode("softirq", u.SoftIRQ), mode("steal", u.Steal), mode("guest", u.Guest)))
}

func (t terminal) load(l collector.Load) {
	t.row("load", join(fmt.Sprintf("%.2f %.2f %.2f", l.One, l.Five, l.Fifteen),
		fmt.Sprintf("%d running, %d blocked, %d tasks", l.Running, l.Blocked, l.Tasks)))
}

func (t terminal) memory(m collector.Memory) {
	t.row("memory", fmt.Sprintf("%s used of %s (%s), %s available", bytesText(m.Used), bytesText(m.Total),
		format(tenths).plain(m.UsedPercent), bytesText(m.Available)))
	t.row("", fmt.Sprintf("buffers %s, cached %s, slab %s", format(bytes).plain(m.Buffers), format(bytes).plain(m.Cached), format(bytes).plain(m.Slab)))
	t.row("", fmt.Sprintf("shared %s, dirty %s", format(bytes).plain(m.Shared), format(bytes).plain(m.Dirty)))
}

func (t terminal) swap(s collector.Swap) {
	if s.Total == 0 {
		t.row("swap", "none")
		return
	}
	t.row("swap", fmt.Sprintf("%s used of %s (%s), in %s, out %s", bytesText(s.Used), bytesText(s.Total),
		format(tenths).plain(s.UsedPercent), format(byteRate).plain(s.In), format(byteRate).plain(s.Out)))
}

func (t terminal) disks(disks []collector.Disk) {
	t.row("disks", "device", "read", "write", "reads/s", "writes/s", "busy", "await r/w", "queue")
	for _, d := range disks {
		name := clean(d.Name)
		if d.Parent != "" {
			name = "  " + name
		}
		t.row("", name, format(byteRate).plain(d.ReadBytes), format(byteRate).plain(d.WriteBytes),
			format(frequency).plain(d.Reads), format(frequency).plain(d.Writes), format(percent).plain(d.Utilisation),
			format(latency).plain(d.ReadAwait)+" / "+format(latency).plain(d.WriteAwait), format(fixed).plain(d.Queue))
	}
}

func (t terminal) network(interfaces []collector.Interface) {
	t.row("network", "interface", "state", "speed", "receive", "transmit", "errors/s", "drops/s")
	for _, i := range interfaces {
		t.row("", clean(i.Name), clean(i.State), format(bitRate).plain(i.Speed),
			format(byteRate).plain(i.Receive.Bytes), format(byteRate).plain(i.Transmit.Bytes),
			format(frequency).plain(sum(i.Receive.Errors, i.Transmit.Errors)),
			format(frequency).plain(sum(i.Receive.Drops, i.Transmit.Drops)))
	}
}

func (t terminal) mounts(m collector.Mounts) {
	t.row("mounts", "mount point", "device", "type", "size", "used", "available", "full", "inodes")
	for _, f := range m.Mounts {
		if f.Error != "" {
			t.row("", clean(f.Mountpoint), clean(f.Device), clean(f.FSType), clean(f.Error))
			continue
		}
		t.row("", clean(f.Mountpoint), clean(f.Device), clean(f.FSType), format(bytes).plain(f.Size), format(bytes).plain(f.Used),
			format(bytes).plain(f.Available), format(percent).plain(f.UsedPercent), format(percent).plain(f.InodesUsedPercent))
	}
}
