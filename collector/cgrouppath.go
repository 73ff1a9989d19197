package collector

import "strings"

// membership is who the path of a cgroup says that it belongs to.
//
// Where containers are in containers, and units in the systemd of one, the
// innermost of each counts: a process of nginx.service in a Docker container
// within an LXC one is in that Docker container. What looks after a container
// from outside (conmon, lxc.monitor, the supervisor of nspawn) is in none.
type membership struct {
	unit      string // systemd unit or scope, innermost: "nginx.service"; "" outside of one
	slice     string // innermost slice: "system.slice"; "" outside of one
	container string // identifier of the container as its runtime has it, or its name where the path holds that; "" outside of one
	runtime   string // "docker", "podman", "containerd", "cri-o", "lxc", "nspawn", "qemu" (a virtual machine), "kubernetes"; "" where unknown
	pod       string // uid of the Kubernetes pod; "" outside of one
}

// membershipOf sorts out a path as /proc/PID/cgroup has it, from the root of the
// hierarchy: "/system.slice/docker-4f5e….scope". In names of units and machines,
// what systemd escapes stands as it is meant: "a-b" for "a\x2db".
func membershipOf(path string) membership {
	var m, outside membership // of the last directory, and of the one before it
	before := ""
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		inside := m
		if part == "supervisor" && isNspawnUnit(before) {
			m.container, m.runtime = outside.container, outside.runtime
		} else {
			m.enter(before, part)
		}
		before, outside = part, inside
	}
	return m
}

// enter goes one level down, from the directory before.
func (m *membership) enter(before, part string) {
	if isUnit(part) {
		m.enterUnit(part)
	}
	if uid := podOf(before, part); uid != "" {
		m.pod, m.container, m.runtime = uid, "", "kubernetes"
	}
	if c := containerOf(before, part, m.runtime); c.id != "" {
		m.container, m.runtime = c.id, c.runtime
	}
}

func (m *membership) enterUnit(part string) {
	name := unescapeUnit(strings.TrimPrefix(part, "_"))
	if strings.HasSuffix(part, ".slice") {
		m.slice = name
		return
	}
	m.unit = name
}

// unitSuffixes are the types of units that have a cgroup, but for the slice.
var unitSuffixes = []string{".service", ".scope", ".mount", ".socket", ".swap"}

// isUnit reports whether a directory has the name of a unit. Other programs may
// give their cgroups such names as well.
func isUnit(part string) bool {
	if strings.HasSuffix(part, ".slice") {
		return true
	}
	for _, suffix := range unitSuffixes {
		if len(part) > len(suffix) && strings.HasSuffix(part, suffix) {
			return true
		}
	}
	return false
}

// unescapeUnit undoes how systemd writes what may not stand in the name of a
// unit: "\x2d" for "-". What is no such escape stays.
func unescapeUnit(name string) string {
	if !strings.Contains(name, `\x`) {
		return name
	}
	plain := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if c, ok := escapedByte(name[i:]); ok {
			plain = append(plain, c)
			i += len(`\x2d`) - 1
			continue
		}
		plain = append(plain, name[i])
	}
	return string(plain)
}

// escapedByte is the byte that text starts with an escape of; systemd escapes no
// NUL.
func escapedByte(text string) (c byte, ok bool) {
	if len(text) < len(`\x2d`) || text[0] != '\\' || text[1] != 'x' || !isHex(text[2:4]) {
		return 0, false
	}
	c = hexDigit(text[2])<<4 | hexDigit(text[3])
	return c, c != 0
}

func hexDigit(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// isHex reports whether text is of hexadecimal digits, and of one at least.
func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return text != ""
}
