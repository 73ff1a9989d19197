package metrics

import (
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

var vmstat = newPrefixed(untyped, "node_vmstat_", "of /proc/vmstat")

var kernelColumns = []column[collector.Kernel]{
	{counter("node_context_switches_total", "Context switches."),
		func(k *collector.Kernel) collector.Value { return k.ContextSwitches }},
	{counter("node_intr_total", "Interrupts handled."),
		func(k *collector.Kernel) collector.Value { return k.Interrupts }},
	{counter("node_forks_total", "Processes and threads started."),
		func(k *collector.Kernel) collector.Value { return k.Forks }},
	{counter("tacho_soft_interrupts_total", "Soft interrupts handled."),
		func(k *collector.Kernel) collector.Value { return k.SoftIRQs }},
	{gauge("node_entropy_available_bits", "Entropy that the kernel has."),
		func(k *collector.Kernel) collector.Value { return k.Limits.Entropy }},
	{gauge("node_entropy_pool_size_bits", "Entropy that the kernel can have."),
		func(k *collector.Kernel) collector.Value { return k.Limits.EntropyPool }},
	{gauge("node_filefd_allocated", "Files that are open."),
		func(k *collector.Kernel) collector.Value { return k.Limits.OpenFiles }},
	{gauge("node_filefd_maximum", "Files that may be open."),
		func(k *collector.Kernel) collector.Value { return k.Limits.OpenFilesMax }},
	{gauge("node_processes_max_threads", "Threads that may exist."),
		func(k *collector.Kernel) collector.Value { return k.Limits.ThreadsMax }},
	{gauge("node_processes_max_processes", "Largest number that a process may have."),
		func(k *collector.Kernel) collector.Value { return k.Limits.PIDMax }},
}

var softnetColumns = []column[collector.SoftnetCore]{
	{counter("node_softnet_processed_total", "Packets that the processor took in.", "cpu"),
		func(c *collector.SoftnetCore) collector.Value { return count(uint64(c.Processed)) }},
	{counter("node_softnet_dropped_total", "Packets dropped because the queue of the processor was full.", "cpu"),
		func(c *collector.SoftnetCore) collector.Value { return count(uint64(c.Dropped)) }},
	{counter("node_softnet_times_squeezed_total", "Times that the processor had more packets than time for them.", "cpu"),
		func(c *collector.SoftnetCore) collector.Value { return count(uint64(c.Squeezed)) }},
}

func addKernel(e exposition, s *collector.Snapshot) {
	if !shown(&s.Kernel) {
		return
	}
	addColumns(e, kernelColumns, &s.Kernel.Value)
	for i := range s.Kernel.Value.Softnet.Cores {
		core := &s.Kernel.Value.Softnet.Cores[i]
		addColumns(e, softnetColumns, core, strconv.FormatUint(uint64(core.ID), 10))
	}
	e.addCounters(s.Kernel.Value.VMStat, vmstat)
}
