package collector

import (
	"errors"
	"time"
)

// cpuCounters are what a control group has used of the processor, in nanoseconds, and
// how often it was throttled.
type cpuCounters struct {
	usage, user, system          uint64
	periods, throttled, withheld uint64
	hasTimes                     bool // user and system are known
	hasThrottling                bool // the controller is enabled there
}

var cpuStatKeys = []string{"usage_usec", "user_usec", "system_usec", "nr_periods", "nr_throttled", "throttled_usec"}

// parseCgroupCPU reads cpu.stat of version 2.
func parseCgroupCPU(text []byte) (c cpuCounters, err error) {
	var v [6]uint64
	found, err := parseKeyed(text, cpuStatKeys, v[:])
	if err != nil {
		return c, err
	}
	if found&1 == 0 {
		return c, errors.New("no usage_usec")
	}
	for _, i := range [...]int{0, 1, 2, 5} {
		if v[i] > noCgroupLimit/1000 {
			return c, errors.New(cpuStatKeys[i] + " is no time")
		}
	}
	return cpuCounters{
		usage: v[0] * 1000, user: v[1] * 1000, system: v[2] * 1000, hasTimes: found&0b110 == 0b110,
		periods: v[3], throttled: v[4], withheld: v[5] * 1000, hasThrottling: found&0b111000 == 0b111000,
	}, nil
}

var (
	cpuacctKeys = []string{"user", "system"}
	cpuStatV1   = []string{"nr_periods", "nr_throttled", "throttled_time"}
)

// readCPUTime reads what has been used: all of cpu.stat, or cpuacct.usage, beside which
// the rest is read when that has moved.
func (n *cgroupNode) readCPUTime(buf []byte) (c cpuCounters, rest []byte, err error) {
	d := n.dirs[sourceCPUTime]
	if d.tree.v2 {
		if buf, err = d.readCounter("cpu.stat", buf); err != nil {
			return c, buf, err
		}
		c, err = parseCgroupCPU(buf)
		return c, buf, err
	}
	if buf, err = d.readCounter("cpuacct.usage", buf); err != nil {
		return c, buf, err
	}
	c.usage, err = parseCgroupNumber(buf)
	return c, buf, err
}

// readCPUv1 adds what version 1 has in other files. The times are in ticks of the
// clock, which is coarse.
func (n *cgroupNode) readCPUv1(c *cpuCounters, buf []byte) []byte {
	var err error
	var times [2]uint64
	if buf, err = n.dirs[sourceCPUTime].read("cpuacct.stat", buf); err == nil {
		found, err := parseKeyed(buf, cpuacctKeys, times[:])
		const tick = uint64(time.Second / userHZ)
		c.hasTimes = err == nil && found == 0b11 && max(times[0], times[1]) < noCgroupLimit/tick
		if c.hasTimes {
			c.user, c.system = times[0]*tick, times[1]*tick
		}
	}
	d := n.dirs[sourceCPU]
	if d == nil || d.tree.v2 {
		return buf
	}
	var v [3]uint64
	if buf, err = d.read("cpu.stat", buf); err == nil {
		found, err := parseKeyed(buf, cpuStatV1, v[:])
		c.hasThrottling = err == nil && found == 0b111
		c.periods, c.throttled, c.withheld = v[0], v[1], v[2]
	}
	return buf
}

// fill puts the counters into data, without rates.
func (c cpuCounters) fill(into *CgroupCPU) {
	into.fail(Unsupported)
	into.Percent, into.Usage = Missing(NoBaseline), nanoseconds(c.usage)
	if c.hasTimes {
		into.User, into.System = nanoseconds(c.user), nanoseconds(c.system)
		into.UserPercent, into.SystemPercent = Missing(NoBaseline), Missing(NoBaseline)
	}
	if c.hasThrottling {
		into.Periods, into.Throttled, into.ThrottledSeconds = Of(float64(c.periods)), Of(float64(c.throttled)), nanoseconds(c.withheld)
		into.ThrottledPercent, into.ThrottledRate = Missing(NoBaseline), Missing(NoBaseline)
	}
	into.fillLimitPercent()
}

