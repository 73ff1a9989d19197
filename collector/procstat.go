package collector

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Columns of a cpu line in /proc/stat.
const (
	userColumn = iota
	niceColumn
	systemColumn
	idleColumn
	iowaitColumn
	irqColumn
	softirqColumn
	stealColumn
	guestColumn
	guestNiceColumn
	cpuColumns
)

// userHZ is the unit of /proc/stat, which is the same in the kernel's interface
// on every architecture that tacho is built for, whatever its HZ.
const userHZ = 100

// cpuTicks are the counters of one cpu line, in 1/userHZ seconds. No columns
// means that the line was not there.
type cpuTicks struct {
	counts  [cpuColumns]uint64
	columns int
}

type coreTicks struct {
	id int
	cpuLine
}

// cpuLine is what one cpu line says, and what is told of it.
type cpuLine struct {
	ticks cpuTicks
	told  cpuTicks // ticks that do not decrease, see cpuTicks.afterTelling
}

// cpuStat is what /proc/stat says of the processors, the cores by number.
type cpuStat struct {
	total cpuLine
	cores []coreTicks
}

// core returns the line of a core, or one without columns.
func (s cpuStat) core(id int) cpuLine {
	i, found := slices.BinarySearchFunc(s.cores, id, func(c coreTicks, id int) int { return cmp.Compare(c.id, id) })
	if !found {
		return cpuLine{}
	}
	return s.cores[i].cpuLine
}

func (s cpuStat) hasCoresOf(other cpuStat) bool {
	return slices.EqualFunc(s.cores, other.cores, func(a, b coreTicks) bool { return a.id == b.id })
}

// cpuPart cuts the text of /proc/stat after the name of the line that follows the
// cpu lines: it may be far longer than they are, and nobody needs a copy of it.
func cpuPart(text []byte) []byte {
	const next = "\nintr"
	if i := bytes.Index(text, []byte(next)); i >= 0 {
		return text[:i+len(next)]
	}
	return text
}

// parseStat reads the cpu lines, which come first in /proc/stat. A text that
// ends within them was cut off.
func parseStat(text string) (cpuStat, error) {
	var stat cpuStat
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "cpu") {
			return stat, stat.check()
		}
		if err := stat.add(line); err != nil {
			return cpuStat{}, err
		}
	}
	return cpuStat{}, errCutShort
}

func (s *cpuStat) add(line string) error {
	name, rest := cutField(strings.TrimSuffix(line, "\n"))
	ticks, err := parseCPUTicks(rest)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if name == "cpu" {
		s.total.ticks = ticks
		return nil
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(name, "cpu"), 10, 31)
	if err != nil {
		return fmt.Errorf("core number: %w", err)
	}
	if n := len(s.cores); n > 0 && s.cores[n-1].id >= int(id) {
		return fmt.Errorf("cpu%d after cpu%d", id, s.cores[n-1].id)
	}
	s.cores = append(s.cores, coreTicks{int(id), cpuLine{ticks: ticks}})
	return nil
}

func (s cpuStat) check() error {
	if s.total.ticks.columns == 0 {
		return errors.New("no line for all processors")
	}
	return nil
}

// parseCPUTicks takes seven columns (Linux 2.6) up to the ten that it knows.
func parseCPUTicks(text string) (ticks cpuTicks, err error) {
	if ticks.columns, err = parseColumns(text, ticks.counts[:]); err != nil {
		return cpuTicks{}, err
	}
	if ticks.columns <= softirqColumn {
		return cpuTicks{}, fmt.Errorf("only %d columns", ticks.columns)
	}
	return ticks, nil
}

// errNoLine: a file lacks a line.
var errNoLine = errors.New("no line")

// statParts are the lines of /proc/stat: those before the interrupts, which has a
// line for each processor; that of the interrupts, a number for each of which there
// may be thousands; and the others. So none of these is looked for among all.
type statParts struct{ processors, interrupts, others []byte }

// splitStat splits a text that has no line of interrupts into no others.
func splitStat(text []byte) statParts {
	begin := 0
	if !bytes.HasPrefix(text, []byte("intr ")) {
		begin = bytes.Index(text, []byte("\nintr ")) + 1
		if begin == 0 {
			return statParts{processors: text}
		}
	}
	end := len(text)
	if length := bytes.IndexByte(text[begin:], '\n'); length >= 0 {
		end = begin + length + 1
	}
	return statParts{text[:begin], text[begin:end], text[end:]}
}

// number returns the first number on the line that has this name.
func (p statParts) number(name string) (uint64, error) {
	for _, part := range [...][]byte{p.others, p.interrupts, p.processors} {
		for line := range bytes.Lines(part) {
			rest, found := bytes.CutPrefix(line, []byte(name))
			if !found || len(rest) == 0 || rest[0] != ' ' {
				continue
			}
			field, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte{' '})
			number, err := strconv.ParseUint(string(field), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			return number, nil
		}
	}
	return 0, fmt.Errorf("%w %s", errNoLine, name)
}

// parseStatLine returns the first number on the line of /proc/stat that has this
// name.
func parseStatLine(text []byte, name string) (uint64, error) {
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		return 0, errCutShort
	}
	return splitStat(text).number(name)
}
