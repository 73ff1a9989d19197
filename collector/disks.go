package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Disk is one block device, whole or a partition. Source: /proc/diskstats,
// /sys/dev/block/MAJOR:MINOR (Documentation/admin-guide/iostats.rst).
type Disk struct {
	Name   string `json:"name"`  // "nvme0n1", "sda1", "dm-0"
	Label  string `json:"label"` // device-mapper name or model; "" when there is none
	Major  uint32 `json:"major" from:"/proc/diskstats: column 1"`
	Minor  uint32 `json:"minor" from:"/proc/diskstats: column 2"`
	Parent string `json:"parent"` // the whole device that a partition is of; "" for a whole device
	// Stacked: a whole device that other devices below it do the work for (device
	// mapper, md, bcache, a loop over a file, a ZFS volume, DRBD, an NVMe namespace
	// of several paths). Sums over disks leave it out, or bytes count twice.
	Stacked bool         `json:"stacked"`
	New     bool         `json:"-"` // was not there at the reading before
	Size    Value        `json:"size_bytes" from:"/sys/dev/block/MAJOR:MINOR/size: 512 × it"`
	Totals  DiskCounters `json:"totals"`

	ReadBytes   Value `json:"read_bytes_per_second" from:"/proc/diskstats: 512 × Δ(sectors read) / t"`
	WriteBytes  Value `json:"write_bytes_per_second" from:"/proc/diskstats: 512 × Δ(sectors written) / t"`
	Reads       Value `json:"reads_per_second" from:"/proc/diskstats: Δ(reads completed) / t"` // completed operations
	Writes      Value `json:"writes_per_second" from:"/proc/diskstats: Δ(writes completed) / t"`
	Utilisation Value `json:"utilisation_percent" from:"/proc/diskstats: 100 × Δ(ms doing I/O) / 1000 t, at most 100"` // share of the tick with an operation in flight
	ReadAwait   Value `json:"read_await_seconds" from:"/proc/diskstats: Δ(ms reading) / 1000 Δ(reads completed)"`      // mean time of the reads completed in this tick; idle without one
	WriteAwait  Value `json:"write_await_seconds" from:"/proc/diskstats: Δ(ms writing) / 1000 Δ(writes completed)"`
	Queue       Value `json:"queue_length" from:"/proc/diskstats: Δ(weighted ms doing I/O) / 1000 t"` // mean number of operations in flight
}

// DiskCounters are the kernel's counters since boot. Those of discards (before
// 4.18) and flushes (before 5.5) are unsupported on older kernels. The kernel
// gives times in whole milliseconds, so a mean time of few and short operations
// may be 0.
type DiskCounters struct {
	Reads           uint64  `json:"reads_total" from:"/proc/diskstats: reads completed"`
	ReadsMerged     uint64  `json:"reads_merged_total" from:"/proc/diskstats: reads merged"`
	ReadBytes       uint64  `json:"read_bytes_total" from:"/proc/diskstats: 512 × sectors read"`
	ReadSeconds     float64 `json:"read_seconds_total" from:"/proc/diskstats: ms reading / 1000"`
	Writes          uint64  `json:"writes_total" from:"/proc/diskstats: writes completed"`
	WritesMerged    uint64  `json:"writes_merged_total" from:"/proc/diskstats: writes merged"`
	WriteBytes      uint64  `json:"write_bytes_total" from:"/proc/diskstats: 512 × sectors written"`
	WriteSeconds    float64 `json:"write_seconds_total" from:"/proc/diskstats: ms writing / 1000"`
	InFlight        uint64  `json:"in_flight" from:"/proc/diskstats: I/Os in progress"`
	BusySeconds     float64 `json:"busy_seconds_total" from:"/proc/diskstats: ms doing I/O / 1000"`
	WeightedSeconds float64 `json:"weighted_seconds_total" from:"/proc/diskstats: weighted ms doing I/O / 1000"` // sum over operations of their time in flight
	Discards        Value   `json:"discards_total" from:"/proc/diskstats: discards completed"`
	DiscardsMerged  Value   `json:"discards_merged_total" from:"/proc/diskstats: discards merged"`
	DiscardBytes    Value   `json:"discard_bytes_total" from:"/proc/diskstats: 512 × sectors discarded"`
	DiscardSeconds  Value   `json:"discard_seconds_total" from:"/proc/diskstats: ms discarding / 1000"`
	Flushes         Value   `json:"flushes_total" from:"/proc/diskstats: flush requests completed"`
	FlushSeconds    Value   `json:"flush_seconds_total" from:"/proc/diskstats: ms flushing / 1000"`
}

// NewDisks returns the collector of the block devices that have a medium. RAM
// disks and zram are left out, for they are memory. It wraps [ErrUnsupported]
// when there is a /proc without diskstats.
func NewDisks() Collector[[]Disk] {
	c := &diskCollector{known: make(map[diskID]knownDevice)}
	return c.collect
}

