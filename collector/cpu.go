package collector

import (
	"context"
	"fmt"

	"github.com/shirou/gopsutil/v4/cpu"
)

// CPU is the time that the processors spent in each mode. Source: /proc/stat,
// /proc/cpuinfo, /sys/devices/system/cpu/cpu*/cpufreq/scaling_cur_freq.
type CPU struct {
	Model     string   `json:"model"`           // of the first core; "" when /proc/cpuinfo names none
	Usage     CPUUsage `json:"usage"`           // of the whole host: 100 is every core busy
	Times     CPUTimes `json:"times"`           // of the whole host
	Frequency Value    `json:"frequency_hertz"` // mean of the cores
	Cores     []Core   `json:"cores"`           // online ones, by number
}

// Core is one logical processor.
type Core struct {
	ID        int      `json:"id"`
	Usage     CPUUsage `json:"usage"` // of this core
	Times     CPUTimes `json:"times"`
	Frequency Value    `json:"frequency_hertz"`
}

// CPUUsage is the share of the last tick that was spent in each mode. The modes
// from User to Guest add up to 100; Busy is all of them but Idle and IOWait. All
// are missing as [NoBaseline] when a counter of this set went backwards, when
// none has moved (two readings within 1/100 s, the unit of the counters), and
// when the set was not there before.
type CPUUsage struct {
	Busy    Value `json:"busy_percent"`
	User    Value `json:"user_percent"` // without guest
	Nice    Value `json:"nice_percent"` // without guest
	System  Value `json:"system_percent"`
	Idle    Value `json:"idle_percent"`
	IOWait  Value `json:"iowait_percent"`
	IRQ     Value `json:"irq_percent"`
	SoftIRQ Value `json:"softirq_percent"`
	Steal   Value `json:"steal_percent"`
	Guest   Value `json:"guest_percent"` // nice or not
}

// CPUTimes are the kernel's counters since boot, in seconds, as /proc/stat has
// them: user holds guest, and nice holds guest_nice. Those that the kernel does
// not count are unsupported.
type CPUTimes struct {
	User      float64 `json:"user_seconds_total"`
	Nice      float64 `json:"nice_seconds_total"`
	System    float64 `json:"system_seconds_total"`
	Idle      float64 `json:"idle_seconds_total"`
	IOWait    float64 `json:"iowait_seconds_total"`
	IRQ       float64 `json:"irq_seconds_total"`
	SoftIRQ   float64 `json:"softirq_seconds_total"`
	Steal     Value   `json:"steal_seconds_total"`
	Guest     Value   `json:"guest_seconds_total"`
	GuestNice Value   `json:"guest_nice_seconds_total"`
}

// NewCPU returns the collector of CPU. It wraps [ErrNoBaseline] while the host
// as a whole has no percentages; a single core without them is no error.
func NewCPU() Collector[CPU] { return new(cpuReader).read }

type cpuReader struct {
	previous cpuStat
	clocks   cpuClocks
	model    string
	modelled bool
}

func (r *cpuReader) read(ctx context.Context) (CPU, error) {
	// One read gives the total and the cores of the same moment; gopsutil needs
	// two (21 us against 12), and takes a file that it cannot read for no cores.
	text, err := readProc(ctx, "stat")
	if err != nil {
		return CPU{}, fmt.Errorf("cpu: %w", err)
	}
	stat, err := parseStat(text)
	if err != nil {
		return CPU{}, fmt.Errorf("cpu: /proc/stat: %w", err)
	}
	if r.clocks.refresh(ctx, stat.cores) && !r.modelled {
		r.model, r.modelled = cpuModel(ctx)
	}
	reading := r.compare(stat)
	before := r.previous.total
	r.previous = stat
	if reading.Usage.Busy.Status() == NoBaseline {
		return reading, fmt.Errorf("cpu: %w: %s", ErrNoBaseline, stat.total.noUsageSince(before))
	}
	return reading, nil
}

// noUsageSince says why there are no percentages.
func (t cpuTicks) noUsageSince(previous cpuTicks) string {
	switch {
	case previous.columns == 0:
		return "first reading"
	case previous == t:
		return "no counter has moved"
	case previous.columns != t.columns:
		return "other counters than before"
	}
	return "a counter went backwards"
}

func (r *cpuReader) compare(stat cpuStat) CPU {
	reading := CPU{
		Model:     r.model,
		Usage:     usageBetween(r.previous.total, stat.total),
		Times:     stat.total.times(),
		Frequency: r.clocks.mean(stat.cores),
		Cores:     make([]Core, 0, len(stat.cores)),
	}
	for _, core := range stat.cores {
		reading.Cores = append(reading.Cores, Core{
			ID:        core.id,
			Usage:     usageBetween(r.previous.core(core.id), core.ticks),
			Times:     core.ticks.times(),
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

// since returns what was counted after previous, with guest time taken out of
// user and nice. It reports false when there is nothing to compare with.
func (t cpuTicks) since(previous cpuTicks) (delta cpuTicks, ok bool) {
	if previous.columns != t.columns {
		return cpuTicks{}, false
	}
	delta.columns = t.columns
	for i, count := range t.counts {
		if count < previous.counts[i] {
			return cpuTicks{}, false
		}
		delta.counts[i] = count - previous.counts[i]
	}
	// The kernel adds guest time to both counters one after the other, so a read
	// in between can see more guest than user.
	delta.counts[userColumn] -= min(delta.counts[userColumn], delta.counts[guestColumn])
	delta.counts[niceColumn] -= min(delta.counts[niceColumn], delta.counts[guestNiceColumn])
	return delta, true
}

func usageBetween(previous, current cpuTicks) CPUUsage {
	delta, ok := current.since(previous)
	whole := 0.0
	for _, count := range delta.counts {
		whole += float64(count)
	}
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
		return Of(100 * part / whole)
	}
	idle := float64(delta.counts[idleColumn]) + float64(delta.counts[iowaitColumn])
	return CPUUsage{
		Busy:    Of(100 * (whole - idle) / whole),
		User:    share(userColumn),
		Nice:    share(niceColumn),
		System:  share(systemColumn),
		Idle:    share(idleColumn),
		IOWait:  share(iowaitColumn),
		IRQ:     share(irqColumn),
		SoftIRQ: share(softirqColumn),
		Steal:   share(stealColumn),
		Guest:   share(guestColumn, guestNiceColumn),
	}
}

func noUsage() CPUUsage {
	none := Missing(NoBaseline)
	return CPUUsage{none, none, none, none, none, none, none, none, none, none}
}
