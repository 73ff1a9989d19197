package views

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// terminalRows is how many processes, and how many control groups, a terminal
// gets.
const terminalRows = 10

func (t terminal) findings() {
	t.row("verdict", clean(findings.Judge(t.snapshot).Text()))
	found := findings.Of(t.snapshot)
	if len(found) == 0 {
		t.row("findings", noFindings(t.snapshot))
	}
	for i, f := range found {
		t.row(first(i, "findings"), f.Severity.String(), clean(f.Subject), clean(f.Text))
	}
	fmt.Fprintln(t)
}

// first is the name for the first of several rows, which the others lack.
func first(i int, name string) string {
	if i > 0 {
		return ""
	}
	return name
}

func (t terminal) processes(p collector.Processes) {
	t.row("processes", processSummary(p))
	t.row("", "pid", "user", "cpu", "memory", "read", "write", "time", "command")
	rows, matched := processRows(t.snapshot, ProcessTable{ProcessQuery: collector.ProcessQuery{Limit: terminalRows}})
	for _, r := range rows {
		t.row("", strconv.Itoa(r.PID), dashed(clean(r.User)), format(percent).plain(r.CPU), bytesText(r.Resident),
			format(byteRate).plain(r.ReadBytes), format(byteRate).plain(r.WriteBytes), cpuTime(r.CPUSeconds), cut(r.label(), longestLabel))
	}
	t.more(matched - len(rows))
}

func (t terminal) cgroups(c collector.Cgroups) {
	t.row("cgroups", cgroupSummary(c))
	t.row("", "name", "kind", "cpu", "throttled", "memory", "of limit", "read", "write", "tasks")
	rows, matched := c.Select(collector.CgroupQuery{Limit: terminalRows})
	for _, g := range rows {
		t.row("", clean(g.Name), clean(g.Kind), format(percent).plain(g.CPU.Percent), format(percent).plain(g.CPU.ThrottledPercent),
			format(bytes).plain(g.Memory.Current), format(percent).plain(g.Memory.Percent),
			format(byteRate).plain(g.IO.ReadRate), format(byteRate).plain(g.IO.WriteRate), format(count).plain(g.PIDs.Current))
	}
	t.more(matched - len(rows))
}

// longestLabel is how much of a command line a terminal gets.
const longestLabel = 100

// cut shortens a text to a number of characters.
func cut(text string, longest int) string {
	all := []rune(text)
	if len(all) <= longest {
		return text
	}
	return string(all[:longest-1]) + "…"
}

// more says how many rows were left out.
func (t terminal) more(n int) {
	if n > 0 {
		t.row("", strconv.Itoa(n)+" more")
	}
}

