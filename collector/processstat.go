package collector

import (
	"bytes"
	"math"
	"time"
)

// processStat is what /proc/PID/stat says, see proc_pid_stat(5).
type processStat struct {
	comm  []byte // within the text that was parsed
	state byte
	flags uint64

	parent    int32
	threads   int32
	nice      int32
	priority  int32
	processor int32 // -1 where it is not told

	minorFaults uint64 // of its threads
	childFaults uint64 // minor ones of children that it has waited for
	majorFaults uint64
	cpu         uint64 // utime + stime, in ticks
	children    uint64 // cutime + cstime, in ticks
	start       uint64 // in ticks after boot
	virtual     uint64 // bytes
	resident    uint64 // pages
	code        uint64 // where the program lies in memory; 0 or 1 where that is not told
}

// Fields of /proc/PID/stat, from 1.
const (
	parentField    = 4
	flagsField     = 9
	minfltField    = 10
	cminfltField   = 11
	majfltField    = 12
	utimeField     = 14
	stimeField     = 15
	cutimeField    = 16
	cstimeField    = 17
	priorityField  = 18
	niceField      = 19
	threadsField   = 20
	startField     = 22
	vsizeField     = 23
	rssField       = 24
	codeField      = 26
	processorField = 39
)

const (
	kernelThreadFlag = 0x00200000 // PF_KTHREAD
	// maxTicks and maxPages are those whose nanoseconds and bytes can be counted.
	maxTicks = math.MaxInt64 / 4 / int64(tickLength)
	maxPages = 1 << 44
)

const tickLength = time.Second / userHZ

// isReleased: it was waited for, and the kernel has taken it apart.
func (s *processStat) isReleased() bool { return s.threads == 0 && s.parent == 0 }

func (s *processStat) isKernel() bool { return s.flags&kernelThreadFlag != 0 }

// parseProcessStat reads the one line of the file. It reports false for what no
// kernel writes, which includes a line that is cut short, and the line of another
// process than pid. What it returns points into text.
func parseProcessStat(text []byte, pid int32) (s processStat, ok bool) {
	// A name may hold anything, brackets, spaces and line ends included.
	begin, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if begin < 2 || end < begin || text[begin-1] != ' ' || text[len(text)-1] != '\n' || len(text) < end+4 {
		return s, false
	}
	if number, ok := parseInteger(text[:begin-1]); !ok || number.value != uint64(pid) || number.negative {
		return s, false
	}
	s.comm, s.state = text[begin+1:end], text[end+2]
	if text[end+1] != ' ' || text[end+3] != ' ' || !isProcessState(s.state) {
		return s, false
	}
	var fields [processorField + 1]integer
	last := splitIntegers(text[end+4:len(text)-1], parentField, fields[:])
	if last < rssField {
		return s, false
	}
	return s, s.take(&fields, last)
}

func isProcessState(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// integer is a number with its sign, as 64 bits of either kind are found here.
type integer struct {
	value    uint64
	negative bool
}

// splitIntegers reads the numbers of a line into fields, from the field first on,
// and returns the last one that it read: 0 where something is no number.
func splitIntegers(line []byte, first int, fields []integer) (last int) {
	for last = first - 1; len(line) > 0 && last+1 < len(fields); last++ {
		number, size := leadingInteger(line)
		if size == 0 || size < len(line) && line[size] != ' ' {
			return 0
		}
		fields[last+1] = number
		line = line[min(size+1, len(line)):]
	}
	return last
}

// parseInteger reads a text that is a number and nothing else.
func parseInteger(text []byte) (n integer, ok bool) {
	n, size := leadingInteger(text)
	return n, size > 0 && size == len(text)
}

// leadingInteger reads the number that text begins with, and returns how many
// bytes that takes: 0 for none, and for one that is too great.
func leadingInteger(text []byte) (n integer, size int) {
	if len(text) > 0 && text[0] == '-' {
		n.negative = true
		size = 1
	}
	digits := size
	for ; size < len(text); size++ {
		digit := uint64(text[size] - '0')
		if digit > 9 {
			break
		}
		if n.value > math.MaxUint64/10-1 && n.value > (math.MaxUint64-digit)/10 {
			return integer{}, 0
		}
		n.value = n.value*10 + digit
	}
	if size == digits {
		return integer{}, 0
	}
	return n, size
}

// within reports whether n is from 0 to limit.
func (n integer) within(limit uint64) bool { return !n.negative && n.value <= limit }

// orZero is for what the kernel prints with a sign and counts without one.
func (n integer) orZero() uint64 {
	if n.negative {
		return 0
	}
	return n.value
}

func (n integer) signed() int32 {
	v := int32(min(n.value, math.MaxInt32))
	if n.negative {
		return -v
	}
	return v
}

func (s *processStat) take(fields *[processorField + 1]integer, last int) bool {
	utime, stime := fields[utimeField], fields[stimeField]
	cutime, cstime := fields[cutimeField].orZero(), fields[cstimeField].orZero()
	pages := fields[rssField].orZero()
	switch {
	case !fields[parentField].within(maxProcessID), !fields[threadsField].within(maxProcessID),
		!fields[flagsField].within(math.MaxUint64), !fields[majfltField].within(math.MaxUint64),
		!fields[startField].within(uint64(maxTicks)), !fields[vsizeField].within(math.MaxUint64),
		!utime.within(uint64(maxTicks)), !stime.within(uint64(maxTicks)),
		cutime > uint64(maxTicks), cstime > uint64(maxTicks), pages > maxPages:
		return false
	}
	s.parent, s.threads = fields[parentField].signed(), fields[threadsField].signed()
	s.flags, s.majorFaults = fields[flagsField].value, fields[majfltField].value
	s.minorFaults, s.childFaults = fields[minfltField].orZero(), fields[cminfltField].orZero()
	s.cpu, s.children = utime.value+stime.value, cutime+cstime
	s.priority, s.nice = fields[priorityField].signed(), fields[niceField].signed()
	s.start, s.virtual, s.resident = fields[startField].value, fields[vsizeField].value, pages
	s.code = fields[codeField].orZero()
	s.processor = -1
	if last >= processorField {
		s.processor = fields[processorField].signed()
	}
	return true
}
