package doctor

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// absent makes a judge of what is no fault where it is not there.
func absent(why string) func(*examination) Finding {
	return func(*examination) Finding { return Finding{Status: Absent, Why: why} }
}

// noConntrack: the table is there once a rule of the packet filter needs it.
func noConntrack(x *examination) Finding {
	f := Finding{Status: Absent, Why: "nothing on this machine follows connections: the module nf_conntrack is not loaded"}
	if !x.Container {
		f.Mends = []Mend{{Kind: "command", Text: "a rule of the packet filter that needs it loads it; to have it at once", Lines: []string{"sudo modprobe nf_conntrack"}}}
	}
	return f
}

// noInterfaces is for a /sys/class/net of another network namespace.
func noInterfaces(x *examination) Finding {
	if len(x.snapshot.Network.Value) == 0 {
		return Finding{Status: Absent, Why: "there is no interface"}
	}
	return Finding{
		Status: Missing, Why: "/sys is of another network namespace than /proc/net/dev",
		Mends: []Mend{{Kind: "option", Text: "run it in the network of the machine", Lines: []string{"--network=host"}}},
	}
}

// openClock: systemd's ProtectClock refuses even to read the clock's state.
func openClock(x *examination) []Mend {
	switch {
	case x.Service != "":
		return []Mend{x.dropIn("let it ask for the state of the clock", "none: to set the clock takes CAP_SYS_TIME, which the unit does not give",
			"ProtectClock=no", "SystemCallFilter=adjtimex")}
	case x.Container:
		return []Mend{{Kind: "option", Text: "let the filter of system calls pass adjtimex", Lines: []string{"--security-opt seccomp=PROFILE"}}}
	}
	return []Mend{{Kind: "note", Text: "a filter of system calls (seccomp) refuses adjtimex(2): start tacho without it"}}
}

// noText is for what is a text, and "" where it cannot be read.
func noText(file func(*Environment) string, text func(*collector.Snapshot) string, why string) func(*examination, *tally) (Finding, bool) {
	return func(x *examination, _ *tally) (Finding, bool) {
		if f, ok := x.closed(file(&x.Environment)); ok {
			return f, true
		}
		return Finding{Status: Absent, Why: why}, text(x.snapshot) == ""
	}
}

// closed tries a file whose text a page can do without, so that the snapshot does
// not tell why it is missing.
func (x *examination) closed(path string) (Finding, bool) {
	file, err := os.Open(path)
	if err == nil {
		file.Close()
	}
	if !errors.Is(err, fs.ErrPermission) {
		return Finding{}, false
	}
	return Finding{Status: Denied, Why: err.Error(), Mends: x.byCapability(readAny), needs: []string{readAny}}, true
}

func countOf(some, of int) string {
	return strconv.Itoa(some) + " of " + strconv.Itoa(of)
}
