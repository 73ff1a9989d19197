package views

import (
	"strings"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// noFindings is what is said of a snapshot without findings: that nothing is
// short, unless what is mostly short could not be looked at.
func noFindings(s *collector.Snapshot) string {
	unknown := findings.Unknown(s)
	if len(unknown) == 0 {
		return "nothing is short"
	}
	return "not known: " + strings.Join(unknown, ", ")
}

// panelOf is the panel that shows a section: its own, or the one that it is a
// part of.
func panelOf(section string) string {
	switch section {
	case "load":
		return "cpu"
	case "swap":
		return "memory"
	case "connections":
		return "sockets"
	case "zfs":
		return "raid"
	case "clock":
		return "kernel"
	}
	return section
}
