package collector

import (
	"fmt"
	"path/filepath"
	"strings"
)

// maxSensors is more than the temperatures that any GPU's driver has.
const maxSensors = 8

// probeSensors finds the files of the GPU's own hwmon
// (Documentation/hwmon/sysfs-interface.rst).
func (c *gpuCard) probeSensors(device string) {
	chips, _ := filepath.Glob(filepath.Join(device, "hwmon/hwmon*"))
	if len(chips) == 0 {
		return
	}
	in := func(name string) string { return filepath.Join(chips[0], name) }
	c.addFast(func(g *GPU) *Value { return &g.Power }, 1e-6, parseAmount, in("power1_average"), in("power1_input"))
	c.addSlow(func(g *GPU) *Value { return &g.PowerLimit }, 1e-6, parseAmount, in("power1_cap"), in("power1_max"))
	c.addFast(func(g *GPU) *Value { return &g.Energy }, 1e-6, parseAmount, in("energy1_input"), in("energy2_input"))
	c.addFast(func(g *GPU) *Value { return &g.FanSpeed }, 1, parseAmount, in("fan1_input"))
	c.addFast(func(g *GPU) *Value { return &g.FanPercent }, 100./255, parsePulseWidth, in("pwm1"))
	if c.identity.Vendor == "amd" {
		c.addFast(func(g *GPU) *Value { return &g.GraphicsClock }, 1, parseAmount, in("freq1_input"))
		c.addFast(func(g *GPU) *Value { return &g.MemoryClock }, 1, parseAmount, in("freq2_input"))
	}
	for n := 1; n <= maxSensors; n++ {
		c.probeTemperature(in(fmt.Sprintf("temp%d", n)), n)
	}
}

// probeTemperature goes by the label. A driver without labels has one temperature.
func (c *gpuCard) probeTemperature(path string, n int) {
	label, _ := readWord(path + "_label")
	switch strings.ToLower(label) {
	case "junction":
		c.addFast(func(g *GPU) *Value { return &g.HotspotTemperature }, 1e-3, parseTemperature, path+"_input")
	case "mem", "vram":
		c.addFast(func(g *GPU) *Value { return &g.MemoryTemperature }, 1e-3, parseTemperature, path+"_input")
	case "edge", "pkg", "":
		if label == "" && n > 1 {
			return
		}
		c.addFast(func(g *GPU) *Value { return &g.Temperature }, 1e-3, parseTemperature, path+"_input")
		c.addSlow(func(g *GPU) *Value { return &g.CriticalTemperature }, 1e-3, parseTemperature, path+"_crit")
	}
}

// parsePulseWidth takes 0 for off to 255 for full.
func parsePulseWidth(text string) (float64, error) {
	n, err := parseAmount(text)
	if err == nil && n > 255 {
		err = fmt.Errorf("%s is no pulse width", text)
	}
	return n, err
}
