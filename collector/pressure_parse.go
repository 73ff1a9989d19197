package collector

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PressureLine is one line of a PSI file: the part of the time for which tasks
// were stalled, as the kernel averages it, and the exact sum since boot (of a
// cgroup: since it was made).
type PressureLine struct {
	Avg10, Avg60, Avg300 float64 // percent, from 0 to 100
	Microseconds         uint64  // stalled in total
}

// pressureText is what a PSI file says. A kernel has no "full" line for the
// processor before 5.13, and never a "some" line for interrupts.
type pressureText struct {
	some, full       PressureLine
	hasSome, hasFull bool
}

// parsePressure reads a file of /proc/pressure or a *.pressure file of a cgroup
// (Documentation/accounting/psi.rst):
//
//	some avg10=0.12 avg60=0.40 avg300=0.21 total=159473
//	full avg10=0.00 avg60=0.00 avg300=0.00 total=0
//
// Lines and keys that it does not know are passed over, for later kernels; a
// text with neither line, or with one that lacks a number, is an error.
func parsePressure(text string) (pressureText, error) {
	var p pressureText
	if err := wholeLines(text); err != nil {
		return p, err
	}
	for line := range strings.Lines(text) {
		kind, rest := cutField(strings.TrimSuffix(line, "\n"))
		var err error
		switch kind {
		case "some":
			p.some, err = parsePressureLine(rest)
			p.hasSome = true
		case "full":
			p.full, err = parsePressureLine(rest)
			p.hasFull = true
		}
		if err != nil {
			return pressureText{}, fmt.Errorf("%s: %w", kind, err)
		}
	}
	if !p.hasSome && !p.hasFull {
		return p, errors.New("neither some nor full")
	}
	return p, nil
}

func parsePressureLine(text string) (line PressureLine, err error) {
	const avg10, avg60, avg300, total = 1, 2, 4, 8
	found := 0
	for field, rest := cutField(text); field != ""; field, rest = cutField(rest) {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "avg10":
			line.Avg10, err = parsePressureAverage(value)
			found |= avg10
		case "avg60":
			line.Avg60, err = parsePressureAverage(value)
			found |= avg60
		case "avg300":
			line.Avg300, err = parsePressureAverage(value)
			found |= avg300
		case "total":
			line.Microseconds, err = strconv.ParseUint(value, 10, 64)
			found |= total
		}
		if err != nil {
			return PressureLine{}, fmt.Errorf("%s: %w", key, err)
		}
	}
	if found != avg10|avg60|avg300|total {
		return PressureLine{}, errors.New("not all of avg10, avg60, avg300 and total")
	}
	return line, nil
}

// parsePressureAverage takes a percentage, which the kernel's fixed-point
// arithmetic may bring a little above 100.
func parsePressureAverage(text string) (float64, error) {
	percent, err := parseFinite(text)
	return min(100, percent), err
}