// dashed is a text, or a dash for none.
func dashed(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (t terminal) pressure(p collector.Pressure) {
	t.row("pressure", "waited for", "some now", "10 s", "1 min", "5 min", "all now", "1 min")
	for _, r := range []struct {
		name  string
		stall collector.ResourcePressure
	}{{"processor", p.CPU}, {"memory", p.Memory}, {"I/O", p.IO}, {"interrupts", p.IRQ}} {
		some, full := r.stall.Some, r.stall.Full
		t.row("", r.name, format(percent).plain(some.Share), format(percent).plain(some.Avg10), format(percent).plain(some.Avg60),
			format(percent).plain(some.Avg300), format(percent).plain(full.Share), format(percent).plain(full.Avg60))
	}
}

// numbers writes facts, several on a row.
func (t terminal) numbers(name string, facts []number) {
	const perRow = 4
	for i := 0; i < len(facts); i += perRow {
		var cells []string
		for _, f := range facts[i:min(i+perRow, len(facts))] {
			text := f.term + " " + f.as.plain(f.value)
			if f.of != "" {
				text += " " + f.of
			}
			cells = append(cells, text)
		}
		t.row(first(i, name), strings.Join(cells, ", "))
	}
}

func (t terminal) sockets(s collector.Sockets) { t.numbers("sockets", socketFacts(s)) }

func (t terminal) connections(c collector.Connections) {
	var states []string
	for _, s := range tcpStates(c) {
		states = append(states, fmt.Sprintf("%s %d", s.name, s.count))
	}
	t.row("connections", fmt.Sprintf("%d TCP, %d ports listening", c.All, c.ListeningPorts))
	t.row("", dashed(strings.Join(states, ", ")))
}

func (t terminal) sensors(s collector.Sensors) {
	n := 0
	for _, g := range sensorGroups(s) {
		for _, one := range g.sensors {
			t.row(first(n, "sensors"), clean(one.Label), clean(one.Chip), g.as.plain(one.Value), terminalAlarm(one))
			n++
		}
	}
	for _, m := range s.EnergyMeters {
		t.row(first(n, "sensors"), clean(m.Name), clean(m.Meter), format(watts).plain(m.Power), terminalReason(m.Power))
		n++
	}
	for _, b := range s.Batteries {
		t.row(first(n, "sensors"), clean(b.Name), clean(b.Model), format(percent).plain(b.Charge), join(clean(b.State), remaining(b)))
		n++
	}
	for _, p := range s.Supplies {
		t.row(first(n, "sensors"), clean(p.Name), clean(p.Type), "", supplying(p))
		n++
	}
}

func terminalAlarm(s collector.Sensor) string {
	if severity := findings.OfSensor(s); severity > 0 {
		return severity.String()
	}
	if s.Value.Status() != collector.OK {
		return sensorReason(s)
	}
	return ""
}

// terminalReason is why a number is missing, "" when it is there.
func terminalReason(v collector.Value) string {
	if v.Status() == collector.OK {
		return ""
	}
	return why(v.Status())
}

func (t terminal) gpus(g collector.GPUs) {
	t.row("gpus", "device", "busy", "memory", "used", "temperature", "power", "clock", "state")
	for _, d := range g.Devices {
		t.row("", clean(d.Name), format(percent).plain(d.Usage), format(percent).plain(d.MemoryUsedPercent), format(bytes).plain(d.MemoryUsed),
			format(celsius).plain(d.Temperature), format(watts).plain(d.Power), format(hertz).plain(d.GraphicsClock), join(gpuState(d), clean(d.Error)))
	}
}

func (t terminal) raid(r collector.RAID) {
	if len(r.Arrays) == 0 {
		t.row("raid", "no array")
		return
	}
	t.row("raid", "array", "level", "state", "size", "members", "in progress")
	for _, a := range r.Arrays {
		progress := ""
		if a.Sync.Action != "" {
			progress = join(syncOf(a.Sync), format(percent).plain(a.Sync.Percent))
		}
		t.row("", clean(a.Name), clean(a.Level), arrayState(a), format(bytes).plain(a.Size), join(clean(a.Slots), memberCount(a)), progress)
	}
}

func (t terminal) zfs(z collector.ZFS) {
	arc := z.ARC
	t.row("zfs", join("ARC "+format(bytes).plain(arc.Size)+" of "+format(bytes).plain(arc.Target), "hits "+format(percent).plain(arc.HitPercent)))
	for _, p := range z.Pools {
		state := clean(p.State)
		if state == "" {
			state = why(p.Status)
		}
		t.row("", clean(p.Name), state, "read "+format(byteRate).plain(p.ReadSpeed), "write "+format(byteRate).plain(p.WriteSpeed))
	}
}

func (t terminal) kernel(k collector.Kernel) { t.numbers("kernel", kernelFacts(k)) }

func (t terminal) clock(c collector.Clock) {
	state := "synchronised"
	switch number, ok := c.Synchronized.Get(); {
	case !ok:
		state = "not known whether synchronised: " + why(c.Synchronized.Status())
	case number == 0:
		state = "not synchronised"
	}
	t.row("clock", join(state, "offset "+format(latency).plain(magnitude(c.Offset)), "error at most "+format(latency).plain(c.MaxError), dashed(clean(c.Source))))
}
