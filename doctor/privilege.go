package doctor

import (
	"slices"
	"strings"
)

// The capabilities that open what is closed to others.
const (
	readAny = "CAP_DAC_READ_SEARCH"
	trace   = "CAP_SYS_PTRACE"
)

// prices are what a capability lets whoever takes tacho over do.
var prices = map[string]string{
	readAny: "with CAP_DAC_READ_SEARCH a fault in tacho could be used to read any file",
	trace:   "with CAP_SYS_PTRACE a fault in tacho could be used to read and change the memory of any process",
}

// byCapability gives the process capabilities. A process run by hand gets them
// with its file, which addFileCapabilities adds once all are known.
func (x *examination) byCapability(wanted ...string) []Mend {
	lacking := x.lacking(wanted)
	price := pricesOf(lacking)
	switch {
	case len(lacking) == 0:
		return []Mend{refused}
	case x.Service != "":
		set := strings.Join(lacking, " ")
		return []Mend{x.dropIn("give it what it lacks", price, "CapabilityBoundingSet="+set, "AmbientCapabilities="+set)}
	case x.Container:
		m := Mend{Kind: "option", Text: "run the container with what it lacks, as root within", Price: price}
		for _, capability := range lacking {
			m.Lines = append(m.Lines, "--cap-add="+strings.TrimPrefix(capability, "CAP_"))
		}
		m.Lines = append(m.Lines, "--user=0")
		return []Mend{m}
	case x.UID == 0:
		return []Mend{{
			Kind: "note", Text: "this is root without " + strings.Join(lacking, " and ") + ": start tacho without whatever takes that away", Price: price,
		}}
	}
	return []Mend{{
		Kind: "command", Text: "run it as root", Lines: []string{"sudo " + quoteShell(x.Executable)},
		Price: "a fault in tacho could then be used to do anything",
	}}
}

// lacking is which of the capabilities the process does not have.
func (e *Environment) lacking(wanted []string) (lacking []string) {
	for _, capability := range wanted {
		if !e.has(capability) {
			lacking = append(lacking, capability)
		}
	}
	return lacking
}

func pricesOf(wanted []string) string {
	var all []string
	for _, capability := range wanted {
		all = append(all, prices[capability])
	}
	return strings.Join(all, "; ")
}

// refused is for what capabilities do not open.
var refused = Mend{
	Kind: "note",
	Text: "the capability for it is there, so a security module (SELinux, AppArmor, Landlock) or the user namespace of a container refuses it; of the first two the journal of the kernel may tell",
	Lines: []string{
		"sudo journalctl --dmesg --grep='avc|apparmor'",
	},
}

// addFileCapabilities gives each source that a capability opens the command that
// gives it to the file. A file has one set of them, so each command gives all.
func addFileCapabilities(findings []Finding, e Environment) {
	if e.UID == 0 || e.Service != "" || e.Container || e.NoNewPrivs {
		return
	}
	var wanted []string
	for _, f := range findings {
		wanted = append(wanted, e.lacking(f.needs)...)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	set := slices.Concat(wanted, e.Capabilities)
	slices.Sort(set)
	m := Mend{
		Kind: "command", Text: "give its file all the capabilities that are wanting, and start it again",
		Lines: []string{"sudo setcap " + strings.ToLower(strings.Join(set, ",")) + "+ep " + quoteShell(e.Executable)},
		Price: "who runs the file has them: " + pricesOf(wanted),
	}
	for i := range findings {
		if f := &findings[i]; len(e.lacking(f.needs)) > 0 {
			f.Mends = append([]Mend{m}, f.Mends...)
		}
	}
}

// dropIn changes settings of the unit.
func (e *Environment) dropIn(text, price string, lines ...string) Mend {
	unit := e.Service
	if unit == "" {
		unit = "tacho.service"
	}
	return Mend{
		Kind: "unit", Text: text + ": sudo systemctl edit " + unit + ", these lines, sudo systemctl restart " + unit,
		Lines: append([]string{"[Service]"}, lines...), Price: price,
	}
}

// quoteShell is a word for a shell.
func quoteShell(word string) string {
	plain := func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/._-+:@=,", c)
	}
	if word != "" && !strings.ContainsFunc(word, func(c rune) bool { return !plain(c) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
