package doctor

import (
	"strings"
)

// hiddenProcesses is for a /proc that does not show the processes of others.
func hiddenProcesses(x *examination, _ *tally) (Finding, bool) {
	if !x.snapshot.Processes.Value.Hidden {
		return Finding{}, false
	}
	return Finding{
		Status: Denied, needs: []string{trace}, Mends: showProcesses(x),
		Why: "processes of other users are hidden or closed by the option hidepid of the mount of /proc (in a unit: ProtectProc)",
	}, true
}

// showProcesses mends hidepid: by its group, where it has one.
func showProcesses(x *examination) []Mend {
	group := procGroup(word("/proc/self/mountinfo"), x.Proc, word(x.host("etc/group")))
	switch {
	case x.has(trace):
		return []Mend{refused}
	case x.Service != "" && group != "":
		return []Mend{x.dropIn("put it into the group that may see them", "", "SupplementaryGroups="+group, "ProtectProc=default")}
	case x.Service != "":
		return append([]Mend{x.dropIn("undo ProtectProc, if the unit sets it", "", "ProtectProc=default")}, x.byCapability(trace)...)
	case x.Container:
		return x.byCapability(trace)
	case group != "":
		return []Mend{{Kind: "command", Text: "put the user into the group that may see them, and log in again", Lines: []string{"sudo usermod --append --groups " + quoteShell(group) + ` "$USER"`}}}
	}
	return append(x.byCapability(trace), Mend{
		Kind: "command", Text: "show them to every user; /etc/fstab makes it last", Lines: []string{"sudo mount -o remount,hidepid=0 /proc"},
		Price: "every user then sees the processes of all others",
	})
}

// procGroup is the name of the group that hidepid does not hide processes from,
// its number where it has none, "" without one.
func procGroup(mountinfo, root, groups string) string {
	gid := ""
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 7 || fields[4] != root {
			continue
		}
		gid = ""
		for option := range strings.SplitSeq(fields[len(fields)-1], ",") {
			if value, ok := strings.CutPrefix(option, "gid="); ok {
				gid = value
			}
		}
	}
	for line := range strings.Lines(groups) {
		if fields := strings.Split(line, ":"); gid != "" && len(fields) > 2 && fields[2] == gid {
			return fields[0]
		}
	}
	return gid
}

// noCommandLines: whether they are read is a setting.
func noCommandLines(*examination) Finding {
	return Finding{Status: Absent, Why: "not read: processes.command_line is off", Mends: []Mend{{
		Kind: "note", Text: "to have them shown, set processes.command_line: true",
		Price: "command lines may hold secrets, of which only what looks like one is masked; everyone who sees the page sees the rest",
	}}}
}

// noShortLived: the kernel counts forks of the whole machine.
func noShortLived(x *examination) Finding {
	return Finding{Status: Absent, Why: "the kernel counts the forks of the whole machine, of which this sees a part"}
}

// noNames: without /etc/passwd, users are shown by their numbers.
func noNames(x *examination, _ *tally) (Finding, bool) {
	path := x.etc("passwd")
	if f, ok := x.closed(path); ok {
		return f, true
	}
	return Finding{Status: Absent, Why: "there is none, so users are shown by their numbers"}, !exists(path)
}

// deniedProcesses is for a hidepid that shows names and no numbers.
func deniedProcesses(x *examination, t *tally) (Finding, bool) {
	p := x.snapshot.Processes.Value
	switch {
	case p.Unreadable > 0:
		return Finding{Status: Failing, Affected: p.Unreadable, Total: p.Total, Why: countOf(p.Unreadable, p.Total) + " are not what a kernel writes",
			Mends: []Mend{{Kind: "note", Text: "what gives this /proc is not Linux as this program knows it"}}}, true
	case p.Hidden:
		f, _ := hiddenProcesses(x, t)
		f.Affected, f.Total = p.Denied, p.Total
		return f, true
	}
	return Finding{}, false
}
