package collector

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Paging is what the memory management of the kernel did. Source: /proc/vmstat.
// What this kernel does not count is unsupported.
type Paging struct {
	Faults         Value `json:"faults_total" from:"/proc/vmstat: pgfault"` // major ones among them
	FaultRate      Value `json:"faults_per_second" from:"/proc/vmstat: Δpgfault / t"`
	MajorFaults    Value `json:"major_faults_total" from:"/proc/vmstat: pgmajfault"` // that had to read from a disk
	MajorFaultRate Value `json:"major_faults_per_second" from:"/proc/vmstat: Δpgmajfault / t"`
	InBytes        Value `json:"in_bytes_total" from:"/proc/vmstat: pgpgin × 1024"` // all that block devices read, not from swap alone
	InRate         Value `json:"in_bytes_per_second" from:"/proc/vmstat: 1024 × Δpgpgin / t"`
	OutBytes       Value `json:"out_bytes_total" from:"/proc/vmstat: pgpgout × 1024"`
	OutRate        Value `json:"out_bytes_per_second" from:"/proc/vmstat: 1024 × Δpgpgout / t"`
	SwapIn         Value `json:"swap_in_pages_total" from:"/proc/vmstat: pswpin"`
	SwapInRate     Value `json:"swap_in_pages_per_second" from:"/proc/vmstat: Δpswpin / t"`
	SwapOut        Value `json:"swap_out_pages_total" from:"/proc/vmstat: pswpout"`
	SwapOutRate    Value `json:"swap_out_pages_per_second" from:"/proc/vmstat: Δpswpout / t"`
	OOMKills       Value `json:"oom_kills_total" from:"/proc/vmstat: oom_kill"` // Linux 4.13
	OOMKillRate    Value `json:"oom_kills_per_second" from:"/proc/vmstat: Δoom_kill / t"`
	Scanned        Value `json:"scanned_pages_total" from:"/proc/vmstat: Σ pgscan_{kswapd,direct,khugepaged,proactive}[_ZONE]"`
	ScanRate       Value `json:"scanned_pages_per_second" from:"/proc/vmstat: Δ(Σ pgscan_{kswapd,direct,khugepaged,proactive}[_ZONE]) / t"`
	Reclaimed      Value `json:"reclaimed_pages_total" from:"/proc/vmstat: Σ pgsteal_{kswapd,direct,khugepaged,proactive}[_ZONE]"`
	ReclaimRate    Value `json:"reclaimed_pages_per_second" from:"/proc/vmstat: Δ(Σ pgsteal_{kswapd,direct,khugepaged,proactive}[_ZONE]) / t"`
	CompactStalls  Value `json:"compact_stalls_total" from:"/proc/vmstat: compact_stall"` // allocations that waited for memory to be compacted
	CompactRate    Value `json:"compact_stalls_per_second" from:"/proc/vmstat: Δcompact_stall / t"`
	AllocStalls    Value `json:"alloc_stalls_total" from:"/proc/vmstat: Σ allocstall[_ZONE]"` // allocations that waited for memory to be reclaimed
	AllocStallRate Value `json:"alloc_stalls_per_second" from:"/proc/vmstat: Δ(Σ allocstall[_ZONE]) / t"`
}

// Lines of /proc/vmstat whose sums Paging has. Kernels before 4.8 count pages by
// zone, before 3.5 those reclaimed by zone alone. pgscan_anon, pgscan_file and
// their like count the same pages again, and pgscan_direct_throttle no pages.
var (
	scanLines  = zoned("pgscan_kswapd", "pgscan_direct", "pgscan_khugepaged", "pgscan_proactive")
	stealLines = zoned("pgsteal", "pgsteal_kswapd", "pgsteal_direct", "pgsteal_khugepaged", "pgsteal_proactive")
	stallLines = zoned("allocstall")
)

// zoned adds to each name those that it has with a zone of the memory.
func zoned(names ...string) []string {
	var all []string
	for _, name := range names {
		all = append(all, name)
		for _, zone := range []string{"dma", "dma32", "normal", "high", "movable", "device"} {
			all = append(all, name+"_"+zone)
		}
	}
	return all
}

