package collector

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
)

// probeAMD finds the files of amdgpu (Documentation/gpu/amdgpu/thermal.rst). It
// leaves out pcie_bw, which sleeps a second to count.
func (c *gpuCard) probeAMD(device string) {
	in := func(name string) string { return filepath.Join(device, name) }
	c.addFast(func(g *GPU) *Value { return &g.Usage }, 1, parsePercent, in("gpu_busy_percent"))
	c.addFast(func(g *GPU) *Value { return &g.MemoryController }, 1, parsePercent, in("mem_busy_percent"))
	c.addFast(func(g *GPU) *Value { return &g.MemoryUsed }, 1, parseAmount, in("mem_info_vram_used"))
	c.addFast(func(g *GPU) *Value { return &g.SharedUsed }, 1, parseAmount, in("mem_info_gtt_used"))
	c.addSlow(func(g *GPU) *Value { return &g.MemoryTotal }, 1, parseAmount, in("mem_info_vram_total"))
	c.addSlow(func(g *GPU) *Value { return &g.GraphicsClockMax }, 1e6, parseClockLevels, in("pp_dpm_sclk"))
	c.addSlow(func(g *GPU) *Value { return &g.MemoryClockMax }, 1e6, parseClockLevels, in("pp_dpm_mclk"))
}

var errNoLevel = errors.New("no level")

// parseClockLevels returns the highest of levels such as "1: 2575Mhz *", in MHz.
func parseClockLevels(text string) (highest float64, err error) {
	for line := range strings.Lines(text) {
		_, level, _ := strings.Cut(line, ":")
		clock, _, isClock := strings.Cut(strings.ToLower(strings.TrimSpace(level)), "mhz")
		n, err := strconv.ParseUint(clock, 10, 32)
		if isClock && err == nil {
			highest = max(highest, float64(n))
		}
	}
	if highest == 0 {
		return 0, errNoLevel
	}
	return highest, nil
}
