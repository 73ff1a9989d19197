package metrics

import "github.com/tacho-monitor/tacho/collector"

// pressureColumns leave out the processor's full stall, which is not defined for
// a whole machine.
var pressureColumns = []column[collector.Pressure]{
	{counter("node_pressure_cpu_waiting_seconds_total", "Seconds in which a task waited for a processor."),
		func(p *collector.Pressure) collector.Value { return p.CPU.Some.Stalled }},
	{counter("node_pressure_memory_waiting_seconds_total", "Seconds in which a task waited for memory."),
		func(p *collector.Pressure) collector.Value { return p.Memory.Some.Stalled }},
	{counter("node_pressure_memory_stalled_seconds_total", "Seconds in which all tasks waited for memory."),
		func(p *collector.Pressure) collector.Value { return p.Memory.Full.Stalled }},
	{counter("node_pressure_io_waiting_seconds_total", "Seconds in which a task waited for I/O."),
		func(p *collector.Pressure) collector.Value { return p.IO.Some.Stalled }},
	{counter("node_pressure_io_stalled_seconds_total", "Seconds in which all tasks waited for I/O."),
		func(p *collector.Pressure) collector.Value { return p.IO.Full.Stalled }},
	{counter("node_pressure_irq_stalled_seconds_total", "Seconds in which all tasks waited for interrupts to be handled."),
		func(p *collector.Pressure) collector.Value { return p.IRQ.Full.Stalled }},
}

func addPressure(e exposition, s *collector.Snapshot) {
	if shown(&s.Pressure) {
		addColumns(e, pressureColumns, &s.Pressure.Value)
	}
}
