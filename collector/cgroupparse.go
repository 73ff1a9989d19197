package collector

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// parseDecimal reads an unsigned number. It takes bytes, as it is called for each
// number of each file of each control group.
func parseDecimal(text []byte) (n uint64, ok bool) {
	for _, c := range text {
		digit := uint64(c - '0')
		if !isDigit(c) || n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, len(text) > 0
}

// parseKeyed reads a file whose lines are a key and a number, as cpu.stat, memory.stat
// and memory.events are, and puts the numbers of keys into values, at the same
// places; "" is the key of none. The keys that are there are bits of found. A file with none of them is an
// error, and so is one that ends within a line.
func parseKeyed(text []byte, keys []string, values []uint64) (found uint32, err error) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		return 0, errCutShort
	}
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		key, number, _ := bytes.Cut(line, []byte(" "))
		for i, wanted := range keys {
			if string(key) != wanted || wanted == "" {
				continue
			}
			value, ok := parseDecimal(number)
			if !ok {
				return 0, fmt.Errorf("%s: %q is no number", wanted, number)
			}
			values[i] = value
			found |= 1 << i
		}
	}
	if found == 0 {
		return 0, errors.New("no line that is known")
	}
	return found, nil
}

// noCgroupLimit stands for no limit: "max", and in version 1 the greatest number of
// whole pages, which is 2^63 less one page of whatever size.
const noCgroupLimit = math.MaxUint64

// parseCgroupNumber reads a file of one number, or of "max".
func parseCgroupNumber(text []byte) (uint64, error) {
	word, whole := bytes.CutSuffix(text, []byte("\n"))
	if !whole {
		return 0, errCutShort
	}
	if string(word) == "max" {
		return noCgroupLimit, nil
	}
	n, ok := parseDecimal(word)
	if !ok {
		return 0, fmt.Errorf("%.40q is no number", word)
	}
	return n, nil
}

// parseCPUMax reads cpu.max, "QUOTA PERIOD" in microseconds, as cores; none where
// there is no limit.
func parseCPUMax(text []byte) (Value, error) {
	line, whole := bytes.CutSuffix(text, []byte("\n"))
	if !whole {
		return Value{}, errCutShort
	}
	quota, period, _ := bytes.Cut(line, []byte(" "))
	if string(quota) == "max" {
		return Missing(Unsupported), nil
	}
	q, hasQuota := parseDecimal(quota)
	p, hasPeriod := parseDecimal(period)
	if !hasQuota || !hasPeriod || p == 0 {
		return Value{}, fmt.Errorf("%.40q is no limit", line)
	}
	return Of(float64(q) / float64(p)), nil
}

// deviceIO is what was moved from and to one block device.
type deviceIO struct {
	major, minor uint32
	ioCounters
}

// Numbers of ioCounters.
const (
	ioRead    = iota // bytes
	ioWritten        // bytes
	ioReads
	ioWrites
	ioNumbers
)

type ioCounters [ioNumbers]uint64

// parseIOStat adds the devices of io.stat to all: "8:0 rbytes=4096 wbytes=0 rios=1 …".
// Some kernels leave out the end of the line of a device that has moved nothing, so
// a device goes until the next one.
func parseIOStat(text []byte, all []deviceIO) ([]deviceIO, error) {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return all, errCutShort
	}
	known := false
	for field := range bytes.FieldsSeq(text) {
		key, number, isPair := bytes.Cut(field, []byte("="))
		if !isPair {
			var d deviceIO
			if d.major, d.minor, known = parseIODevice(field); known {
				all = append(all, d)
			}
			continue
		}
		if !known {
			continue
		}
		into := all[len(all)-1].field(key)
		if into == nil {
			continue
		}
		var ok bool
		if *into, ok = parseDecimal(number); !ok {
			return all, fmt.Errorf("%s: %.40q is no number", key, number)
		}
	}
	return all, nil
}

func (d *ioCounters) field(key []byte) *uint64 {
	switch string(key) {
	case "rbytes":
		return &d[ioRead]
	case "wbytes":
		return &d[ioWritten]
	case "rios":
		return &d[ioReads]
	case "wios":
		return &d[ioWrites]
	}
	return nil
}

func parseIODevice(text []byte) (major, minor uint32, ok bool) {
	first, second, _ := bytes.Cut(text, []byte(":"))
	a, hasMajor := parseDecimal(first)
	b, hasMinor := parseDecimal(second)
	if !hasMajor || !hasMinor || a > math.MaxUint32 || b > math.MaxUint32 {
		return 0, 0, false
	}
	return uint32(a), uint32(b), true
}

// parseBlkio adds what blkio.throttle.io_service_bytes (of bytes) or io_serviced (of
// operations) says to all: lines "8:0 Read 4096", and a last line "Total 4096".
func parseBlkio(text []byte, ofBytes bool, all []deviceIO) ([]deviceIO, error) {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return all, errCutShort
	}
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		device, rest, _ := bytes.Cut(line, []byte(" "))
		operation, number, _ := bytes.Cut(rest, []byte(" "))
		major, minor, ok := parseIODevice(device)
		if !ok || string(operation) != "Read" && string(operation) != "Write" {
			continue
		}
		n, ok := parseDecimal(number)
		if !ok {
			return all, fmt.Errorf("%s: %.40q is no number", device, number)
		}
		var into *deviceIO
		all, into = ioDeviceIn(all, major, minor)
		*into.blkioField(ofBytes, string(operation) == "Read") = n
	}
	return all, nil
}

// ioDeviceIn returns the device of this number in all, adding it where need be.
func ioDeviceIn(all []deviceIO, major, minor uint32) ([]deviceIO, *deviceIO) {
	for i := range all {
		if all[i].major == major && all[i].minor == minor {
			return all, &all[i]
		}
	}
	all = append(all, deviceIO{major: major, minor: minor})
	return all, &all[len(all)-1]
}

func (d *ioCounters) blkioField(ofBytes, isRead bool) *uint64 {
	switch {
	case ofBytes && isRead:
		return &d[ioRead]
	case ofBytes:
		return &d[ioWritten]
	case isRead:
		return &d[ioReads]
	}
	return &d[ioWrites]
}
