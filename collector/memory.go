package collector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Memory is what the machine's memory holds, in bytes. Source: /proc/meminfo,
// /proc/spl/kstat/zfs/arcstats.
//
// Available is the kernel's MemAvailable, and on ZFS the part of the ARC that
// shrinks on demand (size - c_min) besides, which the kernel does not count.
// Where the kernel has no MemAvailable (before 3.14) it is estimated as Free +
// Buffers + Cached + SlabReclaimable - Shared. It is never more than Total. Used
// is Total - Available, so the two always add up.
//
// What /proc/meminfo has no line for is unsupported: huge pages in a kernel
// without them, slab in gVisor.
type Memory struct {
	Total             uint64 `json:"total_bytes" from:"/proc/meminfo: MemTotal"`
	Used              uint64 `json:"used_bytes" from:"/proc/meminfo: MemTotal − available"`
	Available         uint64 `json:"available_bytes" from:"/proc/meminfo: MemAvailable + (ARC size − c_min), at most MemTotal"`
	KernelAvailable   Value  `json:"kernel_available_bytes" from:"/proc/meminfo: MemAvailable"`
	Free              uint64 `json:"free_bytes" from:"/proc/meminfo: MemFree"`
	Buffers           Value  `json:"buffers_bytes" from:"/proc/meminfo: Buffers"`
	Cached            Value  `json:"cached_bytes" from:"/proc/meminfo: Cached"` // page cache, with Shared and without Buffers and slab
	Slab              Value  `json:"slab_bytes" from:"/proc/meminfo: Slab"`
	SlabReclaimable   Value  `json:"slab_reclaimable_bytes" from:"/proc/meminfo: SReclaimable"`
	Dirty             Value  `json:"dirty_bytes" from:"/proc/meminfo: Dirty"`
	Writeback         Value  `json:"writeback_bytes" from:"/proc/meminfo: Writeback"`
	Shared            Value  `json:"shared_bytes" from:"/proc/meminfo: Shmem"`            // shmem and tmpfs
	Active            Value  `json:"active_bytes" from:"/proc/meminfo: Active"`           // used lately, so reclaimed last
	Inactive          Value  `json:"inactive_bytes" from:"/proc/meminfo: Inactive"`       // reclaimed first
	Anonymous         Value  `json:"anonymous_bytes" from:"/proc/meminfo: AnonPages"`     // of processes, without a file behind it
	Mapped            Value  `json:"mapped_bytes" from:"/proc/meminfo: Mapped"`           // files that processes have mapped, of Cached
	Unevictable       Value  `json:"unevictable_bytes" from:"/proc/meminfo: Unevictable"` // Locked among it
	Locked            Value  `json:"locked_bytes" from:"/proc/meminfo: Mlocked"`
	KernelStack       Value  `json:"kernel_stack_bytes" from:"/proc/meminfo: KernelStack"`
	PageTables        Value  `json:"page_tables_bytes" from:"/proc/meminfo: PageTables"`
	PerCPU            Value  `json:"per_cpu_bytes" from:"/proc/meminfo: Percpu"`                       // of the kernel, for each core
	KernelReclaimable Value  `json:"kernel_reclaimable_bytes" from:"/proc/meminfo: KReclaimable"`      // SlabReclaimable among it
	Committed         Value  `json:"committed_bytes" from:"/proc/meminfo: Committed_AS"`               // promised to processes, used or not
	CommitLimit       Value  `json:"commit_limit_bytes" from:"/proc/meminfo: CommitLimit"`             // in force only with vm.overcommit_memory=2
	Zswap             Value  `json:"zswap_bytes" from:"/proc/meminfo: Zswap"`                          // memory that compressed swap takes
	Zswapped          Value  `json:"zswapped_bytes" from:"/proc/meminfo: Zswapped"`                    // what is in it, uncompressed
	Corrupted         Value  `json:"hardware_corrupted_bytes" from:"/proc/meminfo: HardwareCorrupted"` // taken out of use for its errors
	AnonymousHuge     Value  `json:"anonymous_huge_pages_bytes" from:"/proc/meminfo: AnonHugePages"`   // transparent ones, of Anonymous
	HugePages         Value  `json:"huge_pages" from:"/proc/meminfo: HugePages_Total"`                 // count, of the default size
	HugePagesFree     Value  `json:"huge_pages_free" from:"/proc/meminfo: HugePages_Free"`
	HugePageSize      Value  `json:"huge_page_size_bytes" from:"/proc/meminfo: Hugepagesize"`
	ARC               Value  `json:"zfs_arc_bytes" from:"/proc/spl/kstat/zfs/arcstats: size"` // unsupported where this memory holds none
	UsedPercent       Value  `json:"used_percent" from:"/proc/meminfo: 100 × (MemTotal − available) / MemTotal"`

	// Lines are all lines of /proc/meminfo, in bytes where they have a unit, by the
	// names that node_exporter gives them: "MemTotal_bytes", "Active_anon_bytes",
	// "HugePages_Total".
	Lines Counters `json:"-"`
}

