package collector

import (
	"context"
	"fmt"
	"math"

	"github.com/shirou/gopsutil/v4/cpu"
)

// CPU is the time that the processors spent in each mode. Source: /proc/stat,
// /proc/cpuinfo, /sys/devices/system/cpu/cpu*/cpufreq/scaling_cur_freq.
type CPU struct {
	Model     string   `json:"model"` // of the first core; "" when /proc/cpuinfo names none
	Usage     CPUUsage `json:"usage"` // of the whole host: 100 is every core busy
	Times     CPUTimes `json:"times"` // of the whole host
	Frequency Value    `json:"frequency_hertz" from:"/sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq: mean of the cores, of /proc/cpuinfo where there is none"`
	Cores     []Core   `json:"cores"` // online ones, by number
}

// Core is one logical processor.
type Core struct {
	ID        int      `json:"id" from:"/proc/stat: N of cpuN"`
	Usage     CPUUsage `json:"usage"` // of this core
	Times     CPUTimes `json:"times"`
	Frequency Value    `json:"frequency_hertz" from:"/sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq: 1000 × it, or cpu MHz of /proc/cpuinfo"`
}

// CPUUsage is the share of the last tick that was spent in each mode. The modes
// from User to Guest add up to 100; Busy is all of them but Idle and IOWait.
//
// The kernel tells idle from iowait by whether a task of the core waits for a
// disk when it is asked, and moves the whole of the present rest of the core from
// one to the other when that changes (Documentation/filesystems/proc.rst). So
// either may go backwards while both together do not. Then Idle and IOWait of
// that tick are missing as [NoBaseline], and the others are as right as ever.
//
// All are missing as [NoBaseline] when another counter of this set went
// backwards, when none has moved (two readings within 1/100 s, the unit of the
// counters), and when the set was not there before. Those of the host are missing
// too in the tick in which a core came or went, for the kernel then counts the
// rest of that core in another way and both sums leap.
type CPUUsage struct {
	Busy    Value `json:"busy_percent" from:"/proc/stat: 100 × (Δall − Δidle − Δiowait) / Δall"`
	User    Value `json:"user_percent" from:"/proc/stat: 100 × (Δuser − Δguest) / Δall"`      // without guest
	Nice    Value `json:"nice_percent" from:"/proc/stat: 100 × (Δnice − Δguest_nice) / Δall"` // without guest
	System  Value `json:"system_percent" from:"/proc/stat: 100 × Δsystem / Δall"`
	Idle    Value `json:"idle_percent" from:"/proc/stat: 100 × Δidle / Δall"`
	IOWait  Value `json:"iowait_percent" from:"/proc/stat: 100 × Δiowait / Δall"`
	IRQ     Value `json:"irq_percent" from:"/proc/stat: 100 × Δirq / Δall"`
	SoftIRQ Value `json:"softirq_percent" from:"/proc/stat: 100 × Δsoftirq / Δall"`
	Steal   Value `json:"steal_percent" from:"/proc/stat: 100 × Δsteal / Δall"`
	Guest   Value `json:"guest_percent" from:"/proc/stat: 100 × (Δguest + Δguest_nice) / Δall"` // nice or not
}

// CPUTimes are the kernel's counters since boot, in seconds, as /proc/stat has
// them: user holds guest, and nice holds guest_nice. Those that the kernel does
// not count are unsupported.
//
// They do not decrease: a counter that goes backwards (see [CPUUsage]) stands
// still until the kernel's has caught up. Only where idle and iowait together
// lose [restartSeconds] or more, or the core was away at the reading before, has
// the kernel begun anew with it (hot-plugging, suspend before Linux 6.9), and all
// its times are what the kernel says.
type CPUTimes struct {
	User      float64 `json:"user_seconds_total" from:"/proc/stat: user / 100"`
	Nice      float64 `json:"nice_seconds_total" from:"/proc/stat: nice / 100"`
	System    float64 `json:"system_seconds_total" from:"/proc/stat: system / 100"`
	Idle      float64 `json:"idle_seconds_total" from:"/proc/stat: idle / 100, its highest"`
	IOWait    float64 `json:"iowait_seconds_total" from:"/proc/stat: iowait / 100, its highest"`
	IRQ       float64 `json:"irq_seconds_total" from:"/proc/stat: irq / 100"`
	SoftIRQ   float64 `json:"softirq_seconds_total" from:"/proc/stat: softirq / 100"`
	Steal     Value   `json:"steal_seconds_total" from:"/proc/stat: steal / 100"`
	Guest     Value   `json:"guest_seconds_total" from:"/proc/stat: guest / 100"`
	GuestNice Value   `json:"guest_nice_seconds_total" from:"/proc/stat: guest_nice / 100"`
}

