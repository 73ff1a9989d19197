package collector

import "strings"

// cgroupKind is the kind of a control group; "" for one that belongs to what is above
// it, as those that a service or a container makes for itself.
func cgroupKind(path string, above *cgroupNode) string {
	if path == "/" {
		return "root"
	}
	part := path[strings.LastIndexByte(path, '/')+1:]
	before := path[:len(path)-len(part)-1]
	before = before[strings.LastIndexByte(before, '/')+1:]
	if podOf(before, part) != "" {
		return "pod"
	}
	around := ""
	if above != nil {
		around = above.member.runtime
	}
	if c := containerOf(before, part, around); c.id != "" {
		if c.runtime == "qemu" {
			return "machine"
		}
		return "container"
	}
	if isUnit(part) {
		return unitKind(part)
	}
	if above == nil || above.entry.Kind == "root" || above.entry.Kind == "slice" || above.entry.Kind == "group" {
		return "group"
	}
	return ""
}

func unitKind(part string) string {
	kind := part[strings.LastIndexByte(part, '.')+1:]
	if kind == "scope" && strings.HasPrefix(part, "session-") {
		return "session"
	}
	return kind
}

func cgroupName(path, kind string, m membership) string {
	switch kind {
	case "root":
		return "/"
	case "container", "machine":
		if isContainerID(m.container) {
			return m.container[:12]
		}
		return m.container
	case "pod":
		return m.pod
	}
	part := path[strings.LastIndexByte(path, '/')+1:]
	if isUnit(part) {
		return unescapeUnit(strings.TrimPrefix(part, "_"))
	}
	return part
}
