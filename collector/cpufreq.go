package collector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// clockInterval: some kernels ask each core in an interrupt for its frequency,
// which wakes the idle ones, so a tick may be too often to ask.
const clockInterval = 5 * time.Second

// cpuClocks remembers what each core last said to run at, in hertz.
type cpuClocks struct {
	core map[int]Value
	at   time.Time
}

// refresh asks the cores when the answers are too old or a core has none, and
// reports whether it did.
func (c *cpuClocks) refresh(ctx context.Context, cores []coreTicks) bool {
	if c.covers(cores) && time.Since(c.at) < clockInterval {
		return false
	}
	c.core, c.at = readClocks(ctx, cores), time.Now()
	return true
}

func (c *cpuClocks) covers(cores []coreTicks) bool {
	for _, core := range cores {
		if _, known := c.core[core.id]; !known {
			return false
		}
	}
	return c.core != nil
}

// mean is over the cores whose frequency is known. Without any it says what the
// first one says.
func (c *cpuClocks) mean(cores []coreTicks) Value {
	sum, known := 0.0, 0
	for _, core := range cores {
		if hertz, ok := c.core[core.id].Get(); ok {
			sum, known = sum+hertz, known+1
		}
	}
	switch {
	case known > 0:
		return Of(sum / float64(known))
	case len(cores) > 0:
		return c.core[cores[0].id]
	}
	return Missing(Unsupported)
}

// readClocks prefers cpufreq, and takes /proc/cpuinfo for the cores without it.
func readClocks(ctx context.Context, cores []coreTicks) map[int]Value {
	clocks := make(map[int]Value, len(cores))
	complete := true
	for _, core := range cores {
		clock := readScalingClock(ctx, core.id)
		clocks[core.id] = clock
		complete = complete && clock.Status() == OK
	}
	if complete {
		return clocks
	}
	text, err := readText(procPath(ctx, "cpuinfo"))
	if err != nil {
		return clocks
	}
	for id, hertz := range parseCPUInfoClocks(text) {
		if clock, wanted := clocks[id]; wanted && clock.Status() != OK {
			clocks[id] = Of(hertz)
		}
	}
	return clocks
}

func readScalingClock(ctx context.Context, id int) Value {
	text, err := readText(sysPath(ctx, fmt.Sprintf("devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", id)))
	if err != nil {
		return Missing(statusOf(err))
	}
	return parseScalingClock(text)
}

// parseScalingClock takes kHz. A driver that does not know says 0 or a word.
func parseScalingClock(text string) Value {
	kilohertz, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil || kilohertz == 0 {
		return Missing(Failed)
	}
	return Of(1000 * float64(kilohertz))
}

// parseCPUInfoClocks returns hertz by core from the lines "cpu MHz" of
// /proc/cpuinfo, which many architectures do not have.
func parseCPUInfoClocks(text string) map[int]float64 {
	clocks := make(map[int]float64)
	id := -1
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "processor":
			id = -1
			if n, err := strconv.ParseUint(value, 10, 31); err == nil {
				id = int(n)
			}
		case "cpu MHz":
			if megahertz, err := parseFinite(value); err == nil && megahertz > 0 && id >= 0 {
				clocks[id] = 1e6 * megahertz
			}
		}
	}
	return clocks
}
