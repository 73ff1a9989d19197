package collector

import (
	"path/filepath"
	"time"
)

// probeIntel finds the files of i915 (below the card) and of xe (below the device).
// Their memory is the machine's, or they do not tell of it.
func (c *gpuCard) probeIntel(device string) {
	gt, xe := filepath.Join(c.dir, "gt/gt0"), filepath.Join(device, "tile0/gt0")
	c.addFast(func(g *GPU) *Value { return &g.GraphicsClock }, 1e6, parseAmount,
		filepath.Join(gt, "rps_act_freq_mhz"), filepath.Join(c.dir, "gt_act_freq_mhz"), filepath.Join(xe, "freq0/act_freq"))
	c.addSlow(func(g *GPU) *Value { return &g.GraphicsClockMax }, 1e6, parseAmount,
		filepath.Join(gt, "rps_RP0_freq_mhz"), filepath.Join(c.dir, "gt_RP0_freq_mhz"), filepath.Join(c.dir, "gt_max_freq_mhz"),
		filepath.Join(xe, "freq0/rp0_freq"), filepath.Join(xe, "freq0/max_freq"))
	c.idle = firstThere([]string{
		filepath.Join(gt, "rc6_residency_ms"),
		filepath.Join(c.dir, "power/rc6_residency_ms"),
		filepath.Join(xe, "gtidle/idle_residency_ms"),
	})
}

// count makes rates of the counters: the usage of a GPU that tells only how long
// it was idle, and the power of one that tells only energy.
func (c *gpuCard) count(g *GPU) {
	current := gpuCounters{at: time.Now(), energy: g.Energy}
	if c.idle != "" {
		current.idle = c.number(gpuFile{path: c.idle, unit: 1, parse: parseAmount})
		g.Usage = awakeShare(c.before, current)
	}
	if g.Power.Status() == Unsupported {
		g.Power = rateOf(c.before.energy, current.energy, current.at.Sub(c.before.at))
	}
	c.before = current
}

// awakeShare is 100 less the percentage of time in RC6. A counter that has never
// counted is that of a GPU that does not use RC6, or of a guest that may not see it.
func awakeShare(before, current gpuCounters) Value {
	if total, ok := current.idle.Get(); ok && total == 0 {
		return Missing(Unsupported)
	}
	rate := rateOf(before.idle, current.idle, current.at.Sub(before.at))
	milliseconds, ok := rate.Get()
	if !ok {
		return rate
	}
	return Of(100 - min(100, milliseconds/10))
}