// NewMemory returns the collector of Memory. An ARC that cannot be read is no
// error: its Value says why, and Available then lacks it.
func NewMemory() Collector[Memory] { return (&memoryReader{meminfo: newMeminfoReader()}).read }

type memoryReader struct {
	meminfo meminfoReader
}

func (r *memoryReader) read(ctx context.Context) (Memory, error) {
	info, err := r.meminfo.read(ctx)
	if err != nil {
		return Memory{}, fmt.Errorf("memory: %w", err)
	}
	cache, status := readARC(ctx)
	memory := info.Memory
	memory.ARC = Missing(status)
	if status == OK {
		memory.ARC = Of(float64(cache.size))
	}
	reclaimable := cache.size - min(cache.size, cache.minimum)
	memory.Available = addUpTo(memory.Total, memory.Available, reclaimable)
	memory.Used = memory.Total - memory.Available
	memory.UsedPercent = percentOf(float64(memory.Used), float64(memory.Total))
	return memory, nil
}

// meminfo is one reading of /proc/meminfo, which Memory and Swap both need.
type meminfo struct {
	Memory // what the kernel says, Available without the ARC

	hasSwap             bool
	swapTotal, swapFree uint64
	swapCached          Value
}

// meminfoReader reads the file itself: gopsutil (22 us, 173 allocations against
// 10 us, 1) says 0 for lines that are absent, and puts reclaimable slab in Cached.
type meminfoReader struct {
	buf   []byte
	lines counterLines
}

func newMeminfoReader() meminfoReader {
	return meminfoReader{lines: counterLines{called: meminfoName}}
}

// meminfoName names a line as node_exporter does: "Active(anon)" in kB is
// "Active_anon_bytes".
func meminfoName(name string, kilobytes bool) string {
	if kind, rest, found := strings.Cut(name, "("); found {
		name = kind + "_" + strings.TrimSuffix(rest, ")")
	}
	if kilobytes {
		name += "_bytes"
	}
	return metricName(name)
}

func (r *meminfoReader) read(ctx context.Context) (meminfo, error) {
	text, err := readProcShared(ctx, "meminfo", &r.buf)
	if err != nil {
		return meminfo{}, hintAtProc(err)
	}
	info, err := r.parse(text)
	if err != nil {
		return meminfo{}, fmt.Errorf("/proc/meminfo: %w", err)
	}
	return info, nil
}

func (r *meminfoReader) parse(text []byte) (meminfo, error) {
	reading, err := r.lines.parse(text)
	lines := meminfoLines{reading, err}
	info := meminfo{
		Memory:     lines.memory(),
		hasSwap:    lines.has("SwapTotal"),
		swapCached: lines.optional("SwapCached"),
	}
	if info.hasSwap {
		info.swapTotal, info.swapFree = lines.required("SwapTotal"), lines.required("SwapFree")
	}
	if lines.has("MemAvailable") {
		info.Available = lines.required("MemAvailable")
	} else {
		info.Available = lines.estimateAvailable(info.Total, info.Free)
	}
	if lines.err == nil && info.Total == 0 {
		lines.err = errors.New("MemTotal is 0")
	}
	return info, lines.err
}

// meminfoLines looks up lines by name, and keeps the first error.
type meminfoLines struct {
	counterReading
	err error
}

