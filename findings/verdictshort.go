package findings

import (
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// short fills in what is short, how much of it is used, how long tasks wait for
// it, and who has most of it.
func (v *Verdict) short(s *collector.Snapshot, found []Finding, resource string) {
	v.Short, v.Detail = strings.ToUpper(resource[:1])+resource[1:]+" is short", ""
	for _, f := range found {
		switch {
		case f.shortage() != resource:
			v.Others = append(v.Others, f)
		case f.Section == "kernel":
			v.Short, v.Detail = "Memory ran out", "a process was killed for it"
		}
	}
	v.Detail = sentence(v.Detail, inUse(s, resource), waiting(s, resource), consumer(s, resource))
}

// inUse is how much of a resource is used.
func inUse(s *collector.Snapshot, resource string) string {
	switch resource {
	case ofMemory:
		return strings.TrimPrefix(usedWords(s), "memory ")
	case ofCPU:
		if busy, ok := s.CPU.Value.Usage.Busy.Get(); ok && usable(s.CPU) {
			return percent(busy) + " busy"
		}
	case ofIO:
		if disk, share := busiest(s); share >= 1 {
			return disk + " " + percent(share) + " busy"
		}
	}
	return ""
}

// busiest is the disk that was busy for most of the tick, of those that stand on
// no others.
func busiest(s *collector.Snapshot) (name string, share float64) {
	if !usable(s.Disks) {
		return "", 0
	}
	for _, d := range s.Disks.Value {
		if used, ok := d.Utilisation.Get(); ok && d.Parent == "" && !d.Stacked && used > share {
			name, share = d.Name, used
		}
	}
	return name, share
}

func waiting(s *collector.Snapshot, resource string) string {
	if share, ok := stall(s, resource).Get(); ok && share >= 1 {
		return "tasks wait " + percent(share) + " of the time"
	}
	return ""
}

// demand is how much of a resource one group and one process take, and how that
// is written. Amounts are 0 where they are not known.
type demand struct {
	verb    string
	least   float64 // less than that is no cause
	pressed func(*collector.Cgroup) collector.Value
	ofGroup func(*collector.Cgroup) float64
	ofOne   func(*collector.Process) float64
	in      func(amount float64) string
}

// demandFor is what is known of who takes a resource; nil where the whole of it
// is not known.
func demandFor(s *collector.Snapshot, resource string) *demand {
	switch resource {
	case ofMemory:
		return memoryDemand(float64(s.Memory.Value.Total), usable(s.Memory))
	case ofCPU:
		return cpuDemand(len(s.CPU.Value.Cores), usable(s.CPU))
	case ofIO:
		return ioDemand()
	}
	return nil
}

func ioDemand() *demand {
	return &demand{
		verb: "moves", least: 1 << 20,
		pressed: func(g *collector.Cgroup) collector.Value { return g.Pressure.IO },
		ofGroup: func(g *collector.Cgroup) float64 { return number(g.IO.ReadRate) + number(g.IO.WriteRate) },
		ofOne:   func(p *collector.Process) float64 { return number(p.ReadBytes) + number(p.WriteBytes) },
		in:      func(amount float64) string { return decimal(amount/(1<<20)) + " MiB/s" },
	}
}

func memoryDemand(total float64, known bool) *demand {
	if !known || total <= 0 {
		return nil
	}
	return &demand{
		verb: "holds", least: total / 20,
		pressed: func(g *collector.Cgroup) collector.Value { return g.Pressure.Memory },
		ofGroup: func(g *collector.Cgroup) float64 { return number(g.Memory.WorkingSet) },
		ofOne:   func(p *collector.Process) float64 { return float64(p.Resident) },
		in:      func(amount float64) string { return percent(100 * amount / total) },
	}
}

// cpuDemand looks for the group that uses most: the one that waits most is often
// the victim of another.
func cpuDemand(cores int, known bool) *demand {
	if !known || cores == 0 {
		return nil
	}
	return &demand{
		verb: "uses", least: 10 * float64(cores),
		pressed: func(g *collector.Cgroup) collector.Value { return g.CPU.Percent },
		ofGroup: func(g *collector.Cgroup) float64 { return number(g.CPU.Percent) },
		ofOne:   func(p *collector.Process) float64 { return number(p.CPU) },
		in:      func(amount float64) string { return decimal(amount/100) + " of " + plural(cores, "core") },
	}
}

// consumer names who has most of a resource: the group under pressure with the
// process that takes most in it, or that process alone.
func consumer(s *collector.Snapshot, resource string) string {
	d := demandFor(s, resource)
	if d == nil {
		return ""
	}
	group := pressedGroup(s, d.pressed)
	process, one := greediest(s, group, d)
	if group == nil {
		if one < d.least {
			return ""
		}
		return process.Name + within(process.Unit) + " " + d.verb + " " + d.in(one)
	}
	all := d.ofGroup(group)
	switch {
	case max(one, all) < d.least && d.verb == "uses":
		return ""
	case max(one, all) < d.least:
		return group.Name + " waits most"
	case one >= all/2:
		return process.Name + within(group.Name) + " " + d.verb + " " + d.in(one)
	case one < d.least:
		return group.Name + " " + d.verb + " " + d.in(all)
	}
	return group.Name + " " + d.verb + " " + d.in(all) + ", of it " + process.Name + " " + d.in(one)
}

func within(group string) string {
	if group == "" {
		return ""
	}
	return " (" + group + ")"
}

// pressedGroup is the group with the highest pressure, and of those around it
// that have nearly as much the innermost; nil where none has any. What contains
// everything explains nothing.
func pressedGroup(s *collector.Snapshot, pressure func(*collector.Cgroup) collector.Value) *collector.Cgroup {
	if !usable(s.Cgroups) {
		return nil
	}
	var worst *collector.Cgroup
	highest := 1.0
	for _, g := range s.Cgroups.Value.Cgroups {
		if share, ok := pressure(g).Get(); ok && share > highest && g.Kind != "root" && g.Kind != "slice" {
			worst, highest = g, share
		}
	}
	for _, g := range s.Cgroups.Value.Cgroups {
		if share, ok := pressure(g).Get(); ok && worst != nil && share >= 0.8*highest && isIn(g.Path, worst.Path) {
			worst = g
		}
	}
	return worst
}

// isIn reports whether a group is another or below it.
func isIn(path, group string) bool { return path == group || strings.HasPrefix(path, group+"/") }

// greediest is the process that takes most, in a group or, with nil, of all; with
// its amount, which is 0 when there is none.
func greediest(s *collector.Snapshot, group *collector.Cgroup, d *demand) (most *collector.Process, amount float64) {
	if !usable(s.Processes) {
		return nil, 0
	}
	for p := range s.Processes.Value.All() {
		if group != nil && !isIn(p.Cgroup, group.Path) {
			continue
		}
		if n := d.ofOne(p); n > amount || n == amount && most != nil && p.PID < most.PID {
			most, amount = p, n
		}
	}
	return most, amount
}

// number is 0 for one that is missing: what is not known is no cause.
func number(v collector.Value) float64 {
	n, _ := v.Get()
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// overload is how many tasks there are for each processor, by the load average,
// and how busy the processors are.
var overload = struct{ perCore, busy float64 }{2, 95}

// load stands in for the pressure on the processors where the kernel tells none.
func (r *report) load(s *collector.Snapshot) {
	_, known := stall(s, ofCPU).Get()
	cores := len(s.CPU.Value.Cores)
	if known || !usable(s.CPU) || !usable(s.Load) || cores == 0 {
		return
	}
	load := s.Load.Value.One
	if number(s.CPU.Value.Usage.Busy) >= overload.busy && load >= overload.perCore*float64(cores) {
		r.add(Warning, "load", ofCPU, "load %s on %s", decimal(load), plural(cores, "core"))
	}
}
