package collector

import (
	"math"
	"strconv"
)

// Status says what stands behind a number or a section.
type Status uint8

const (
	// Unsupported: the source does not exist on this machine. It is the zero
	// value, so a number that nobody filled in reads as missing, not as 0.
	Unsupported Status = iota
	// OK: read at this tick.
	OK
	// NoBaseline: a rate needs two readings of a counter that did not go
	// backwards between them, and a share two between which something was counted.
	NoBaseline
	// Stale: the source has not answered since; the number is an earlier one.
	Stale
	// Denied: the source exists, and this process may not read it.
	Denied
	// Failed: the source answered with something else than a reading.
	Failed
	// Idle: an average over events of which there were none in this tick.
	Idle
)

var statusNames = [...]string{
	Unsupported: "unsupported",
	OK:          "ok",
	NoBaseline:  "no_baseline",
	Stale:       "stale",
	Denied:      "denied",
	Failed:      "error",
	Idle:        "idle",
}

// String returns the name that the JSON interface uses.
func (s Status) String() string { return statusNames[s] }

// MarshalText gives the name that the JSON interface uses.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Value is a number that may be missing. The zero Value is missing, as
// [Unsupported]. In JSON a missing Value is null.
//
// It is as large as the number alone, because snapshots hold hundreds and
// hundreds of snapshots are kept: a missing one is a NaN with its status in it.
type Value struct {
	bits uint64 // of the number or the NaN, less missingBits, so that zero is missing
}

// missingBits are those of a quiet NaN whose payload, a [Status], is Unsupported.
const missingBits = 0x7ff8 << 48

// Of returns a present Value. NaN and infinities are no numbers that a machine
// can have, so they give a missing Value of status [Failed].
func Of(number float64) Value {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return Missing(Failed)
	}
	return Value{math.Float64bits(number) ^ missingBits}
}

// Missing returns a Value without a number and the reason for that.
func Missing(why Status) Value { return Value{uint64(why)} }

// number is a NaN when there is none.
func (v Value) number() float64 { return math.Float64frombits(v.bits ^ missingBits) }

// Get returns the number, and whether there is one.
func (v Value) Get() (float64, bool) {
	number := v.number()
	if math.IsNaN(number) {
		return 0, false
	}
	return number, true
}

// Status is [OK] for a present number, and otherwise says why there is none.
func (v Value) Status() Status {
	if math.IsNaN(v.number()) {
		return Status(v.bits)
	}
	return OK
}

// MarshalJSON writes null for a missing number, and a present one to three
// decimals, or nine below 1: seconds may be nanoseconds.
func (v Value) MarshalJSON() ([]byte, error) {
	number, ok := v.Get()
	if !ok {
		return []byte("null"), nil
	}
	precision := 1e3
	if math.Abs(number) < 1 {
		precision = 1e9
	}
	rounded := math.Round(number*precision) / precision
	if math.IsInf(rounded, 0) || number == math.Trunc(number) {
		rounded = number
	}
	return strconv.AppendFloat(nil, rounded, 'f', -1, 64), nil
}
