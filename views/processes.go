package views

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// ProcessTable is what a viewer wants to see of the processes.
type ProcessTable struct {
	collector.ProcessQuery
	OfHost bool // CPU of all cores together instead of one
	Tree   bool // children below their parents
}

// DefaultProcessTable is the table that every page begins with: about as many rows
// as a large screen has room for, since each costs every open page something at each
// tick.
func DefaultProcessTable() ProcessTable {
	return ProcessTable{ProcessQuery: collector.ProcessQuery{Sort: "cpu", Limit: 15}}
}

// column is a column of a table that a viewer can sort.
type column struct {
	sort  string // the key to sort by; "" for none
	label string
	about string
	class string
}

func processColumns(t ProcessTable) []column {
	from := func(about, member string) string { return sourced(about, "processes", "top[]."+member) }
	cpu := from("of one core", "cpu_percent")
	if t.OfHost {
		cpu = from("of all cores", "cpu_percent")
	}
	return []column{
		{"pid", "pid", from("", "pid"), "pid"},
		{"name", "name", from("", "name"), "name"},
		{"user", "user", from("effective user", "user"), "name owner"},
		{"unit", "unit or container", from("", "unit"), "name place"},
		{"", "state", from("R running, S sleeping, D blocked, T stopped, Z zombie, I idle", "state"), "name letter"},
		{"cpu", "CPU", cpu, "level"},
		{"memory", "memory", from("resident", "resident_bytes"), ""},
		{"swap", "swap", from("", "swap_bytes"), "swapped"},
		{"read", "read", from("from storage", "read_bytes_per_second"), ""},
		{"write", "write", from("to storage", "write_bytes_per_second"), ""},
		{"threads", "threads", from("", "threads"), "few"},
		{"", "nice", from("", "nice"), "few"},
		{"time", "CPU time", from("since its start", "cpu_seconds_total"), "time"},
		{"started", "age", from("since its start", "started"), "time"},
	}
}

// processRow is a process with what needs the whole reading to be said.
type processRow struct {
	*collector.Process
	cpu   collector.Value // of the scale that was asked for
	age   string
	depth int // in the tree, 0 for its roots and without one
}

func processRows(s *collector.Snapshot, t ProcessTable) (rows []processRow, matched int) {
	if t.Tree {
		return processTree(s, t)
	}
	chosen, matched := s.SelectProcesses(t.ProcessQuery)
	rows = make([]processRow, len(chosen))
	for i, p := range chosen {
		rows[i] = t.row(p, 0, s)
	}
	return rows, matched
}

func (t ProcessTable) row(p *collector.Process, depth int, s *collector.Snapshot) processRow {
	return processRow{p, t.scale(p.CPU, s), duration(max(0, s.Time.Sub(p.Started))), depth}
}

// scale turns a percentage of one core into what the table shows. Of all cores it
// is missing where nobody knows how many there are.
func (t ProcessTable) scale(cpu collector.Value, s *collector.Snapshot) collector.Value {
	number, ok := cpu.Get()
	if !ok || !t.OfHost {
		return cpu
	}
	cores := len(s.CPU.Value.Cores)
	switch {
	case s.CPU.Has() && cores > 0:
		return collector.Of(number / float64(cores))
	case s.CPU.Status() == collector.OK:
		return collector.Missing(collector.Unsupported)
	}
	return collector.Missing(s.CPU.Status())
}

func (r processRow) id() string {
	return "process-" + strconv.Itoa(r.PID) + "-" + strconv.FormatUint(r.Start, 10)
}

// label is what a process is called: its command line where that is read, and
// threads of the kernel in brackets, as they are known.
func (r processRow) label() string {
	switch {
	case r.CommandLine != "":
		return clean(r.CommandLine)
	case r.Kernel:
		return "[" + clean(r.Name) + "]"
	}
	return clean(r.Name)
}

func (r processRow) title() string {
	return join(r.label(), "pid "+strconv.Itoa(r.PID), "parent "+strconv.Itoa(r.Parent), "started "+r.Started.Format("2006-01-02 15:04:05"), clean(r.Cgroup))
}

// place is where a process belongs: the container before the unit around it, and
// where it is in neither, its control group.
func (r processRow) place() string {
	switch {
	case r.Container != "":
		return join(clean(shortID(r.Container)), clean(r.Runtime))
	case r.Unit != "":
		return clean(r.Unit)
	}
	return clean(r.Cgroup[strings.LastIndexByte(r.Cgroup, '/')+1:])
}

// shortID is the identifier of a container as its tools print it.
func shortID(id string) string {
	const printed, whole = 12, 64
	if len(id) == whole {
		return id[:printed]
	}
	return id
}

// cpuTime is how long a process has computed: 12:34.5, 3 h 4 min.
func cpuTime(x float64) string {
	if x < 3600 {
		return fmt.Sprintf("%d:%04.1f", int(x)/60, x-float64(int(x)/60*60))
	}
	return duration(seconds(x))
}

// processSummary counts the processes by what they do.
func processSummary(p collector.Processes) string {
	say := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n) + " " + what
	}
	return join(say(p.Total, "processes"), say(p.Running, "running"), say(p.Blocked, "blocked"), say(p.Stopped, "stopped"),
		say(p.Zombie, "zombie"), say(p.KernelThreads, "of the kernel"), plural(p.Threads, "thread"))
}

// order is the direction of a sorted column, for those who listen.
func order(ascending bool) string {
	if ascending {
		return "ascending"
	}
	return "descending"
}
