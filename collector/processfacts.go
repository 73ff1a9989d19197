package collector

import (
	"bytes"
	"time"
)

// parseProcessStatus reads the effective user and the swapped memory out of
// /proc/PID/status. The owner of the directory would be root for each process
// that may not be dumped. Threads of the kernel, and zombies, have no line VmSwap.
func parseProcessStatus(text []byte) (uid, swap Value) {
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return Missing(Failed), Missing(Failed)
	}
	uid, swap = Missing(Failed), Missing(Unsupported)
	_, rest := nextWord(valueOfLine(text, "Uid:")) // the real one
	effective, _ := nextWord(rest)
	if n, ok := parseInteger(effective); ok && n.within(1<<32-1) {
		uid = Of(float64(n.value))
	}
	if line := valueOfLine(text, "VmSwap:"); line != nil {
		swap = Missing(Failed)
		amount, unit := nextWord(line)
		if n, ok := parseInteger(amount); ok && n.within(1<<43) && string(bytes.TrimSpace(unit)) == "kB" {
			swap = Of(float64(n.value << 10))
		}
	}
	return uid, swap
}

// countIDs is in how many PID namespaces a process has a number, from that of
// this /proc inwards; 0 where the kernel (before 4.1) does not tell.
func countIDs(status []byte) (n int) {
	for word, rest := nextWord(valueOfLine(status, "NSpid:")); len(word) > 0; word, rest = nextWord(rest) {
		n++
	}
	return n
}

// valueOfLine returns what follows name on the line that starts with it; nil
// without such a line.
func valueOfLine(text []byte, name string) []byte {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		if len(line) >= len(name) && string(line[:len(name)]) == name {
			return line[len(name):]
		}
		text = rest
	}
	return nil
}

// nextWord splits off the first word of a line whose words stand apart by spaces
// and tabs.
func nextWord(line []byte) (word, rest []byte) {
	for len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	end := bytes.IndexAny(line, " \t")
	if end < 0 {
		end = len(line)
	}
	return line[:end], line[end:]
}

// parseProcessCgroup returns the path in /proc/PID/cgroup that says most of where
// the process belongs: that of the unified hierarchy, or that of systemd, or
// another, whichever comes first that is not the root. It is empty for a kernel
// without control groups.
func parseProcessCgroup(text []byte) []byte {
	var best []byte
	for rank := -1; len(text) > 0; {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		text = rest
		_, line, numbered := bytes.Cut(line, []byte{':'})
		controllers, path, controlled := bytes.Cut(line, []byte{':'})
		if !whole || !numbered || !controlled || len(path) == 0 {
			continue
		}
		if r := cgroupRank(controllers, path); r > rank {
			best, rank = path, r
		}
	}
	return bytes.TrimSuffix(best, []byte(" (deleted)"))
}

func cgroupRank(controllers, path []byte) int {
	switch {
	case len(path) == 1:
		return 0
	case len(controllers) == 0:
		return 3
	case string(controllers) == "name=systemd":
		return 2
	}
	return 1
}

// processIO are the counters of /proc/PID/io that count what storage moves.
type processIO struct{ read, written, cancelled uint64 }

func parseProcessIO(text []byte) (io processIO, ok bool) {
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return io, false
	}
	lines := [...]struct {
		name string
		into *uint64
	}{{"read_bytes:", &io.read}, {"write_bytes:", &io.written}, {"cancelled_write_bytes:", &io.cancelled}}
	for _, line := range lines {
		word, rest := nextWord(valueOfLine(text, line.name))
		n, isNumber := parseInteger(word)
		if !isNumber || n.negative || len(rest) > 0 {
			return processIO{}, false
		}
		*line.into = n.value
	}
	return io, true
}

// since is what was read and written after previous, of which nothing may be more.
func (io processIO) since(previous processIO) processIO {
	return processIO{io.read - previous.read, io.written - previous.written, io.cancelled - previous.cancelled}
}

// rates are what was read and written per second after previous.
func (io processIO) rates(previous processIO, elapsed time.Duration) (read, written Value) {
	return perSecond(previous.read, io.read, elapsed), perSecond(previous.written, io.written, elapsed)
}
