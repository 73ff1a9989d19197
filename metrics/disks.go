package metrics

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

var (
	diskInfo   = gauge("node_disk_info", "1 for each disk, with what it is.", "device", "major", "minor", "model")
	mapperInfo = gauge("node_disk_device_mapper_info", "1 for each device of the device mapper, with its name there.", "device", "name")
)

var diskColumns = []column[collector.DiskCounters]{
	{counter("node_disk_reads_completed_total", "Reads completed.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.Reads) }},
	{counter("node_disk_reads_merged_total", "Reads that the kernel merged into others.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.ReadsMerged) }},
	{counter("node_disk_read_bytes_total", "Bytes read.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.ReadBytes) }},
	{counter("node_disk_read_time_seconds_total", "Seconds that reads took, summed over the reads.", "device"),
		func(c *collector.DiskCounters) collector.Value { return collector.Of(c.ReadSeconds) }},
	{counter("node_disk_writes_completed_total", "Writes completed.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.Writes) }},
	{counter("node_disk_writes_merged_total", "Writes that the kernel merged into others.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.WritesMerged) }},
	{counter("node_disk_written_bytes_total", "Bytes written.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.WriteBytes) }},
	{counter("node_disk_write_time_seconds_total", "Seconds that writes took, summed over the writes.", "device"),
		func(c *collector.DiskCounters) collector.Value { return collector.Of(c.WriteSeconds) }},
	{gauge("node_disk_io_now", "Operations in flight.", "device"),
		func(c *collector.DiskCounters) collector.Value { return count(c.InFlight) }},
	{counter("node_disk_io_time_seconds_total", "Seconds with an operation in flight.", "device"),
		func(c *collector.DiskCounters) collector.Value { return collector.Of(c.BusySeconds) }},
	{counter("node_disk_io_time_weighted_seconds_total", "Seconds in flight, summed over the operations.", "device"),
		func(c *collector.DiskCounters) collector.Value { return collector.Of(c.WeightedSeconds) }},
	{counter("node_disk_discards_completed_total", "Discards completed.", "device"),
		func(c *collector.DiskCounters) collector.Value { return c.Discards }},
	{counter("node_disk_discards_merged_total", "Discards that the kernel merged into others.", "device"),
		func(c *collector.DiskCounters) collector.Value { return c.DiscardsMerged }},
	{counter("node_disk_discarded_sectors_total", "Sectors of 512 bytes discarded.", "device"), discardedSectors},
	{counter("node_disk_discard_time_seconds_total", "Seconds that discards took, summed over the discards.", "device"),
		func(c *collector.DiskCounters) collector.Value { return c.DiscardSeconds }},
	{counter("node_disk_flush_requests_total", "Flushes completed.", "device"),
		func(c *collector.DiskCounters) collector.Value { return c.Flushes }},
	{counter("node_disk_flush_requests_time_seconds_total", "Seconds that flushes took, summed over the flushes.", "device"),
		func(c *collector.DiskCounters) collector.Value { return c.FlushSeconds }},
}

func discardedSectors(c *collector.DiskCounters) collector.Value {
	bytes, ok := c.DiscardBytes.Get()
	if !ok {
		return c.DiscardBytes
	}
	return collector.Of(bytes / 512)
}

func count(n uint64) collector.Value { return collector.Of(float64(n)) }

// partOrLoop are the names that node_exporter leaves out by default: rules add
// devices up, and would count each byte of a partition twice.
var partOrLoop = regexp.MustCompile(`^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`)

func addDisks(e exposition, s *collector.Snapshot) {
	if !shown(&s.Disks) {
		return
	}
	for i := range s.Disks.Value {
		if d := &s.Disks.Value[i]; !partOrLoop.MatchString(d.Name) {
			addColumns(e, diskColumns, &d.Totals, d.Name)
			addDiskInfo(e, d)
		}
	}
}

// addDiskInfo knows by the name what the label of a device is. Of a model it
// writes the words as udev does.
func addDiskInfo(e exposition, d *collector.Disk) {
	model := strings.Join(strings.Fields(d.Label), "_")
	if strings.HasPrefix(d.Name, "dm-") {
		model = ""
		e.add(mapperInfo, 1, d.Name, d.Label)
	}
	e.add(diskInfo, 1, d.Name, strconv.Itoa(int(d.Major)), strconv.Itoa(int(d.Minor)), model)
}
