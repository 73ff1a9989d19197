package views

import (
	"math"

	"github.com/tacho-monitor/tacho/collector"
)

// number is a fact that is one number.
type number struct {
	term, about string
	value       collector.Value
	as          format
	of          string // what it is out of: "of 65536"; "" for nothing
	notable     bool   // stands out unless it is nothing
}

func kernelFacts(k collector.Kernel) []number {
	from := func(about, path string) string { return sourced(about, "kernel", path) }
	p, l := k.Paging, k.Limits
	return []number{
		{term: "switches/s", about: from("context switches", "context_switches_per_second"), value: k.ContextSwitchRate, as: frequency},
		{term: "interrupts/s", about: from("", "interrupts_per_second"), value: k.InterruptRate, as: frequency},
		{term: "forks/s", about: from("processes and threads that were made", "forks_per_second"), value: k.ForkRate, as: frequency},
		{term: "faults/s", about: from("page faults, minor and major", "paging.faults_per_second"), value: p.FaultRate, as: frequency},
		{term: "major/s", about: from("page faults that waited for a disk", "paging.major_faults_per_second"), value: p.MajorFaultRate, as: frequency, notable: true},
		{term: "paged in", about: from("read from disks into memory, all block I/O", "paging.in_bytes_per_second"), value: p.InRate, as: byteRate},
		{term: "paged out", about: from("written from memory to disks, all block I/O", "paging.out_bytes_per_second"), value: p.OutRate, as: byteRate},
		{term: "scanned/s", about: from("pages that the kernel looked at for some to take back", "paging.scanned_pages_per_second"), value: p.ScanRate, as: frequency, notable: true},
		{term: "OOM kills", about: from("processes killed since boot because memory ran out", "paging.oom_kills_total"), value: p.OOMKills, as: count, notable: true},
		{term: "open files", about: from("", "limits.open_files"), value: l.OpenFiles, as: count, of: outOf(l.OpenFilesMax)},
		{term: "tasks", about: from("processes and threads", "limits.tasks"), value: l.Tasks, as: count, of: outOf(l.ThreadsMax)},
		{term: "entropy", about: from("bits that the random number generator holds", "limits.entropy_bits"), value: l.Entropy, as: count},
		{term: "packets/s", about: from("taken off the network cards", "softnet.processed_per_second"), value: k.Softnet.ProcessedRate, as: frequency},
		{term: "dropped/s", about: from("packets for which a core had no room", "softnet.dropped_per_second"), value: k.Softnet.DroppedRate, as: frequency, notable: true},
	}
}

// outOf is a bound, where there is one that means something: kernels say the
// largest number there is for none.
func outOf(bound collector.Value) string {
	most, ok := bound.Get()
	if !ok || most >= 1<<62 {
		return ""
	}
	return "of " + format(count).text(most)
}

// magnitude is a number without its sign.
func magnitude(v collector.Value) collector.Value {
	number, ok := v.Get()
	if !ok {
		return v
	}
	return collector.Of(math.Abs(number))
}
