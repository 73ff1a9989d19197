package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A format writes a number as digits and a unit, which pages align apart. The
// width of the digits is bounded: at most four characters, but for counts
// beyond the last prefix and for what its own comment says.
type format func(float64) (digits, unit string)

// text is the number in words, its unit behind a no-break space.
func (f format) text(number float64) string {
	digits, unit := f(number)
	if unit == "" {
		return digits
	}
	return digits + "\u00a0" + unit
}

// significant writes three significant digits: 1.23, 12.3, 123.
func significant(x float64) string {
	switch {
	case x < 9.995:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 99.95:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// scale divides by base until less than four digits are left, and returns how
// often; most is how often it may.
func scale(x, base float64, most int) (float64, int) {
	n := 0
	for math.Abs(x) >= 999.5 && n < most {
		x /= base
		n++
	}
	return x, n
}

// whole writes a number that has no prefix: no fraction, but a trace of
// something is not nothing.
func whole(x float64) string {
	if 0 < x && x < 0.5 {
		return "<1"
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

var (
	binaryPrefixes  = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	decimalPrefixes = []string{"", "k", "M", "G", "T", "P", "E"}
)

// bytes: 512 B, 1.50 KiB, 12.3 GiB.
func bytes(x float64) (digits, unit string) {
	scaled, n := scale(x, 1024, len(binaryPrefixes)-1)
	if n == 0 {
		return whole(x), "B"
	}
	return significant(scaled), binaryPrefixes[n] + "B"
}

// byteRate: 512 B/s, 1.50 MiB/s.
func byteRate(x float64) (digits, unit string) {
	digits, unit = bytes(x)
	return digits, unit + "/s"
}

// bitRate is nominal, a link speed: 100 Mbit/s, 2.5 Gbit/s.
func bitRate(x float64) (digits, unit string) {
	scaled, n := scale(x, 1000, len(decimalPrefixes)-1)
	return trimmed(significant(scaled)), decimalPrefixes[n] + "bit/s"
}

// hertz: 800 MHz, 2.45 GHz.
func hertz(x float64) (digits, unit string) {
	scaled, n := scale(x, 1000, len(decimalPrefixes)-1)
	return significant(scaled), decimalPrefixes[n] + "Hz"
}

func trimmed(digits string) string {
	if !strings.Contains(digits, ".") {
		return digits
	}
	return strings.TrimRight(strings.TrimRight(digits, "0"), ".")
}

// percent: 0.0, 4.2, 37, 100.
func percent(x float64) (digits, unit string) {
	if x < 9.95 {
		return strconv.FormatFloat(x, 'f', 1, 64), "%"
	}
	return strconv.FormatFloat(x, 'f', 0, 64), "%"
}

// tenths is a percentage with one decimal below 100 and none from there on: of a whole,
// at most four characters.
func tenths(x float64) (digits, unit string) {
	if x >= 99.95 {
		return strconv.FormatFloat(x, 'f', 0, 64), "%"
	}
	return strconv.FormatFloat(x, 'f', 1, 64), "%"
}

// count: 0, 432, 1.23 k.
func count(x float64) (digits, unit string) {
	scaled, n := scale(x, 1000, len(decimalPrefixes)-1)
	if n == 0 {
		return strconv.FormatFloat(x, 'f', 0, 64), ""
	}
	return significant(scaled), decimalPrefixes[n]
}

// frequency is how often per second: 0, 0.4, 432, 1.23 k.
func frequency(x float64) (digits, unit string) {
	switch {
	case x == 0:
		return "0", ""
	case x < 0.05:
		return "<0.1", ""
	case x < 9.95:
		return strconv.FormatFloat(x, 'f', 1, 64), ""
	}
	return count(x)
}

// latency is of seconds: 87 µs, 1.24 ms, 2.50 s. Operations that took no time
// took less than the millisecond in which the kernel counts: <1 ms.
func latency(x float64) (digits, unit string) {
	switch {
	case x == 0:
		return "<1", "ms"
	case x < 999.5e-6:
		return whole(x * 1e6), "µs"
	case x < 999.5e-3:
		return significant(x * 1e3), "ms"
	}
	return significant(x), "s"
}

// fixed is a plain number with two decimals, as load averages are given, and
// from 100 on with fewer: 0.42, 12.34, 147.3, 1128.
func fixed(x float64) (digits, unit string) {
	decimals := 2
	switch {
	case x >= 999.95:
		decimals = 0
	case x >= 99.995:
		decimals = 1
	}
	return strconv.FormatFloat(x, 'f', decimals, 64), ""
}

func seconds(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }

// duration is a span of time in its two largest units: 3 d 4 h, 12 min, 45 s.
func duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%d\u00a0d\u00a0%d\u00a0h", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d\u00a0h\u00a0%d\u00a0min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d\u00a0min", d/time.Minute)
	}
	return fmt.Sprintf("%d\u00a0s", d/time.Second)
}

// period is the length of a tick: 1 s, 250 ms.
func period(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d\u00a0ms", d.Milliseconds())
	}
	return trimmed(strconv.FormatFloat(d.Seconds(), 'f', 1, 64)) + "\u00a0s"
}

// share is a percentage of a length in SVG, with two decimals and within 0 to
// 100.
func share(percent float64) string {
	return strconv.FormatFloat(math.Round(min(100, max(0, percent))*100)/100, 'f', -1, 64) + "%"
}
