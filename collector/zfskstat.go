package collector

import (
	"bytes"
	"errors"
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
func eachKstat(text []byte, take func(name, number []byte)) error {
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		return errCutShort
	}
	_, rest := cutLine(text)
	titles, rest := cutLine(rest)
	name, titles := nextWord(titles)
	if kind, _ := nextWord(titles); string(name) != "name" || string(kind) != "type" {
		return errors.New("no kstat of named numbers")
	}
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		name, line := nextWord(line)
		kind, line := nextWord(line)
		switch string(kind) {
		case kstatInt32, kstatUint32, kstatInt64, kstatUint64:
			number, _ := nextWord(line)
			take(name, number)
		}
	}
	return nil
}

// kstatNumber is missing as error for what is no number or below 0.
func kstatNumber(text []byte) Value {
	number, ok := parseDecimal(text)
	if !ok {
		return Missing(Failed)
	}
	return Of(float64(number))
}

// objsetColumns are the names of zfsCounters, in their order.
var objsetColumns = [...]string{"reads", "writes", "nread", "nwritten"}

// parseObjset reads POOL/objset-ID. It reports false unless all four counters are
// there.
func parseObjset(text []byte) (c zfsCounters, ok bool) {
	found := 0
	err := eachKstat(text, func(name, number []byte) {
		for i, column := range objsetColumns {
			if string(name) != column {
				continue
			}
			if count, ok := parseDecimal(number); ok {
				c[i] = count
				found |= 1 << i
			}
		}
	})
	return c, err == nil && found == 1<<len(objsetColumns)-1
}

// parsePoolIO reads POOL/io: a line about the kstat itself, one of titles and one
// of numbers.
func parsePoolIO(text []byte) (c zfsCounters, ok bool) {
	lines := bytes.Split(text, []byte{'\n'})
	if !bytes.HasSuffix(text, []byte{'\n'}) || len(lines) < 4 {
		return c, false
	}
	titles, numbers := bytes.Fields(lines[1]), bytes.Fields(lines[2])
	if len(titles) != len(numbers) {
		return c, false
	}
	found := 0
	for i, title := range titles {
		for j, column := range objsetColumns {
			if string(title) != column {
				continue
			}
			count, ok := parseDecimal(numbers[i])
			if !ok {
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
