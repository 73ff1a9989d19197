package collector

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// mountEntry is one line of mountinfo (proc_pid_mountinfo(5)), unescaped.
type mountEntry struct {
	id, parent   int
	major, minor uint32
	root         string // the part of the file system that is mounted
	mountpoint   string
	options      string // of this mount, comma-separated, still escaped
	fstype       string
	source       string
	superOptions string // of the file system, likewise
}

// parseMountinfo reads the lines of mountinfo. There is no machine without a
// mount, so an empty text is an error.
func parseMountinfo(text string) ([]mountEntry, error) {
	if text == "" {
		return nil, errors.New("mountinfo is empty")
	}
	entries := make([]mountEntry, 0, strings.Count(text, "\n"))
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			return nil, fmt.Errorf("mountinfo line %d: %w", number, errCutShort)
		}
		entry, err := parseMountLine(line)
		if err != nil {
			return nil, fmt.Errorf("mountinfo line %d: %w", number, err)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// parseMountLine splits at single spaces, because a source may be empty and
// the kernel then writes two in a row. Every space inside a field is escaped.
func parseMountLine(line string) (e mountEntry, err error) {
	fields := strings.Split(line, " ")
	separator := 6
	for separator < len(fields) && fields[separator] != "-" {
		separator++
	}
	if len(fields) < separator+4 {
		return e, fmt.Errorf("%d fields are too few", len(fields))
	}
	id, err1 := strconv.Atoi(fields[0])
	parent, err2 := strconv.Atoi(fields[1])
	major, minor, err3 := parseDeviceNumber(fields[2])
	if err := errors.Join(err1, err2, err3); err != nil {
		return e, err
	}
	last := fields[separator+1:]
	e = mountEntry{
		id: id, parent: parent, major: major, minor: minor,
		root: unescapeMount(fields[3]), mountpoint: unescapeMount(fields[4]), options: fields[5],
		fstype: unescapeMount(last[0]), source: unescapeMount(last[1]), superOptions: last[2],
	}
	if !strings.HasPrefix(e.mountpoint, "/") {
		return e, fmt.Errorf("mount point %q is not absolute", e.mountpoint)
	}
	return e, nil
}

// parseDeviceNumber reads "8:1".
func parseDeviceNumber(s string) (major, minor uint32, err error) {
	m, n, _ := strings.Cut(s, ":")
	first, err1 := strconv.ParseUint(m, 10, 32)
	second, err2 := strconv.ParseUint(n, 10, 32)
	return uint32(first), uint32(second), errors.Join(err1, err2)
}

// unescapeMount undoes the octal escapes of mangle_path in the kernel, such as
// \040 for a space.
func unescapeMount(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if code, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// allOptions are the options of the mount and then those of the file system
// that the mount does not have already.
func (e mountEntry) allOptions() []string {
	all := make([]string, 0, strings.Count(e.options, ",")+strings.Count(e.superOptions, ",")+2)
	seen := make(map[string]bool, cap(all))
	for _, list := range []string{e.options, e.superOptions} {
		for option := range strings.SplitSeq(list, ",") {
			if option != "" && !seen[option] {
				seen[option] = true
				all = append(all, unescapeMount(option))
			}
		}
	}
	return all
}

// hasOption looks for an option in a comma-separated list.
func hasOption(list, option string) bool {
	for o := range strings.SplitSeq(list, ",") {
		if o == option {
			return true
		}
	}
	return false
}
