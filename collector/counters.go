package collector

import (
	"bytes"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"time"
)

// Counters are the numbers of a file that has one a line, by name and in the
// order of the file. The zero Counters has none. It is immutable. Those of one
// file share their names for as long as its lines stay the same.
type Counters struct {
	names   []string
	numbers []uint64
}

// NewCounters returns counters of these names, with the number at the same place
// for each. It keeps both slices.
func NewCounters(names []string, numbers []uint64) Counters { return Counters{names, numbers} }

// noNumber stands for what is no number from 0 up. A kernel that prints it means
// a count that has gone below 0.
const noNumber = math.MaxUint64

// All yields the names that have a number, in the order of the file.
func (c Counters) All() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for i, name := range c.names {
			if c.numbers[i] != noNumber && !yield(name, float64(c.numbers[i])) {
				return
			}
		}
	}
}

// Get returns the number of this name, and whether there is one.
func (c Counters) Get(name string) (float64, bool) {
	if i := slices.Index(c.names, name); i >= 0 && c.numbers[i] != noNumber {
		return float64(c.numbers[i]), true
	}
	return 0, false
}

// counterLines reads a file whose lines are a name, a number and perhaps "kB".
// It remembers the lines, which are the same at each reading but for the
// numbers, so that a reading makes one slice and no strings.
type counterLines struct {
	// called names a line for Counters; "" leaves it out of them.
	called func(name string, kilobytes bool) string
	// wanted picks more lines, for amounts alone; nil picks none.
	wanted func(name string) bool

	lines []counterLine
	names []string       // what Counters call the lines that are in them
	place map[string]int // of the numbers that are kept, by the name of the line
}

type counterLine struct {
	name      string // as it stands in the file, without a colon
	kilobytes bool
	place     int // of its number among those that are kept, or -1
}

// counterReading is one reading of a file by counterLines.
type counterReading struct {
	Counters
	kept  []uint64 // those of Counters, then those that are only wanted
	place map[string]int
}

// amount is the sum of the lines that have one of these names: unsupported where
// the file has none of them, and failed where one of them has no number.
func (r counterReading) amount(names ...string) amount {
	var sum amount
	for _, name := range names {
		place, found := r.place[name]
		switch {
		case !found:
		case r.kept[place] == noNumber || r.kept[place] > math.MaxUint64-sum.number:
			return amount{status: Failed}
		default:
			sum = amount{sum.number + r.kept[place], OK}
		}
	}
	return sum
}

// parse reads a text of whole lines. What is no number from 0 up, or too large a
// one for 64 bits of bytes, has no number in the reading.
func (l *counterLines) parse(text []byte) (counterReading, error) {
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		return counterReading{}, errCutShort
	}
	kept, fits := l.numbers(text)
	if !fits {
		l.learn(text)
		kept, _ = l.numbers(text)
	}
	return counterReading{Counters{l.names, kept[:len(l.names)]}, kept, l.place}, nil
}

// numbers reports false when the text has other lines than those that are known.
func (l *counterLines) numbers(text []byte) (kept []uint64, fits bool) {
	kept = make([]uint64, len(l.place))
	for _, known := range l.lines {
		var line []byte
		line, text = cutLine(text)
		number, same := known.cut(line)
		if !same {
			return nil, false
		}
		if known.place >= 0 {
			kept[known.place] = parseCounter(number, known.kilobytes)
		}
	}
	return kept, len(text) == 0
}

// cut returns the number of the line if it is this one.
func (l counterLine) cut(line []byte) (number []byte, same bool) {
	end := len(l.name)
	if len(line) < end || string(line[:end]) != l.name || len(line) > end && line[end] != ':' && line[end] != ' ' {
		return nil, false
	}
	number, kilobytes := cutNumber(line[end:])
	return number, kilobytes == l.kilobytes
}

// learn makes everything anew, for earlier Counters hold on to the old names. Of
// lines with the same name, the first counts.
func (l *counterLines) learn(text []byte) {
	l.lines, l.names, l.place = nil, nil, make(map[string]int)
	for len(text) > 0 {
		var line []byte
		line, text = cutLine(text)
		name, kilobytes := cutCounter(line)
		l.lines = append(l.lines, counterLine{string(name), kilobytes, -1})
	}
	taken := map[string]bool{"": true}
	l.keep(func(line counterLine) bool {
		called := l.called(line.name, line.kilobytes)
		if taken[called] {
			return false
		}
		taken[called] = true
		l.names = append(l.names, called)
		return true
	})
	l.keep(func(line counterLine) bool { return l.wanted != nil && l.wanted(line.name) })
}

func (l *counterLines) keep(wanted func(counterLine) bool) {
	for i, line := range l.lines {
		if _, taken := l.place[line.name]; !taken && wanted(line) {
			l.lines[i].place = len(l.place)
			l.place[line.name] = l.lines[i].place
		}
	}
}

func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return line, rest
}

// cutCounter splits "Active(anon):  1572 kB" or "pgfault 402334112".
func cutCounter(line []byte) (name []byte, kilobytes bool) {
	end := bytes.IndexAny(line, ": ")
	if end < 0 {
		return line, false
	}
	_, kilobytes = cutNumber(line[end:])
	return line[:end], kilobytes
}

// cutNumber takes what follows a name. All but a " kB" at the end belongs to the
// number, and may make it none.
func cutNumber(rest []byte) (number []byte, kilobytes bool) {
	for len(rest) > 0 && (rest[0] == ':' || rest[0] == ' ') {
		rest = rest[1:]
	}
	return bytes.CutSuffix(rest, []byte(" kB"))
}

func parseCounter(digits []byte, kilobytes bool) uint64 {
	number, err := strconv.ParseUint(string(digits), 10, 64)
	switch {
	case err != nil:
		return noNumber
	case !kilobytes:
		return number
	case number > math.MaxUint64/1024:
		return noNumber
	}
	return number * 1024
}

// metricName is a name with an underscore for each byte that the names of
// Prometheus may not have.
func metricName(name string) string {
	safe := []byte(name)
	for i, c := range safe {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_') {
			safe[i] = '_'
		}
	}
	return string(safe)
}

// amount is a number that may be missing, like a [Value], but exact.
type amount struct {
	number uint64
	status Status
}

func (a amount) value() Value {
	if a.status != OK {
		return Missing(a.status)
	}
	return Of(float64(a.number))
}

// rateSince is the rate of a counter; elapsed is 0 where there is no reading
// before this one.
func (a amount) rateSince(previous amount, elapsed time.Duration) Value {
	switch {
	case a.status != OK:
		return Missing(a.status)
	case previous.status != OK:
		return Missing(NoBaseline)
	}
	return perSecond(previous.number, a.number, elapsed)
}

// times is the amount in a smaller unit.
func (a amount) times(unit uint64) amount {
	if over, product := bits.Mul64(a.number, unit); over == 0 {
		return amount{product, a.status}
	}
	return amount{status: Failed}
}
