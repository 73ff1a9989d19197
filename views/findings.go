package views

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
