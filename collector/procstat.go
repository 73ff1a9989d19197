package collector

import (
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
	id    int
	ticks cpuTicks
}

// cpuStat is what /proc/stat says of the processors, the cores by number.
type cpuStat struct {
	total cpuTicks
	cores []coreTicks
}

func (s cpuStat) core(id int) cpuTicks {
	i, found := slices.BinarySearchFunc(s.cores, id, func(c coreTicks, id int) int { return cmp.Compare(c.id, id) })
	if !found {
		return cpuTicks{}
	}
	return s.cores[i].ticks
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
	fields := strings.Fields(line)
	ticks, err := parseCPUTicks(fields[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", fields[0], err)
	}
	if fields[0] == "cpu" {
		s.total = ticks
		return nil
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(fields[0], "cpu"), 10, 31)
	if err != nil {
		return fmt.Errorf("core number: %w", err)
	}
	if n := len(s.cores); n > 0 && s.cores[n-1].id >= int(id) {
		return fmt.Errorf("cpu%d after cpu%d", id, s.cores[n-1].id)
	}
	s.cores = append(s.cores, coreTicks{int(id), ticks})
	return nil
}

func (s cpuStat) check() error {
	if s.total.columns == 0 {
		return errors.New("no line for all processors")
	}
	return nil
}

// parseCPUTicks takes seven columns (Linux 2.6) up to the ten that it knows.
func parseCPUTicks(fields []string) (cpuTicks, error) {
	if len(fields) <= softirqColumn {
		return cpuTicks{}, fmt.Errorf("only %d columns", len(fields))
	}
	ticks := cpuTicks{columns: min(len(fields), cpuColumns)}
	for i := range ticks.columns {
		count, err := strconv.ParseUint(fields[i], 10, 64)
		if err != nil {
			return cpuTicks{}, err
		}
		ticks.counts[i] = count
	}
	return ticks, nil
}

// parseStatLine returns the number on the line of /proc/stat that has this name.
func parseStatLine(text, name string) (uint64, error) {
	if err := wholeLines(text); err != nil {
		return 0, err
	}
	line, found := lineAfter(text, name+" ")
	if !found {
		return 0, fmt.Errorf("no line %s", name)
	}
	number, err := strconv.ParseUint(line, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return number, nil
}
