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
	readAny: "a fault in tacho could then be used to read any file",
	trace:   "a fault in tacho could then be used to read and change the memory of any process",
}

// byCapability gives the process a capability. A process run by hand gets it with
// its file, which addFileCapabilities adds once all are known.
func (x *examination) byCapability(capability string) []Mend {
	switch {
	case x.has(capability):
		return []Mend{refused}
	case x.Service != "":
		return []Mend{x.dropIn("give it the capability", prices[capability],
			"CapabilityBoundingSet="+capability, "AmbientCapabilities="+capability)}
	case x.inContainer():
		return []Mend{{
			Kind: "option", Text: "run the container with the capability, as root within",
			Lines: []string{"--cap-add=" + strings.TrimPrefix(capability, "CAP_"), "--user=0"}, Price: prices[capability],
		}}
	case x.UID == 0:
		return []Mend{{
			Kind: "note", Text: "this is root without " + capability + ": start tacho without whatever takes that away", Price: prices[capability],
		}}
	}
	return []Mend{{
		Kind: "command", Text: "run it as root", Lines: []string{"sudo " + quoteShell(x.Executable)},
		Price: "a fault in tacho could then be used to do anything",
	}}
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
	if e.UID == 0 || e.Service != "" || e.inContainer() || e.NoNewPrivs {
		return
	}
	var wanted, price []string
	for _, f := range findings {
		if f.needs != "" && !e.has(f.needs) && !slices.Contains(wanted, f.needs) {
			wanted = append(wanted, f.needs)
			price = append(price, prices[f.needs])
		}
	}
	for _, held := range e.Capabilities {
		if !slices.Contains(wanted, held) {
			wanted = append(wanted, held)
		}
	}
	slices.Sort(wanted)
	set := strings.ToLower(strings.Join(wanted, ",")) + "+ep"
	for i := range findings {
		if f := &findings[i]; f.needs != "" && !e.has(f.needs) {
			f.Mends = append([]Mend{{
				Kind: "command", Text: "give the file the capabilities that are wanting, and start it again",
				Lines: []string{"sudo setcap " + set + " " + quoteShell(e.Executable)},
				Price: "who runs the file has them: " + strings.Join(price, "; "),
			}}, f.Mends...)
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