// exportedVMStat keeps the lines that node_exporter exports unless told
// otherwise: ^(oom_kill|pgpg|pswp|pg.*fault).*
func exportedVMStat(name string, _ bool) string {
	rest, ofPages := strings.CutPrefix(name, "pg")
	if ofPages && (strings.HasPrefix(rest, "pg") || strings.Contains(rest, "fault")) ||
		strings.HasPrefix(name, "pswp") || strings.HasPrefix(name, "oom_kill") {
		return metricName(name)
	}
	return ""
}

func summedVMStat(name string) bool {
	return name == "compact_stall" || slices.Contains(scanLines, name) || slices.Contains(stealLines, name) ||
		slices.Contains(stallLines, name)
}

// vmstatReader reads /proc/vmstat.
type vmstatReader struct {
	buf      []byte
	lines    counterLines
	previous vmstat
	at       time.Time // of previous; zero at first
}

func newVMStatReader() vmstatReader {
	return vmstatReader{lines: counterLines{called: exportedVMStat, wanted: summedVMStat}}
}

// vmstat are the amounts that Paging has, each since boot.
type vmstat struct {
	faults, majorFaults, in, out, swapIn, swapOut, oomKills,
	scanned, reclaimed, compactStalls, allocStalls amount
}

func (r *vmstatReader) read(ctx context.Context) (Paging, Counters) {
	reading, err := r.readLines(ctx)
	if err != nil {
		return missingVMStat(statusOf(err)).since(vmstat{}, 0), Counters{}
	}
	at := time.Now()
	elapsed := time.Duration(0)
	if !r.at.IsZero() {
		elapsed = at.Sub(r.at)
	}
	current := vmstatOf(reading)
	paging := current.since(r.previous, elapsed)
	r.previous, r.at = current, at
	return paging, reading.Counters
}

func (r *vmstatReader) readLines(ctx context.Context) (counterReading, error) {
	text, err := readProcShared(ctx, "vmstat", &r.buf)
	if err != nil {
		return counterReading{}, err
	}
	return r.lines.parse(text)
}

func vmstatOf(lines counterReading) vmstat {
	return vmstat{
		faults:        lines.amount("pgfault"),
		majorFaults:   lines.amount("pgmajfault"),
		in:            lines.amount("pgpgin").times(1024),
		out:           lines.amount("pgpgout").times(1024),
		swapIn:        lines.amount("pswpin"),
		swapOut:       lines.amount("pswpout"),
		oomKills:      lines.amount("oom_kill"),
		scanned:       lines.amount(scanLines...),
		reclaimed:     lines.amount(stealLines...),
		compactStalls: lines.amount("compact_stall"),
		allocStalls:   lines.amount(stallLines...),
	}
}

func missingVMStat(why Status) vmstat {
	none := amount{status: why}
	return vmstat{none, none, none, none, none, none, none, none, none, none, none}
}

func (v vmstat) since(previous vmstat, elapsed time.Duration) Paging {
	return Paging{
		Faults: v.faults.value(), FaultRate: v.faults.rateSince(previous.faults, elapsed),
		MajorFaults: v.majorFaults.value(), MajorFaultRate: v.majorFaults.rateSince(previous.majorFaults, elapsed),
		InBytes: v.in.value(), InRate: v.in.rateSince(previous.in, elapsed),
		OutBytes: v.out.value(), OutRate: v.out.rateSince(previous.out, elapsed),
		SwapIn: v.swapIn.value(), SwapInRate: v.swapIn.rateSince(previous.swapIn, elapsed),
		SwapOut: v.swapOut.value(), SwapOutRate: v.swapOut.rateSince(previous.swapOut, elapsed),
		OOMKills: v.oomKills.value(), OOMKillRate: v.oomKills.rateSince(previous.oomKills, elapsed),
		Scanned: v.scanned.value(), ScanRate: v.scanned.rateSince(previous.scanned, elapsed),
		Reclaimed: v.reclaimed.value(), ReclaimRate: v.reclaimed.rateSince(previous.reclaimed, elapsed),
		CompactStalls: v.compactStalls.value(), CompactRate: v.compactStalls.rateSince(previous.compactStalls, elapsed),
		AllocStalls: v.allocStalls.value(), AllocStallRate: v.allocStalls.rateSince(previous.allocStalls, elapsed),
	}
}