// restartSeconds is more than idle and iowait together lose for being read one
// after the other.
const restartSeconds = 3

// NewCPU returns the collector of CPU. It wraps [ErrNoBaseline] while the host
// as a whole has no percentages; a single core without them is no error.
func NewCPU() Collector[CPU] { return new(cpuReader).read }

type cpuReader struct {
	buf      []byte
	previous cpuStat
	clocks   cpuClocks
	model    string
	modelled bool
}

func (r *cpuReader) read(ctx context.Context) (CPU, error) {
	// One read gives the total and the cores of the same moment; gopsutil needs
	// two (21 us against 12), and takes a file that it cannot read for no cores.
	text, err := readProcShared(ctx, "stat", &r.buf)
	if err != nil {
		return CPU{}, fmt.Errorf("cpu: %w", hintAtProc(err))
	}
	stat, err := parseStat(string(cpuPart(text)))
	if err != nil {
		return CPU{}, fmt.Errorf("cpu: /proc/stat: %w", err)
	}
	if r.clocks.refresh(ctx, stat.cores) && !r.modelled {
		r.model, r.modelled = cpuModel(ctx)
	}
	reading := r.compare(&stat)
	before := r.previous
	r.previous = stat
	if reading.Usage.Busy.Status() == NoBaseline {
		return reading, fmt.Errorf("cpu: %w: %s", ErrNoBaseline, stat.noUsageSince(before))
	}
	return reading, nil
}

// noUsageSince says why there are no percentages of the host.
func (s cpuStat) noUsageSince(previous cpuStat) string {
	was, is := previous.total.ticks, s.total.ticks
	switch {
	case was.columns == 0:
		return "first reading"
	case was == is:
		return "no counter has moved"
	case was.columns != is.columns:
		return "other counters than before"
	case !s.hasCoresOf(previous):
		return "other cores than before"
	}
	return "a counter went backwards"
}

// compare makes the reading, and notes in stat what it tells.
func (r *cpuReader) compare(stat *cpuStat) CPU {
	stat.total.told = stat.total.ticks.afterTelling(r.previous.total)
	reading := CPU{
		Model:     r.model,
		Usage:     noUsage(),
		Times:     stat.total.told.times(),
		Frequency: r.clocks.mean(stat.cores),
		Cores:     make([]Core, 0, len(stat.cores)),
	}
	if r.previous.hasCoresOf(*stat) {
		reading.Usage = usageBetween(r.previous.total.ticks, stat.total.ticks)
	}
	for i := range stat.cores {
		core := &stat.cores[i]
		previous := r.previous.core(core.id)
		core.told = core.ticks.afterTelling(previous)
		reading.Cores = append(reading.Cores, Core{
			ID:        core.id,
			Usage:     usageBetween(previous.ticks, core.ticks),
			Times:     core.told.times(),
			Frequency: r.clocks.core[core.id],
		})
	}
	return reading
}

// cpuModel returns the name of the first processor, and whether it is final.
func cpuModel(ctx context.Context) (string, bool) {
	info, err := cpu.InfoWithContext(ctx)
	if err != nil || len(info) == 0 {
		return "", false
	}
	// gopsutil's word for an ARM part that its table lacks.
	if info[0].ModelName == "Undefined" {
		return "", true
	}
	return info[0].ModelName, true
}

func (t cpuTicks) times() CPUTimes {
	seconds := func(column int) float64 { return float64(t.counts[column]) / userHZ }
	since := func(column int) Value {
		if column >= t.columns {
			return Missing(Unsupported)
		}
		return Of(seconds(column))
	}
	return CPUTimes{
		User:      seconds(userColumn),
		Nice:      seconds(niceColumn),
		System:    seconds(systemColumn),
		Idle:      seconds(idleColumn),
		IOWait:    seconds(iowaitColumn),
		IRQ:       seconds(irqColumn),
		SoftIRQ:   seconds(softirqColumn),
		Steal:     since(stealColumn),
		Guest:     since(guestColumn),
		GuestNice: since(guestNiceColumn),
	}
}

