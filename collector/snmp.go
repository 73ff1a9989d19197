package collector

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
)

// numberTable holds the numbers of files of /proc/net in their order, under names
// of a group and a key, as Tcp and InSegs. Names are made when the files change
// their lines, which they do with another kernel or module, and looked up then.
// A reading of the same lines allocates nothing.
type numberTable struct {
	names   []numberName
	numbers []int64
	changed bool // the names, since the last reset
}

type numberName struct{ group, key, name string }

func (t *numberTable) reset() {
	t.numbers, t.changed = t.numbers[:0], false
}

// put adds a number.
func (t *numberTable) put(group, key []byte, number int64) {
	at := len(t.numbers)
	t.numbers = append(t.numbers, number)
	if at < len(t.names) && t.names[at].group == string(group) && t.names[at].key == string(key) {
		return
	}
	t.names = append(t.names[:at], numberName{string(group), string(key), string(group) + "_" + string(key)})
	t.changed = true
}

// settle forgets the names that had no number since the last reset.
func (t *numberTable) settle() {
	if len(t.names) > len(t.numbers) {
		t.names, t.changed = t.names[:len(t.numbers)], true
	}
}

// find is the place of a name, -1 if it has none.
func (t *numberTable) find(name string) int {
	return slices.IndexFunc(t.names, func(n numberName) bool { return n.name == name })
}

// parse adds the numbers of a file, or none of them with an error.
func (t *numberTable) parse(text []byte, format func(*numberTable, []byte) error) error {
	if !bytes.HasSuffix(text, []byte("\n")) {
		return errCutShort
	}
	before := len(t.numbers)
	if err := format(t, text); err != nil {
		t.numbers = t.numbers[:before]
		return err
	}
	return nil
}

// parseColumnPairs reads /proc/net/snmp and netstat: of each group a line of
// keys and a line of numbers, both after the name of the group.
func parseColumnPairs(t *numberTable, text []byte) error {
	for len(text) > 0 {
		var header, line []byte
		header, text, _ = bytes.Cut(text, []byte("\n"))
		line, text, _ = bytes.Cut(text, []byte("\n"))
		group, keys, named := bytes.Cut(header, []byte(":"))
		same, numbers, alsoNamed := bytes.Cut(line, []byte(":"))
		if !named || !alsoNamed || !bytes.Equal(group, same) {
			return fmt.Errorf("%.20q and %.20q are no pair of lines", header, line)
		}
		if err := t.putColumns(group, keys, numbers); err != nil {
			return err
		}
	}
	return nil
}

func (t *numberTable) putColumns(group, keys, numbers []byte) error {
	for {
		var key, number []byte
		key, keys = cutColumn(keys)
		number, numbers = cutColumn(numbers)
		if len(key) == 0 && len(number) == 0 {
			return nil
		}
		n, err := parseSigned(number)
		if err != nil || len(key) == 0 {
			return fmt.Errorf("%.20q: column %.40q: %.20q is no number", group, key, number)
		}
		t.put(group, key, n)
	}
}

// parseLabelledLines reads /proc/net/sockstat: lines as "TCP: inuse 5 orphan 0".
func parseLabelledLines(t *numberTable, text []byte) error {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		group, rest, named := bytes.Cut(line, []byte(":"))
		if !named {
			return fmt.Errorf("%.20q has no label", line)
		}
		for {
			var key, number []byte
			if key, rest = cutColumn(rest); len(key) == 0 {
				break
			}
			number, rest = cutColumn(rest)
			n, err := parseSigned(number)
			if err != nil {
				return fmt.Errorf("%.20q: %.40q: %.20q is no number", group, key, number)
			}
			t.put(group, key, n)
		}
	}
	return nil
}

// parseNamedLines reads /proc/net/snmp6: lines as "Ip6InOctets 128", of which the
// group is what ends in the first 6.
func parseNamedLines(t *numberTable, text []byte) error {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		name, rest := cutColumn(line)
		number, rest := cutColumn(rest)
		n, err := parseSigned(number)
		if excess, _ := cutColumn(rest); err != nil || len(excess) > 0 {
			return fmt.Errorf("%.40q is no name with a number", line)
		}
		version := bytes.IndexByte(name, '6') + 1
		t.put(name[:version], name[version:], n)
	}
	return nil
}

// cutColumn is [cutField] for bytes.
func cutColumn(line []byte) (column, rest []byte) {
	start := 0
	for start < len(line) && (line[start] == ' ' || line[start] == '\t') {
		start++
	}
	end := start
	for end < len(line) && line[end] != ' ' && line[end] != '\t' {
		end++
	}
	return line[start:end], line[end:]
}

var errNoNumber = errors.New("no number")

// parseSigned reads a number as the kernel prints a long. Of an unsigned long it
// takes all, though those over the largest int64 become negative: a sum over
// processors of which one was read before and one after a socket has moved from
// the former to the latter is -1, printed as 2⁶⁴-1.
func parseSigned(text []byte) (int64, error) {
	digits, negative := bytes.CutPrefix(text, []byte("-"))
	if len(digits) == 0 {
		return 0, errNoNumber
	}
	var n uint64
	for _, c := range digits {
		digit := uint64(c - '0')
		if digit > 9 || n > (math.MaxUint64-digit)/10 {
			return 0, errNoNumber
		}
		n = n*10 + digit
	}
	if !negative {
		return int64(n), nil
	}
	if n > -math.MinInt64 {
		return 0, errNoNumber
	}
	return -int64(n), nil
}
