package views

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/tacho-monitor/tacho/collector"
)

// sample is one point of every chart. The keys of its charts are the series
// that the page's legends name.
type sample struct {
	Seq      uint64         `json:"seq"`
	Time     float64        `json:"time"`     // Unix seconds
	Interval float64        `json:"interval"` // seconds
	Offset   int            `json:"offset"`   // of the machine's clock from UTC, in seconds
	Gap      *gap           `json:"gap,omitempty"`
	CPU      cpuSample      `json:"cpu"`
	Cores    corePercents   `json:"cores,omitempty"`
	Memory   memorySample   `json:"memory"`
	Disks    disksSample    `json:"disks"`
	Network  networkSample  `json:"network"`
	Pressure pressureSample `json:"pressure"`
	Sensors  sensorsSample  `json:"sensors"`
}

type gap struct {
	Reason  string  `json:"reason"`
	Seconds float64 `json:"seconds"`
}

// corePercents is how busy each core was: the first [mostHeat] by number, in
// whole percents, null where there is none.
type corePercents []collector.Value

func (c corePercents) MarshalJSON() ([]byte, error) {
	line := append(make([]byte, 0, 4*len(c)+2), '[')
	for i, v := range c {
		if i > 0 {
			line = append(line, ',')
		}
		if number, ok := v.Get(); ok {
			line = strconv.AppendInt(line, int64(math.Round(number)), 10)
		} else {
			line = append(line, "null"...)
		}
	}
	return append(line, ']'), nil
}

type cpuSample struct {
	Busy   collector.Value `json:"busy"`
	User   collector.Value `json:"user"`
	Nice   collector.Value `json:"nice"`
	System collector.Value `json:"system"`
	IRQ    collector.Value `json:"irq"` // hard and soft
	IOWait collector.Value `json:"iowait"`
	Steal  collector.Value `json:"steal"`
	Guest  collector.Value `json:"guest"`
}

// memorySample adds up to its Total, in bytes.
type memorySample struct {
	Total collector.Value `json:"total"`
	Used  collector.Value `json:"used"`
	ARC   collector.Value `json:"arc"`
	Cache collector.Value `json:"cache"`
	Free  collector.Value `json:"free"`
}

type disksSample struct {
	Read  collector.Value `json:"read"`
	Write collector.Value `json:"write"`
	Busy  collector.Value `json:"busy"` // the busiest of them, in percent of the tick
}

// sensorsSample is the temperature that is nearest to its limit, in °C.
type sensorsSample struct {
	Heat collector.Value `json:"heat"`
}

// pressureSample is the part of the tick in which tasks waited, in percent.
type pressureSample struct {
	CPU    collector.Value `json:"cpu"`
	Memory collector.Value `json:"memory"`
	IO     collector.Value `json:"io"`
}

type networkSample struct {
	Receive  collector.Value `json:"receive"`
	Transmit collector.Value `json:"transmit"`
}

// Sample is the snapshot as one line of JSON, for the charts. What was not read
// at this tick is null, stale and carried readings included: a chart shows no time
// at which nothing was seen.
func Sample(s *collector.Snapshot) []byte {
	out := sample{
		Seq:      s.Seq,
		Time:     math.Round(float64(s.Time.UnixMicro())/1e3) / 1e3,
		Interval: s.Interval.Seconds(),
	}
	_, out.Offset = s.Time.Zone()
	if s.CPU.Fresh(s.Time) {
		out.CPU, out.Cores = sampleCPU(s.CPU.Value), sampleCores(s.CPU.Value.Cores)
	}
	if s.Memory.Fresh(s.Time) {
		out.Memory = sampleMemory(s.Memory.Value)
	}
	if s.Gap != nil {
		out.Gap = &gap{s.Gap.Reason, finite(s.Gap.Seconds)}
	}
	if s.Disks.Fresh(s.Time) {
		out.Disks.Read, out.Disks.Write = collector.DiskTotals(s.Disks.Value)
		_, out.Disks.Busy = busiestDisk(s)
	}
	if s.Network.Fresh(s.Time) {
		out.Network.Receive, out.Network.Transmit = collector.NetworkTotals(s.Network.Value)
	}
	if s.Sensors.Fresh(s.Time) {
		hottest, _ := nearestLimit(s.Sensors.Value.Temperatures)
		out.Sensors.Heat = hottest.Value
	}
	if s.Pressure.Fresh(s.Time) {
		p := s.Pressure.Value
		out.Pressure = pressureSample{p.CPU.Some.Share, p.Memory.Some.Share, p.IO.Some.Share}
	}
	line, err := json.Marshal(out)
	if err != nil {
		// Every field is a string, a finite number or a Value.
		return []byte("{}")
	}
	return line
}

func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func sampleCPU(c collector.CPU) cpuSample {
	usage := c.Usage
	return cpuSample{
		Busy:   usage.Busy,
		User:   usage.User,
		Nice:   usage.Nice,
		System: usage.System,
		IRQ:    sum(usage.IRQ, usage.SoftIRQ),
		IOWait: usage.IOWait,
		Steal:  usage.Steal,
		Guest:  usage.Guest,
	}
}

func sampleCores(cores []collector.Core) corePercents {
	if len(cores) < 2 {
		return nil
	}
	out := make(corePercents, min(mostHeat, cores[len(cores)-1].ID+1))
	for i := range out {
		out[i] = collector.Missing(collector.Unsupported)
	}
	for _, c := range cores {
		if c.ID < len(out) {
			out[c.ID] = c.Usage.Busy
		}
	}
	return out
}

func sampleMemory(m collector.Memory) memorySample {
	parts := partsOf(m)
	return memorySample{
		Total: collector.Of(float64(m.Total)),
		Used:  collector.Of(parts.used),
		ARC:   collector.Of(parts.arc),
		Cache: collector.Of(parts.cache),
		Free:  collector.Of(parts.free),
	}
}

// sum of values; missing, with the first reason, when one of them is.
func sum(values ...collector.Value) collector.Value {
	total := 0.0
	for _, v := range values {
		number, ok := v.Get()
		if !ok {
			return v
		}
		total += number
	}
	return collector.Of(total)
}

// memoryParts divides the memory, in bytes: the four add up to the total.
type memoryParts struct{ used, arc, cache, free float64 }

// partsOf divides by what can be had back rather than by what the kernel calls
// a page: used is total less available, and the rest is what makes up
// available. The kernel's estimate of that may be below what is free.
func partsOf(m collector.Memory) memoryParts {
	kernel := m.Available
	if number, ok := m.KernelAvailable.Get(); ok {
		kernel = min(uint64(number), m.Available)
	}
	free := min(m.Free, kernel)
	return memoryParts{
		used:  float64(m.Total - min(m.Available, m.Total)),
		arc:   float64(m.Available - kernel),
		cache: float64(kernel - free),
		free:  float64(free),
	}
}
