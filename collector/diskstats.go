package collector

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// diskstats is one line of /proc/diskstats as the kernel writes it: sectors of
// 512 bytes whatever the device has, and times in milliseconds.
type diskstats struct {
	diskID
	columns int // how many of the fields below the kernel wrote
	reads, readsMerged, readSectors, readTime,
	writes, writesMerged, writeSectors, writeTime,
	inFlight, busyTime, weightedTime,
	discards, discardsMerged, discardSectors, discardTime, // since 4.18
	flushes, flushTime uint64 // since 5.5
}

// diskID is what stays with a device as long as it is the same one.
type diskID struct {
	major, minor uint32
	name         string
}

const (
	partitionColumns = 4 // of a partition, before 2.6.25
	basicColumns     = 11
	discardColumns   = 15
	flushColumns     = 17
)

const sectorSize = 512

// parseDiskstats reads /proc/diskstats. A machine without disks has an empty one.
func parseDiskstats(text string) ([]diskstats, error) {
	all := make([]diskstats, 0, strings.Count(text, "\n"))
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			return nil, fmt.Errorf("diskstats line %d: %w", number, errCutShort)
		}
		d, err := parseDiskLine(line)
		if err != nil {
			return nil, fmt.Errorf("diskstats line %d: %w", number, err)
		}
		all = append(all, d)
	}
	return all, nil
}

func parseDiskLine(line string) (d diskstats, err error) {
	var head [3]string
	for i := range head {
		head[i], line = cutField(line)
	}
	var values [flushColumns]uint64
	n, err := parseColumns(line, values[:])
	if err != nil {
		return d, err
	}
	major, err := strconv.ParseUint(head[0], 10, 32)
	if err != nil {
		return d, err
	}
	minor, err := strconv.ParseUint(head[1], 10, 32)
	if err != nil {
		return d, err
	}
	d.diskID = diskID{uint32(major), uint32(minor), head[2]}
	return d, d.assign(values, n)
}

// parseColumns fills values with the numbers of a line, and skips those that
// are more: later kernels append columns.
func parseColumns(line string, values []uint64) (n int, err error) {
	for field, rest := cutField(line); field != "" && n < len(values); field, rest = cutField(rest) {
		if values[n], err = strconv.ParseUint(field, 10, 64); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (d *diskstats) assign(v [flushColumns]uint64, n int) error {
	switch {
	case n == partitionColumns:
		d.reads, d.readSectors, d.writes, d.writeSectors = v[0], v[1], v[2], v[3]
		d.columns = n
		return nil
	case n < basicColumns:
		return fmt.Errorf("device %q: %d columns are too few", d.name, n)
	case n < discardColumns:
		d.columns = basicColumns
	case n < flushColumns:
		d.columns = discardColumns
	default:
		d.columns = flushColumns
	}
	d.reads, d.readsMerged, d.readSectors, d.readTime = v[0], v[1], v[2], v[3]
	d.writes, d.writesMerged, d.writeSectors, d.writeTime = v[4], v[5], v[6], v[7]
	d.inFlight, d.busyTime, d.weightedTime = v[8], v[9], v[10]
	d.discards, d.discardsMerged, d.discardSectors, d.discardTime = v[11], v[12], v[13], v[14]
	d.flushes, d.flushTime = v[15], v[16]
	return nil
}

// totals gives the counters in the units of a [Disk].
func (d diskstats) totals() DiskCounters {
	return DiskCounters{
		Reads:           d.reads,
		ReadsMerged:     d.readsMerged,
		ReadBytes:       d.readSectors * sectorSize,
		ReadSeconds:     seconds(d.readTime),
		Writes:          d.writes,
		WritesMerged:    d.writesMerged,
		WriteBytes:      d.writeSectors * sectorSize,
		WriteSeconds:    seconds(d.writeTime),
		InFlight:        d.inFlight,
		BusySeconds:     seconds(d.busyTime),
		WeightedSeconds: seconds(d.weightedTime),
		Discards:        d.since(discardColumns, float64(d.discards)),
		DiscardsMerged:  d.since(discardColumns, float64(d.discardsMerged)),
		DiscardBytes:    d.since(discardColumns, float64(d.discardSectors)*sectorSize),
		DiscardSeconds:  d.since(discardColumns, seconds(d.discardTime)),
		Flushes:         d.since(flushColumns, float64(d.flushes)),
		FlushSeconds:    d.since(flushColumns, seconds(d.flushTime)),
	}
}

// since is a number that only kernels with so many columns count.
func (d diskstats) since(columns int, number float64) Value {
	if d.columns < columns {
		return Missing(Unsupported)
	}
	return Of(number)
}

func seconds(milliseconds uint64) float64 { return float64(milliseconds) / 1000 }

// rates fills in what happened since an earlier reading of the same device.
// Kernels count times in 32 bits, so a time goes backwards once in a while, and
// what needs it is missing for that tick.
func (d diskstats) rates(before diskstats, elapsed time.Duration, into *Disk) {
	into.ReadBytes = perSecond(before.readSectors*sectorSize, d.readSectors*sectorSize, elapsed)
	into.WriteBytes = perSecond(before.writeSectors*sectorSize, d.writeSectors*sectorSize, elapsed)
	into.Reads = perSecond(before.reads, d.reads, elapsed)
	into.Writes = perSecond(before.writes, d.writes, elapsed)
	if d.columns < basicColumns {
		return
	}
	into.ReadAwait = meanTime(before.reads, d.reads, before.readTime, d.readTime, elapsed)
	into.WriteAwait = meanTime(before.writes, d.writes, before.writeTime, d.writeTime, elapsed)
	into.Queue = perSecond(seconds(before.weightedTime), seconds(d.weightedTime), elapsed)
	into.Utilisation = perSecond(seconds(before.busyTime), seconds(d.busyTime), elapsed)
	if busy, ok := into.Utilisation.Get(); ok {
		into.Utilisation = percentOf(busy, 1)
	}
}

// meanTime is the mean time, in seconds, of the operations between two readings.
func meanTime(countBefore, count, timeBefore, timeNow uint64, elapsed time.Duration) Value {
	switch {
	case elapsed <= 0, count < countBefore, timeNow < timeBefore:
		return Missing(NoBaseline)
	case count == countBefore:
		return Missing(Idle)
	}
	return Of(seconds(timeNow-timeBefore) / float64(count-countBefore))
}
