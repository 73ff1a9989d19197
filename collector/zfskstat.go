package collector

import (
	"errors"
	"strconv"
	"strings"
)

// Types of what stands in a line of a kstat (KSTAT_DATA_* in sys/kstat.h).
const (
	kstatInt32  = "1"
	kstatUint32 = "2"
	kstatInt64  = "3"
	kstatUint64 = "4"
)

// eachKstat reads a kstat of named numbers: a line about the kstat itself, one
// of titles, then lines of name, type and number. Those of other types are left
// out.
func eachKstat(text string, take func(name, number string)) error {
	if err := wholeLines(text); err != nil {
		return err
	}
	_, rest, _ := strings.Cut(text, "\n")
	titles, rest, _ := strings.Cut(rest, "\n")
	if name, types := cutField(titles); name != "name" || !strings.HasPrefix(strings.TrimLeft(types, " "), "type") {
		return errors.New("no kstat of named numbers")
	}
	for line := range strings.Lines(rest) {
		name, line := cutField(strings.TrimSuffix(line, "\n"))
		kind, line := cutField(line)
		switch kind {
		case kstatInt32, kstatUint32, kstatInt64, kstatUint64:
			number, _ := cutField(line)
			take(name, number)
		}
	}
	return nil
}

// kstatNumber is missing as error for what is no number or below 0.
func kstatNumber(text string) Value {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(number))
}

// objsetColumns are the names of zfsCounters, in their order.
var objsetColumns = [...]string{"reads", "writes", "nread", "nwritten"}

// parseObjset reads POOL/objset-ID. It reports false unless all four counters are
// there.
func parseObjset(text string) (c zfsCounters, ok bool) {
	found := 0
	err := eachKstat(text, func(name, number string) {
		for i, column := range objsetColumns {
			if count, err := strconv.ParseUint(number, 10, 64); err == nil && name == column {
				c[i] = count
				found |= 1 << i
			}
		}
	})
	return c, err == nil && found == 1<<len(objsetColumns)-1
}

// parsePoolIO reads POOL/io: a line about the kstat itself, one of titles and one
// of numbers.
func parsePoolIO(text string) (c zfsCounters, ok bool) {
	lines := strings.Split(text, "\n")
	if wholeLines(text) != nil || len(lines) < 4 {
		return c, false
	}
	titles, numbers := strings.Fields(lines[1]), strings.Fields(lines[2])
	if len(titles) != len(numbers) {
		return c, false
	}
	found := 0
	for i, title := range titles {
		for j, column := range objsetColumns {
			if title != column {
				continue
			}
			count, err := strconv.ParseUint(numbers[i], 10, 64)
			if err != nil {
				return c, false
			}
			c[j] = count
			found |= 1 << j
		}
	}
	return c, found == 1<<len(objsetColumns)-1
}

// isPoolState reports whether text is a word as ZFS has for the state of a pool.
func isPoolState(text string) bool {
	return text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}
