package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	gpuInfo      = gauge("tacho_gpu_info", "1 for each GPU, with what it is.", "device", "driver", "name", "uuid", "vendor")
	gpuState     = gauge("tacho_gpu_state", "1, with the state that the GPU is in.", "device", "state")
	gpuThrottled = gauge("tacho_gpu_throttled", "1 for each reason for which the GPU is slower than asked for.", "device", "reason")

	gpuTemperature = gauge("tacho_gpu_temperature_celsius", "Temperature of the GPU.", "device", "sensor")
	gpuClock       = gauge("tacho_gpu_clock_hertz", "Frequency that the GPU runs at.", "clock", "device")
	gpuClockMax    = gauge("tacho_gpu_clock_max_hertz", "Frequency that the GPU may run at.", "clock", "device")
)

var gpuColumns = []column[collector.GPU]{
	{gauge("tacho_gpu_usage_ratio", "Share of the tick in which the GPU worked.", "device"),
		func(g *collector.GPU) collector.Value { return ratio(g.Usage) }},
	{gauge("tacho_gpu_memory_controller_ratio", "Share of the tick in which the GPU's memory was in use.", "device"),
		func(g *collector.GPU) collector.Value { return ratio(g.MemoryController) }},
	{gauge("tacho_gpu_encoder_ratio", "Share of the video encoder that was in use.", "device"),
		func(g *collector.GPU) collector.Value { return ratio(g.Encoder) }},
	{gauge("tacho_gpu_decoder_ratio", "Share of the video decoder that was in use.", "device"),
		func(g *collector.GPU) collector.Value { return ratio(g.Decoder) }},
	{gauge("tacho_gpu_memory_used_bytes", "Memory of the GPU that is in use.", "device"),
		func(g *collector.GPU) collector.Value { return g.MemoryUsed }},
	{gauge("tacho_gpu_memory_size_bytes", "Memory that the GPU has.", "device"),
		func(g *collector.GPU) collector.Value { return g.MemoryTotal }},
	{gauge("tacho_gpu_shared_memory_used_bytes", "Memory of the machine that the GPU has mapped.", "device"),
		func(g *collector.GPU) collector.Value { return g.SharedUsed }},
	{gauge("tacho_gpu_power_watts", "Power that the GPU takes.", "device"),
		func(g *collector.GPU) collector.Value { return g.Power }},
	{gauge("tacho_gpu_power_limit_watts", "Power that the GPU may take.", "device"),
		func(g *collector.GPU) collector.Value { return g.PowerLimit }},
	{counter("tacho_gpu_energy_joules_total", "Energy that the GPU took.", "device"),
		func(g *collector.GPU) collector.Value { return g.Energy }},
	{gauge("tacho_gpu_temperature_slowdown_celsius", "Temperature at which the GPU slows down.", "device"),
		func(g *collector.GPU) collector.Value { return g.SlowdownTemperature }},
	{gauge("tacho_gpu_temperature_critical_celsius", "Temperature at which the GPU shuts down.", "device"),
		func(g *collector.GPU) collector.Value { return g.CriticalTemperature }},
	{gauge("tacho_gpu_fan_ratio", "Share of its full speed that the fan is told to run at.", "device"),
		func(g *collector.GPU) collector.Value { return ratio(g.FanPercent) }},
	{gauge("tacho_gpu_fan_rpm", "Turns of the fan per minute.", "device"),
		func(g *collector.GPU) collector.Value { return g.FanSpeed }},
}

// addGPUs has a GPU's PCI address for its label device: it stays when the order
// of the devices changes.
func addGPUs(e exposition, s *collector.Snapshot) {
	if !shown(&s.GPUs) {
		return
	}
	for i := range s.GPUs.Value.Devices {
		g := &s.GPUs.Value.Devices[i]
		e.add(gpuInfo, 1, g.Device, g.Driver, g.Name, g.UUID, g.Vendor)
		e.add(gpuState, 1, g.Device, g.State)
		for _, reason := range g.ThrottleReasons {
			e.add(gpuThrottled, 1, g.Device, reason)
		}
		addColumns(e, gpuColumns, g, g.Device)
		e.addValue(gpuTemperature, g.Temperature, g.Device, "core")
		e.addValue(gpuTemperature, g.HotspotTemperature, g.Device, "hotspot")
		e.addValue(gpuTemperature, g.MemoryTemperature, g.Device, "memory")
		e.addValue(gpuClock, g.GraphicsClock, "graphics", g.Device)
		e.addValue(gpuClock, g.MemoryClock, "memory", g.Device)
		e.addValue(gpuClockMax, g.GraphicsClockMax, "graphics", g.Device)
		e.addValue(gpuClockMax, g.MemoryClockMax, "memory", g.Device)
	}
}

// ratio is a percentage as a share of 1, the unit that Prometheus has for it.
func ratio(percent collector.Value) collector.Value {
	number, ok := percent.Get()
	if !ok {
		return percent
	}
	return collector.Of(number / 100)
}
