package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	clockSource  = gauge("node_time_clocksource_current_info", "1 for the clock source in use.", "clocksource", "device")
	clockSources = gauge("node_time_clocksource_available_info", "1 for each clock source that could be used.", "clocksource", "device")
)

var clockColumns = []column[collector.Clock]{
	{gauge("node_timex_sync_status", "1 where the clock is synchronised."),
		func(c *collector.Clock) collector.Value { return c.Synchronized }},
	{gauge("node_timex_offset_seconds", "How far the clock is off, as the kernel was told."),
		func(c *collector.Clock) collector.Value { return c.Offset }},
	{gauge("node_timex_maxerror_seconds", "How far the clock may be off."),
		func(c *collector.Clock) collector.Value { return c.MaxError }},
	{gauge("node_timex_estimated_error_seconds", "How far the clock is likely to be off."),
		func(c *collector.Clock) collector.Value { return c.EstError }},
	{gauge("node_timex_frequency_adjustment_ratio", "How much faster than its hardware the clock is made to run."),
		func(c *collector.Clock) collector.Value { return frequencyRatio(c.Frequency) }},
	{gauge("node_timex_tai_offset_seconds", "How far atomic time is ahead of UTC, as the kernel was told."),
		func(c *collector.Clock) collector.Value { return c.TAIOffset }},
	{gauge("node_timex_tick_seconds", "Time between ticks of the clock."),
		func(c *collector.Clock) collector.Value { return c.Tick }},
	{gauge("node_timex_loop_time_constant", "Time constant of the loop that steers the clock."),
		func(c *collector.Clock) collector.Value { return c.TimeConstant }},
	{gauge("node_timex_status", "Status of the clock, as bits."),
		func(c *collector.Clock) collector.Value { return c.StatusBits }},
	{gauge("node_timex_pps_frequency_hertz", "Frequency offset by the pulse per second, as a share of 1."),
		func(c *collector.Clock) collector.Value { return perMillion(c.PPSFrequency) }},
	{gauge("node_timex_pps_jitter_seconds", "Jitter of the pulse per second."),
		func(c *collector.Clock) collector.Value { return c.PPSJitter }},
	{gauge("node_timex_pps_stability_hertz", "Stability of the frequency by the pulse per second, as a share of 1."),
		func(c *collector.Clock) collector.Value { return perMillion(c.PPSStability) }},
	{gauge("node_timex_pps_shift_seconds", "Time over which pulses per second are averaged."),
		func(c *collector.Clock) collector.Value { return c.PPSShift }},
	{counter("node_timex_pps_jitter_total", "Pulses per second with too much jitter."),
		func(c *collector.Clock) collector.Value { return c.PPSJitterCount }},
	{counter("node_timex_pps_calibration_total", "Calibrations by the pulse per second."),
		func(c *collector.Clock) collector.Value { return c.PPSCalibration }},
	{counter("node_timex_pps_error_total", "Calibrations by the pulse per second that failed."),
		func(c *collector.Clock) collector.Value { return c.PPSErrors }},
	{counter("node_timex_pps_stability_exceeded_total", "Calibrations by the pulse per second that were not stable."),
		func(c *collector.Clock) collector.Value { return c.PPSStabilities }},
}

func addClock(e exposition, s *collector.Snapshot) {
	if !shown(&s.Clock) {
		return
	}
	clock := &s.Clock.Value
	addColumns(e, clockColumns, clock)
	if clock.Source != "" {
		e.add(clockSource, 1, clock.Source, "0")
	}
	for _, source := range clock.Sources {
		e.add(clockSources, 1, source, "0")
	}
}

func frequencyRatio(ppm collector.Value) collector.Value {
	if number, ok := ppm.Get(); ok {
		return collector.Of(1 + number/1e6)
	}
	return ppm
}

func perMillion(ppm collector.Value) collector.Value {
	if number, ok := ppm.Get(); ok {
		return collector.Of(number / 1e6)
	}
	return ppm
}