// afterTelling is what to tell when the line before was told of: the higher of
// each two, unless the kernel has begun anew.
func (t cpuTicks) afterTelling(previous cpuLine) cpuTicks {
	if previous.ticks.columns != t.columns || t.restartedSince(previous.ticks) {
		return t
	}
	for i := range t.counts {
		t.counts[i] = max(t.counts[i], previous.told.counts[i])
	}
	return t
}

func (t cpuTicks) restartedSince(previous cpuTicks) bool {
	lost, ok := t.restSince(previous)
	return !ok && lost >= restartSeconds*userHZ
}

// restSince is by how much idle and iowait together went on, or by how much they
// went back, with false. Each is cut to whole ticks, so what moves from one to
// the other may seem to lose one; that is no loss.
func (t cpuTicks) restSince(previous cpuTicks) (ticks uint64, ok bool) {
	var gained, lost uint64
	for _, column := range []int{idleColumn, iowaitColumn} {
		was, is := previous.counts[column], t.counts[column]
		gained = addUpTo(math.MaxUint64, gained, max(is, was)-was)
		lost = addUpTo(math.MaxUint64, lost, max(is, was)-is)
	}
	switch {
	case gained >= lost:
		return gained - lost, true
	case lost-gained == 1:
		return 0, true
	}
	return lost - gained, false
}

// cpuDelta is what was counted between two readings, with guest time taken out
// of user and nice.
type cpuDelta struct {
	counts  [cpuColumns]uint64
	columns int
	rest    uint64 // idle and iowait
	apart   bool   // it is known how much of rest is which
}

// since reports false when there is nothing to compare with.
func (t cpuTicks) since(previous cpuTicks) (delta cpuDelta, ok bool) {
	if previous.columns != t.columns {
		return cpuDelta{}, false
	}
	delta.columns, delta.apart = t.columns, true
	if delta.rest, ok = t.restSince(previous); !ok {
		return cpuDelta{}, false
	}
	for i, count := range t.counts {
		backwards := count < previous.counts[i]
		switch {
		case backwards && (i == idleColumn || i == iowaitColumn):
			delta.apart = false
		case backwards:
			return cpuDelta{}, false
		default:
			delta.counts[i] = count - previous.counts[i]
		}
	}
	// The kernel adds guest time to both counters one after the other, so a read
	// in between can see more guest than user.
	delta.counts[userColumn] -= min(delta.counts[userColumn], delta.counts[guestColumn])
	delta.counts[niceColumn] -= min(delta.counts[niceColumn], delta.counts[guestNiceColumn])
	return delta, true
}

// busy is what was counted in all modes but idle and iowait.
func (d cpuDelta) busy() float64 {
	busy := 0.0
	for i, count := range d.counts {
		if i != idleColumn && i != iowaitColumn {
			busy += float64(count)
		}
	}
	return busy
}

func usageBetween(previous, current cpuTicks) CPUUsage {
	delta, ok := current.since(previous)
	whole := delta.busy() + float64(delta.rest)
	if !ok || whole == 0 {
		return noUsage()
	}
	share := func(columns ...int) Value {
		part := 0.0
		for _, column := range columns {
			if column >= delta.columns {
				return Missing(Unsupported)
			}
			part += float64(delta.counts[column])
		}
		return percentOf(part, whole)
	}
	usage := CPUUsage{
		Busy:    percentOf(delta.busy(), whole),
		User:    share(userColumn),
		Nice:    share(niceColumn),
		System:  share(systemColumn),
		Idle:    Missing(NoBaseline),
		IOWait:  Missing(NoBaseline),
		IRQ:     share(irqColumn),
		SoftIRQ: share(softirqColumn),
		Steal:   share(stealColumn),
		Guest:   share(guestColumn, guestNiceColumn),
	}
	if delta.apart {
		usage.Idle, usage.IOWait = share(idleColumn), share(iowaitColumn)
	}
	return usage
}

func noUsage() CPUUsage {
	none := Missing(NoBaseline)
	return CPUUsage{none, none, none, none, none, none, none, none, none, none}
}
