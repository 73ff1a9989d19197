package collector

import (
	"context"
	"time"
)

// readIO reads what was moved, and reports through n.moving whether something was
// since before.
func (c *cgroupCollector) readIO(ctx context.Context, n *cgroupNode, into *CgroupIO, t time.Duration) {
	d := n.dirs[sourceIO]
	before, had := n.io, n.hasIO && n.stacks == c.stacks.changes
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
	had = had && n.stacks == c.stacks.changes
	now := c.stacks.sum(c.devices)
	n.io, n.hasIO, n.stacks = now, true, c.stacks.changes
	into.Read, into.Written = Of(float64(now.read)), Of(float64(now.written))
	into.Reads, into.Writes = Of(float64(now.reads)), Of(float64(now.writes))
	if !had {
		into.ReadRate, into.WriteRate = Missing(NoBaseline), Missing(NoBaseline)
		into.ReadsRate, into.WritesRate = Missing(NoBaseline), Missing(NoBaseline)
		n.moving = true
		return
	}
	n.moving = n.moving || now != before
	into.ReadRate, into.WriteRate = perSecond(before.read, now.read, t), perSecond(before.written, now.written, t)
	into.ReadsRate, into.WritesRate = perSecond(before.reads, now.reads, t), perSecond(before.writes, now.writes, t)
}

func (c *CgroupIO) fail(why Status) {
	for _, v := range []*Value{
		&c.Read, &c.Written, &c.Reads, &c.Writes, &c.ReadRate, &c.WriteRate, &c.ReadsRate, &c.WritesRate,
	} {
		*v = Missing(why)
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
	// root has a line for each that it counts for, used or not.
	if d.path == "/" {
		c.uncounted = len(c.devices) == 0
	}
	if c.uncounted {
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
