package collector

import (
	"context"
	"time"
)

// readIO reads what was moved, and reports through n.moving whether something was
// since before.
func (c *cgroupCollector) readIO(ctx context.Context, n *cgroupNode, into *CgroupIO, t time.Duration) {
	d, had := n.dirs[sourceIO], n.hasIO
	n.hasIO = false
	if d == nil {
		*into = CgroupIO{}
		return
	}
	if err := c.readDevices(d); err != nil {
		into.fail(cgroupStatus(err))
		return
	}
	c.stacks.refresh(ctx, c.devices, c.now)
	moved, backward := c.stacks.since(n.devices, c.devices)
	n.io.add(moved)
	n.devices, n.hasIO = append(n.devices[:0], c.devices...), true
	n.moving = n.moving || !had || moved != ioCounters{} || backward != [ioNumbers]bool{}
	totals, rates := into.totals(), into.rates()
	for i := range ioNumbers {
		*totals[i] = Of(float64(n.io[i]))
		*rates[i] = Missing(NoBaseline)
		if had && !backward[i] {
			*rates[i] = perSecond(0, moved[i], t)
		}
	}
}

// totals and rates are the fields for ioCounters.
func (c *CgroupIO) totals() [ioNumbers]*Value {
	return [ioNumbers]*Value{ioRead: &c.Read, ioWritten: &c.Written, ioReads: &c.Reads, ioWrites: &c.Writes}
}

func (c *CgroupIO) rates() [ioNumbers]*Value {
	return [ioNumbers]*Value{ioRead: &c.ReadRate, ioWritten: &c.WriteRate, ioReads: &c.ReadsRate, ioWrites: &c.WritesRate}
}

func (c *CgroupIO) fail(why Status) {
	totals, rates := c.totals(), c.rates()
	for i := range ioNumbers {
		*totals[i], *rates[i] = Missing(why), Missing(why)
	}
}

// readDevices reads the counters of each device into c.devices.
func (c *cgroupCollector) readDevices(d *cgroupDir) (err error) {
	c.devices = c.devices[:0]
	if d.tree.v2 {
		if c.buf, err = d.read("io.stat", c.buf); err == nil {
			c.devices, err = parseIOStat(c.buf, c.devices)
		}
		return err
	}
	if err := c.readBlkio(d, "blkio.throttle.io_service_bytes", true); err != nil {
		return err
	}
	// From 6.10 on a kernel counts for no device for which nobody has set a limit. The
	// root has a line for each that it counts for, used or not; what is the root in a
	// namespace has lines for those alone that its group has used.
	if d.isRoot() {
		c.uncounted = len(c.devices) == 0
	}
	if c.uncounted && len(c.devices) == 0 {
		return ErrUnsupported
	}
	return c.readBlkio(d, "blkio.throttle.io_serviced", false)
}

// readBlkio reads a file of version 1: where the kernel has it, that which counts the
// groups below as well.
func (c *cgroupCollector) readBlkio(d *cgroupDir, name string, ofBytes bool) (err error) {
	c.buf, err = d.read(name+"_recursive", c.buf)
	if cgroupStatus(err) == Unsupported {
		c.buf, err = d.read(name, c.buf)
	}
	if err == nil {
		c.devices, err = parseBlkio(c.buf, ofBytes, c.devices)
	}
	return err
}
