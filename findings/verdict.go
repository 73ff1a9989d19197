package findings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tacho-monitor/tacho/collector"
)

// Verdict is whether a machine is all right and, if not, what is the matter
// first. Names in it are as the machine has them.
type Verdict struct {
	Severity Severity // 0: nothing is the matter with what was read
	Section  string   // the section of the snapshot that shows it; "" where nothing is the matter
	Short    string   // what is the matter, without numbers: "Memory is short"
	Detail   string   // the numbers: "93 % used, tasks wait 12 % of the time, postgres holds 41 %"; "" for none

	// Unknown is what nothing was learned about, as [Unknown] names it.
	Unknown []string
	// Others are the findings that the verdict does not tell. Sources that were not
	// read are one of them, however many they are.
	Others []Finding
}

// Judge returns the verdict on a snapshot. The same snapshot always gives the
// same one.
func Judge(s *collector.Snapshot) Verdict {
	found := Of(s)
	if len(found) == 0 {
		return allRight(s)
	}
	lead := slices.MinFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.rank(), b.rank()))
	})
	v := Verdict{Severity: lead.Severity, Section: lead.Section, Unknown: Unknown(s)}
	if about := lead.shortage(); about != "" {
		v.short(s, found, about)
	} else {
		if v.Short, v.Detail = lead.words(); v.Detail == "" {
			v.Detail = state(s)
		}
		v.Others = slices.DeleteFunc(found, func(f Finding) bool { return f == lead })
	}
	v.Others = together(v.Others)
	return v
}

// together makes one finding of all sources that were not read: what keeps one from
// being read often keeps many, and of each its panel tells why.
func together(found []Finding) []Finding {
	isSource := func(f Finding) bool { return f.unread() && f.Subject == f.Section }
	first := slices.IndexFunc(found, isSource)
	var names []string
	for _, f := range found {
		if isSource(f) {
			names = append(names, f.Subject)
		}
	}
	if len(names) < 2 {
		return found
	}
	one := found[first]
	one.Subject, one.Text = strconv.Itoa(len(names))+" sources", "not read: "+strings.Join(names, ", ")
	return slices.Insert(slices.DeleteFunc(found, isSource), first, one)
}

// State is the verdict in a word: "well", "unknown", "warning" or "critical".
func (v Verdict) State() string {
	switch {
	case v.Severity > 0:
		return v.Severity.String()
	case len(v.Unknown) > 0:
		return "unknown"
	}
	return "well"
}

// Text is the verdict as a sentence.
func (v Verdict) Text() string {
	if v.Detail == "" {
		return v.Short
	}
	return v.Short + ": " + v.Detail
}

// What may be short. A machine that is short of memory waits for its disks and
// its processors as well, so memory is looked at first.
const (
	ofMemory = "memory"
	ofCPU    = "CPU"
	ofIO     = "I/O"
)

// shortage is what a finding says is short, "" when it is about something else.
func (f Finding) shortage() string {
	switch {
	case f.unread():
		return ""
	case f.Section == "memory", f.Section == "pressure", f.Section == "load":
		return f.Subject
	case f.Section == "kernel" && f.Subject == ofMemory:
		return ofMemory
	}
	return ""
}

// unread reports a finding that is about a source and not about the machine.
func (f Finding) unread() bool { return strings.HasPrefix(f.Text, "not read") }

// rank orders findings of one severity: first what everything waits for, last
// what was not read and what can wait.
func (f Finding) rank() int {
	switch about := f.shortage(); {
	case f.Section == "kernel" && about == ofMemory:
		return 0
	case f.Section == "pressure" && about == ofMemory:
		return 1
	case about == ofCPU:
		return 2
	case about == ofIO:
		return 3
	case about == ofMemory:
		return 4
	case f.Section == "clock", f.unread():
		return 6
	}
	return 5
}

// words divides a finding into what is the matter, without numbers, and the
// numbers.
func (f Finding) words() (short, detail string) {
	what, rest, _ := strings.Cut(f.Text, ": ")
	if strings.ContainsFunc(what, unicode.IsDigit) {
		what, rest = f.matter(), f.Text
	}
	return f.name() + " " + what, rest
}

// name is what the finding is about, at the beginning of a sentence: what the
// machine has named stays as it is.
func (f Finding) name() string {
	if title, ok := abbreviations[f.Subject]; ok && f.Subject == f.Section {
		return title
	}
	if f.Subject == f.Section || f.Section == "kernel" || f.Section == "sockets" {
		return strings.ToUpper(f.Subject[:1]) + f.Subject[1:]
	}
	return f.Subject
}

// abbreviations are the sections whose names are not words.
var abbreviations = map[string]string{"cpu": "CPU", "gpus": "GPUs", "raid": "RAID", "zfs": "ZFS"}

// matter is what a number that is too high or too low means.
func (f Finding) matter() string {
	switch f.Section {
	case "cpu":
		return "loses time to the hypervisor"
	case "network":
		return "has errors"
	case "cgroups":
		return "is held back by its limits"
	case "mounts", "kernel":
		return "nearly full"
	case "sockets":
		if f.Subject == "TCP" {
			return "loses connections"
		}
		return "nearly full"
	case "sensors":
		if strings.HasSuffix(f.Text, " left") {
			return "nearly empty"
		}
		return "beyond its limit"
	case "gpus":
		return "too hot"
	case "raid":
		return "has failed members"
	}
	return "needs a look"
}

// allRight says so with the numbers that prove it, or what is not known.
func allRight(s *collector.Snapshot) Verdict {
	v := Verdict{Short: "All is well", Unknown: Unknown(s), Detail: state(s)}
	if len(v.Unknown) > 0 {
		v.Short = "Not known whether all is well"
		v.Detail = sentence(strings.Join(v.Unknown, ", ")+" not read", v.Detail)
	}
	return v
}

// state is how the machine does, in the numbers that matter most.
func state(s *collector.Snapshot) string { return sentence(busyWords(s), usedWords(s), waitWords(s)) }

func busyWords(s *collector.Snapshot) string {
	if busy, ok := s.CPU.Value.Usage.Busy.Get(); ok && usable(s.CPU) {
		return "CPU " + percent(busy)
	}
	return ""
}

func usedWords(s *collector.Snapshot) string {
	if used, ok := s.Memory.Value.UsedPercent.Get(); ok && usable(s.Memory) {
		return "memory " + percent(used) + " used"
	}
	return ""
}

// waitWords is what tasks waited for most in the last ten seconds. Only of all
// three can it be said that nothing waits.
func waitWords(s *collector.Snapshot) string {
	longest, on, known := 0.0, "", true
	for _, resource := range []string{ofMemory, ofCPU, ofIO} {
		share, ok := stall(s, resource).Get()
		known = known && ok
		if ok && share > longest {
			longest, on = share, resource
		}
	}
	switch {
	case longest >= 1:
		return "tasks wait " + percent(longest) + " of the time for " + on
	case !known:
		return ""
	case longest > 0:
		return "hardly anything waits"
	}
	return "nothing waits"
}

// stall is the share of the last ten seconds in which tasks waited for a
// resource.
func stall(s *collector.Snapshot, resource string) collector.Value {
	if !usable(s.Pressure) {
		return collector.Missing(collector.Unsupported)
	}
	p := s.Pressure.Value
	switch resource {
	case ofMemory:
		return p.Memory.Some.Avg10
	case ofCPU:
		return p.CPU.Some.Avg10
	case ofIO:
		return p.IO.Some.Avg10
	}
	return collector.Missing(collector.Unsupported)
}

// sentence joins the parts that say something.
func sentence(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}