// diskCollector reads /proc/diskstats itself: gopsutil's disk.IOCounters drops
// the device number, discards and flushes, and looks each device up in udev's
// database at every call, at more than twice the cost (49 us for ten devices).
type diskCollector struct {
	buf    []byte
	before map[diskID]diskstats
	at     time.Time // of before; zero at first
	known  map[diskID]knownDevice
}

type knownDevice struct {
	blockDevice
	read time.Time
}

// deviceMemory is how long what sysfs says of a device is believed. A volume
// can be resized or renamed, and a file put behind a loop, at any time.
const deviceMemory = 10 * time.Second

func (c *diskCollector) collect(ctx context.Context) ([]Disk, error) {
	text, err := readInto(procPath(ctx, "diskstats"), c.buf)
	if err != nil {
		return nil, fmt.Errorf("disks: %w", optionalProc(ctx, err))
	}
	c.buf = text
	now := time.Now()
	current, err := parseDiskstats(string(text))
	if err != nil {
		return nil, fmt.Errorf("disks: %w", err)
	}
	disks := c.assemble(ctx, current, now)
	first := c.at.IsZero()
	c.remember(current, now)
	slices.SortFunc(disks, compareDisks)
	if first && len(disks) > 0 {
		return disks, fmt.Errorf("disks: %w", ErrNoBaseline)
	}
	return disks, nil
}

func (c *diskCollector) assemble(ctx context.Context, current []diskstats, now time.Time) []Disk {
	disks := make([]Disk, 0, len(current))
	heads := multipathHeads(current)
	for _, d := range current {
		if d.inMemory() {
			continue
		}
		device := c.device(ctx, d.diskID, now)
		if d.absent(device) {
			continue
		}
		if !device.known {
			device.parent = parentByName(d.name, namesOf(current))
			device.stacked = device.parent == "" && d.isStacked()
		}
		device.stacked = device.stacked || heads[d.name]
		disks = append(disks, c.describe(d, device, now))
	}
	return disks
}

func (c *diskCollector) describe(d diskstats, device blockDevice, now time.Time) Disk {
	disk := Disk{
		Name: d.name, Label: device.label, Major: d.major, Minor: d.minor,
		Parent: device.parent, Stacked: device.stacked, Size: device.size,
		Totals: d.totals(),
	}
	elapsed := now.Sub(c.at)
	before, ok := c.before[d.diskID]
	if !ok {
		disk.New = true
		elapsed = 0 // gives rates that lack a baseline
	}
	d.rates(before, elapsed, &disk)
	return disk
}

func (c *diskCollector) device(ctx context.Context, id diskID, now time.Time) blockDevice {
	known, ok := c.known[id]
	if !ok || now.Sub(known.read) >= deviceMemory {
		known = knownDevice{readBlockDevice(ctx, id), now}
		c.known[id] = known
	}
	return known.blockDevice
}

// remember makes current the baseline, and forgets the devices that are gone.
func (c *diskCollector) remember(current []diskstats, now time.Time) {
	c.at = now
	c.before = make(map[diskID]diskstats, len(current))
	for _, d := range current {
		c.before[d.diskID] = d
	}
	for id := range c.known {
		if _, ok := c.before[id]; !ok {
			delete(c.known, id)
		}
	}
}

// compareDisks puts each whole device in front of its partitions, and what is
// made of files or memory behind the others.
func compareDisks(a, b Disk) int {
	return cmp.Or(
		cmp.Compare(a.rank(), b.rank()),
		naturalCompare(cmp.Or(a.Parent, a.Name), cmp.Or(b.Parent, b.Name)),
		naturalCompare(a.Parent, b.Parent),
		naturalCompare(a.Name, b.Name),
	)
}

// rank is 1 for loops, RAM disks and compressed memory, which a machine may have
// dozens of.
func (d Disk) rank() int {
	for _, kind := range []string{"loop", "ram", "zram"} {
		if strings.HasPrefix(d.Name, kind) {
			return 1
		}
	}
	return 0
}

func namesOf(all []diskstats) map[string]bool {
	names := make(map[string]bool, len(all))
	for _, d := range all {
		names[d.name] = true
	}
	return names
}

// DiskTotals sums the bytes per second of the whole devices that are not
// stacked on others: what the hardware of the machine does. A sum is missing
// while a device that is not new lacks its baseline, and when none has a rate.
func DiskTotals(disks []Disk) (read, write Value) {
	var r, w total
	for _, d := range disks {
		if d.Parent == "" && !d.Stacked {
			r.add(d.ReadBytes, d.New)
			w.add(d.WriteBytes, d.New)
		}
	}
	return r.value(), w.value()
}