// memory is what stands in a line each.
func (l *meminfoLines) memory() Memory {
	return Memory{
		Total:             l.required("MemTotal"),
		KernelAvailable:   l.optional("MemAvailable"),
		Free:              l.required("MemFree"),
		Buffers:           l.optional("Buffers"),
		Cached:            l.optional("Cached"),
		Slab:              l.optional("Slab"),
		SlabReclaimable:   l.optional("SReclaimable"),
		Dirty:             l.optional("Dirty"),
		Writeback:         l.optional("Writeback"),
		Shared:            l.optional("Shmem"),
		Active:            l.optional("Active"),
		Inactive:          l.optional("Inactive"),
		Anonymous:         l.optional("AnonPages"),
		Mapped:            l.optional("Mapped"),
		Unevictable:       l.optional("Unevictable"),
		Locked:            l.optional("Mlocked"),
		KernelStack:       l.optional("KernelStack"),
		PageTables:        l.optional("PageTables"),
		PerCPU:            l.optional("Percpu"),
		KernelReclaimable: l.optional("KReclaimable"),
		Committed:         l.optional("Committed_AS"),
		CommitLimit:       l.optional("CommitLimit"),
		Zswap:             l.optional("Zswap"),
		Zswapped:          l.optional("Zswapped"),
		Corrupted:         l.optional("HardwareCorrupted"),
		AnonymousHuge:     l.optional("AnonHugePages"),
		HugePages:         l.optional("HugePages_Total"),
		HugePagesFree:     l.optional("HugePages_Free"),
		HugePageSize:      l.optional("Hugepagesize"),
		Lines:             l.Counters,
	}
}

// estimateAvailable takes lines that are absent for nothing.
func (l *meminfoLines) estimateAvailable(total, free uint64) uint64 {
	cache := l.required("Cached")
	for _, name := range []string{"Buffers", "SReclaimable"} {
		if l.has(name) {
			cache = addUpTo(total, cache, l.required(name))
		}
	}
	if l.has("Shmem") {
		cache -= min(cache, l.required("Shmem"))
	}
	return addUpTo(total, free, cache)
}

func (l *meminfoLines) has(name string) bool {
	_, found := l.place[name]
	return found
}

func (l *meminfoLines) required(name string) uint64 {
	found := l.amount(name)
	switch found.status {
	case Unsupported:
		l.fail(fmt.Errorf("no line %s", name))
	case Failed:
		l.fail(fmt.Errorf("%s: no amount", name))
	}
	return found.number
}

// optional is the amount of a line that not every kernel writes, nor all that
// stands in for one (gVisor, lxcfs).
func (l *meminfoLines) optional(name string) Value {
	found := l.amount(name)
	if found.status == Failed {
		l.fail(fmt.Errorf("%s: no amount", name))
	}
	return found.value()
}

func (l *meminfoLines) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// addUpTo is a + b, but at most limit.
func addUpTo(limit, a, b uint64) uint64 {
	a = min(limit, a)
	return a + min(limit-a, b)
}

// arc is the size of the ZFS cache and what it does not shrink below, in bytes.
type arc struct{ size, minimum uint64 }

// readARC returns a zero arc in any status but OK.
func readARC(ctx context.Context) (arc, Status) {
	text, err := readText(procPath(ctx, "spl/kstat/zfs/arcstats"))
	if err != nil {
		return arc{}, statusOf(err)
	}
	// In an LXC container arcstats is the host's, while lxcfs makes meminfo the
	// container's, which the ARC is no part of.
	var meminfo unix.Statfs_t
	if unix.Statfs(procPath(ctx, "meminfo"), &meminfo) == nil && meminfo.Type == unix.FUSE_SUPER_MAGIC {
		return arc{}, Unsupported
	}
	cache, err := parseARC(text)
	if err != nil {
		return arc{}, Failed
	}
	return cache, OK
}

// parseARC reads a kstat: lines of name, type and number.
func parseARC(text string) (arc, error) {
	if err := wholeLines(text); err != nil {
		return arc{}, err
	}
	var cache arc
	var err error
	if cache.size, err = parseKstat(text, "size"); err != nil {
		return arc{}, err
	}
	if cache.minimum, err = parseKstat(text, "c_min"); err != nil {
		return arc{}, err
	}
	return cache, nil
}

func parseKstat(text, name string) (uint64, error) {
	line, _ := lineAfter(text, name+" ")
	columns := strings.Fields(line)
	if len(columns) != 2 {
		return 0, fmt.Errorf("%s: no type and number", name)
	}
	number, err := strconv.ParseUint(columns[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return number, nil
}