// fillRates adds what came since before, t ago.
func (c cpuCounters) fillRates(into *CgroupCPU, before cpuCounters, t time.Duration) {
	into.Percent = percentOfCore(before.usage, c.usage, t)
	if c.hasTimes && before.hasTimes {
		into.UserPercent = percentOfCore(before.user, c.user, t)
		into.SystemPercent = percentOfCore(before.system, c.system, t)
	}
	if c.hasThrottling && before.hasThrottling {
		into.ThrottledPercent = throttledShare(before, c)
		into.ThrottledRate = scaled(perSecond(before.withheld, c.withheld, t), 1e-9)
	}
	into.fillLimitPercent()
}

func percentOfCore(before, usage uint64, t time.Duration) Value {
	return scaled(perSecond(before, usage, t), 100*1e-9)
}

// scaled is a number in another unit.
func scaled(v Value, factor float64) Value {
	if number, ok := v.Get(); ok {
		return Of(number * factor)
	}
	return v
}

func throttledShare(before, c cpuCounters) Value {
	switch {
	case c.periods < before.periods, c.throttled < before.throttled:
		return Missing(NoBaseline)
	case c.periods == before.periods:
		return Missing(Idle)
	}
	return percentOf(float64(c.throttled-before.throttled), float64(c.periods-before.periods))
}

func nanoseconds(n uint64) Value { return Of(float64(n) / 1e9) }

func (c *CgroupCPU) fillLimitPercent() {
	used, hasUsed := c.Percent.Get()
	limit, hasLimit := c.Limit.Get()
	switch {
	case !hasLimit:
		c.LimitPercent = c.Limit
	case !hasUsed:
		c.LimitPercent = c.Percent
	default:
		c.LimitPercent = percentOf(used, 100*limit)
	}
}

// fail makes all that comes of the counters missing.
func (c *CgroupCPU) fail(why Status) {
	*c = CgroupCPU{Limit: c.Limit, Weight: c.Weight, Shares: c.Shares}
	for _, v := range []*Value{
		&c.Percent, &c.UserPercent, &c.SystemPercent, &c.Usage, &c.User, &c.System, &c.LimitPercent,
		&c.Periods, &c.Throttled, &c.ThrottledSeconds, &c.ThrottledPercent, &c.ThrottledRate,
	} {
		*v = Missing(why)
	}
}

// readCPULimits reads weight and limit.
func (n *cgroupNode) readCPULimits(into *CgroupCPU, buf []byte) []byte {
	into.Limit, into.Weight, into.Shares = Missing(Unsupported), Missing(Unsupported), Missing(Unsupported)
	d := n.dirs[sourceCPU]
	switch {
	case d == nil:
	case d.tree.v2:
		var err error
		if buf, err = d.read("cpu.max", buf); err == nil {
			into.Limit, err = parseCPUMax(buf)
		}
		if err != nil {
			into.Limit = Missing(cgroupStatus(err))
		}
		into.Weight, buf = d.readValue("cpu.weight", buf)
	default:
		into.Shares, buf = d.readValue("cpu.shares", buf)
		into.Limit, buf = d.readQuota(buf)
	}
	into.fillLimitPercent()
	return buf
}

// readQuota reads the limit of version 1, whose quota is -1 where there is none.
func (d *cgroupDir) readQuota(buf []byte) (Value, []byte) {
	buf, err := d.read("cpu.cfs_quota_us", buf)
	if err != nil {
		return Missing(cgroupStatus(err)), buf
	}
	if string(buf) == "-1\n" {
		return Missing(Unsupported), buf
	}
	quota, err := parseCgroupNumber(buf)
	if err != nil {
		return Missing(Failed), buf
	}
	period, buf := d.readValue("cpu.cfs_period_us", buf)
	if length, ok := period.Get(); ok && length > 0 {
		return Of(float64(quota) / length), buf
	}
	return Missing(Failed), buf
}
