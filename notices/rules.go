package notices

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/findings"
)

// rules are all things that last, in the order of the page.
var rules = []rule{
	{kind: "link_down", section: "network", end: 10 * time.Second, observe: links},
	{kind: "space", section: "mounts", begin: 2 * time.Second, end: 10 * time.Second, observe: space},
	{kind: "inodes", section: "mounts", begin: 2 * time.Second, end: 10 * time.Second, observe: inodes},
	{kind: "mount_silent", section: "mounts", begin: 2 * time.Second, ticks: 3, end: 10 * time.Second, observe: silentMounts},
	{kind: "pressure", section: "pressure", begin: 10 * time.Second, end: 30 * time.Second, observe: stalls},
	{kind: "sensor", section: "sensors", begin: 5 * time.Second, end: time.Minute, observe: sensors},
	{kind: "battery", section: "sensors", begin: 5 * time.Second, end: 10 * time.Second, observe: batteries},
	{kind: "gpu", section: "gpus", begin: 5 * time.Second, end: time.Minute, observe: gpus},
	{kind: "array", section: "raid", begin: 2 * time.Second, end: 10 * time.Second, observe: arrays},
	{kind: "pool", section: "zfs", begin: 2 * time.Second, end: 10 * time.Second, observe: pools},
	{kind: "source", ticks: 3, end: 10 * time.Second, observe: sources},
}

// eased is how far below its bound a percentage must be to be over.
const eased = 2

// over each reports the subjects of a reading, where that is of now.
func over[T, E any](r collector.Reading[T], all func(T) []E, observe func(E) observation, each func(observation)) bool {
	if !r.Has() || r.Status() == collector.Stale {
		return false
	}
	for _, one := range all(r.Value) {
		each(observe(one))
	}
	return true
}

func links(s *collector.Snapshot, each func(observation)) bool {
	return over(s.Network, func(all []collector.Interface) []collector.Interface { return all }, func(i collector.Interface) observation {
		o := observation{subject: i.Name}
		carrier, known := i.Carrier.Get()
		if i.Kind == collector.KindPhysical && (known && carrier == 0 || !known && i.State == "down") {
			o.is, o.text = findings.Warning, "link is down"
		}
		return o
	}, each)
}

func mountsOf(m collector.Mounts) []collector.Mount { return m.Mounts }

// filling observes a share of mounts that fills up.
func filling(share func(collector.Mount) collector.Value, judge func(collector.Value) findings.Severity, text string) func(*collector.Snapshot, func(observation)) bool {
	return func(s *collector.Snapshot, each func(observation)) bool {
		return over(s.Mounts, mountsOf, func(m collector.Mount) observation {
			o := observation{subject: m.Mountpoint}
			used := share(m)
			number, ok := used.Get()
			if !ok || m.Status != collector.OK || m.ReadOnly {
				o.still = !m.ReadOnly // it does not answer, which does not empty it
				return o
			}
			if o.is = judge(used); o.is > 0 {
				o.text = fmt.Sprintf(text, math.Floor(number))
			}
			o.still = judge(collector.Of(number+eased)) > 0
			return o
		}, each)
	}
}

var (
	space  = filling(func(m collector.Mount) collector.Value { return m.UsedPercent }, findings.OfSpace, "%.0f %% full")
	inodes = filling(func(m collector.Mount) collector.Value { return m.InodesUsedPercent }, findings.OfInodes, "%.0f %% of the inodes in use")
)

func silentMounts(s *collector.Snapshot, each func(observation)) bool {
	return over(s.Mounts, mountsOf, func(m collector.Mount) observation {
		o := observation{subject: m.Mountpoint}
		switch m.Status {
		case collector.Stale:
			o.is, o.text = findings.Critical, "does not answer"
		case collector.Failed:
			o.is, o.text = findings.Critical, "cannot be read: "+m.Error
		}
		return o
	}, each)
}

func stalls(s *collector.Snapshot, each func(observation)) bool {
	return over(s.Pressure, findings.StallsOf, func(stall findings.Stall) observation {
		return observation{subject: stall.Resource, is: stall.Severity, text: stall.Text}
	}, each)
}

func sensors(s *collector.Snapshot, each func(observation)) bool {
	known := false
	v := &s.Sensors.Value
	for _, list := range [...][]collector.Sensor{v.Temperatures, v.Fans, v.Voltages, v.Currents, v.Powers, v.Humidities} {
		known = over(s.Sensors, func(collector.Sensors) []collector.Sensor { return list }, ofSensor, each)
	}
	return known
}

func ofSensor(s collector.Sensor) observation {
	o := observation{subject: s.Label, detail: s.Device + " " + s.Input, is: findings.OfSensor(s)}
	if o.is > 0 {
		o.text = findings.SensorText(s)
	}
	_, known := s.Value.Get()
	o.still = !known
	return o
}

func batteries(s *collector.Snapshot, each func(observation)) bool {
	return over(s.Sensors, func(v collector.Sensors) []collector.Battery { return v.Batteries }, func(b collector.Battery) observation {
		o := observation{subject: b.Name, detail: b.Device, is: findings.OfBattery(b)}
		if o.is > 0 {
			o.text = findings.BatteryText(b)
		}
		return o
	}, each)
}

func gpus(s *collector.Snapshot, each func(observation)) bool {
	return over(s.GPUs, func(v collector.GPUs) []collector.GPU { return v.Devices }, func(g collector.GPU) observation {
		o := observation{subject: findings.GPUName(g), detail: strconv.Itoa(g.Index)}
		o.is, o.text = findings.OfGPU(g)
		return o
	}, each)
}

func arrays(s *collector.Snapshot, each func(observation)) bool {
	return over(s.RAID, func(v collector.RAID) []collector.RAIDArray { return v.Arrays }, func(a collector.RAIDArray) observation {
		o := observation{subject: a.Name}
		o.is, o.text = findings.OfArray(a)
		return o
	}, each)
}

func pools(s *collector.Snapshot, each func(observation)) bool {
	return over(s.ZFS, func(v collector.ZFS) []collector.ZFSPool { return v.Pools }, func(p collector.ZFSPool) observation {
		o := observation{subject: p.Name}
		o.is, o.text = findings.OfPool(p)
		return o
	}, each)
}

// sources are the collectors, by the sections that they read.
func sources(s *collector.Snapshot, each func(observation)) bool {
	for name, section := range s.Sections() {
		o := observation{subject: name}
		switch section.Status() {
		case collector.Stale, collector.Failed, collector.Denied:
			o.is, o.text = findings.Warning, "not read: "+strings.TrimPrefix(fmt.Sprint(section.Fault()), name+": ")
		}
		each(o)
	}
	return true
}
