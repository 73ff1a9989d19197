package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseStart gives back the pages of the program that were needed to start it
// alone: settings, commands, templates and tables of libraries, more than half of
// what is mapped by then. The kernel would take them back when memory runs short;
// until then they would count as used. Whatever is needed again comes back from
// the file. It is best effort, so that nothing depends on it.
func releaseStart() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if begin, length, ok := unwritten(lines.Text(), program); ok {
			unix.Syscall(unix.SYS_MADVISE, begin, length, unix.MADV_DONTNEED)
		}
	}
}

// unwritten is the place of a mapping of the program that cannot be written to,
// from a line of proc_pid_maps(5).
func unwritten(line, program string) (begin, length uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || strings.Contains(fields[1], "w") || strings.Join(fields[5:], " ") != program {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	first, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return 0, 0, false
	}
	last, err := strconv.ParseUint(to, 16, 64)
	if err != nil || last <= first {
		return 0, 0, false
	}
	return uintptr(first), uintptr(last - first), true
}
