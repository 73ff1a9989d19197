package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Pressure is how long tasks waited for what was short (pressure stall
// information, PSI), for each resource apart. Source:
// /proc/pressure/{cpu,memory,io,irq} (Documentation/accounting/psi.rst).
//
// A resource that the kernel does not tell of (irq before 6.1, or where it does
// not account the time of interrupts) is unsupported, and takes nothing from the
// others.
type Pressure struct {
	CPU    ResourcePressure `json:"cpu"`
	Memory ResourcePressure `json:"memory"`
	IO     ResourcePressure `json:"io"`
	IRQ    ResourcePressure `json:"irq"`
}

// ResourcePressure is the pressure on one resource. Some is the time in which at
// least one task was stalled for want of it, Full that in which all that were not
// idle were stalled at once, so that nothing got done. For the processors of the
// whole machine Full is not defined: kernels from 5.13 on say 0. Interrupts have
// Full only.
type ResourcePressure struct {
	Some PressureStall `json:"some"`
	Full PressureStall `json:"full"`
}

// PressureStall is how much of the time was lost. Share is exact, and of the time
// since the reading before alone; the averages are the kernel's own, which it moves every two
// seconds. Those of a line that the file does not have are unsupported.
type PressureStall struct {
	Share   Value `json:"share_percent" from:"/proc/pressure/RESOURCE: 100 × Δtotal / t, total in µs"`
	Avg10   Value `json:"avg10_percent" from:"/proc/pressure/RESOURCE: avg10"`
	Avg60   Value `json:"avg60_percent" from:"/proc/pressure/RESOURCE: avg60"`
	Avg300  Value `json:"avg300_percent" from:"/proc/pressure/RESOURCE: avg300"`
	Stalled Value `json:"stalled_seconds_total" from:"/proc/pressure/RESOURCE: total / 10⁶, in µs there"`
}

// NewPressure returns the collector of Pressure. It wraps [ErrNoBaseline] at its
// first call, and [ErrUnsupported] where the kernel has no PSI or has it switched
// off. It fails as a whole only when no resource can be read.
func NewPressure() Collector[Pressure] { return new(pressureReader).read }

var pressureResources = [...]string{"cpu", "memory", "io", "irq"}

type pressureReader struct {
	buf      []byte
	previous [len(pressureResources)]pressureReading
}

// pressureReading is what one file said; at is zero when it said nothing yet.
type pressureReading struct {
	pressureText
	at time.Time
}

func (r *pressureReader) read(ctx context.Context) (Pressure, error) {
	var pressure Pressure
	var faults []error
	first := true
	for i, into := range []*ResourcePressure{&pressure.CPU, &pressure.Memory, &pressure.IO, &pressure.IRQ} {
		current, err := r.readResource(ctx, pressureResources[i])
		first = first && r.previous[i].at.IsZero()
		*into = current.since(r.previous[i], statusOf(err))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		r.previous[i] = current
	}
	switch {
	case len(faults) == len(pressureResources):
		return Pressure{}, fmt.Errorf("pressure: %w", noPressure(ctx, faults))
	case first:
		return pressure, fmt.Errorf("pressure: %w", ErrNoBaseline)
	}
	return pressure, nil
}

// readResource opens the file at each call. A kept descriptor would save 1.7 us
// of 2.5, which is less than four descriptors are worth that never close.
func (r *pressureReader) readResource(ctx context.Context, resource string) (pressureReading, error) {
	text, err := readInto(procPath(ctx, "pressure", resource), r.buf)
	if err != nil {
		return pressureReading{}, pressureFault(err)
	}
	r.buf = text
	at := time.Now()
	parsed, err := parsePressure(string(text))
	if err != nil {
		return pressureReading{}, fmt.Errorf("/proc/pressure/%s: %w", resource, err)
	}
	return pressureReading{parsed, at}, nil
}

// pressureFault is for the error of reading a file of PSI, which is there and
// says that it is not supported where that is switched off (also of a cgroup).
func pressureFault(err error) error {
	if errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return err
}

// noPressure is why there is nothing at all. That something cannot be read
// counts for more than that something else is not there.
func noPressure(ctx context.Context, faults []error) error {
	i := slices.IndexFunc(faults, func(err error) bool { return statusOf(err) != Unsupported })
	switch {
	case i >= 0:
		return faults[i]
	case !errors.Is(faults[0], fs.ErrNotExist):
		return fmt.Errorf("%w: the kernel has PSI switched off (psi=1 at boot switches it on)", ErrUnsupported)
	case !exists(procPath(ctx, "stat")):
		return hintAtProc(faults[0])
	case bootedWith(ctx, "psi=0"):
		return fmt.Errorf("%w: PSI is switched off by psi=0 on the kernel's command line", ErrUnsupported)
	}
	return fmt.Errorf("%w: no /proc/pressure (a kernel before 4.20, without CONFIG_PSI, or with PSI off unless psi=1 at boot)", ErrUnsupported)
}

// bootedWith reports whether a word is on the command line of the kernel.
func bootedWith(ctx context.Context, word string) bool {
	text, err := readText(procPath(ctx, "cmdline"))
	return err == nil && slices.Contains(strings.Fields(text), word)
}

// since makes the numbers of a reading; without one, all are missing for why.
func (p pressureReading) since(previous pressureReading, why Status) ResourcePressure {
	if p.at.IsZero() {
		none := missingStall(why)
		return ResourcePressure{none, none}
	}
	resource := ResourcePressure{missingStall(Unsupported), missingStall(Unsupported)}
	elapsed := p.at.Sub(previous.at)
	if p.hasSome {
		resource.Some = p.some.stall(previous.some, elapsed, previous.hasSome)
	}
	if p.hasFull {
		resource.Full = p.full.stall(previous.full, elapsed, previous.hasFull)
	}
	return resource
}

func missingStall(why Status) PressureStall {
	none := Missing(why)
	return PressureStall{none, none, none, none, none}
}

// stall makes the numbers of one line of a PSI file, with its share of the time
// elapsed since an earlier reading of that line, if there is one.
func (l PressureLine) stall(previous PressureLine, elapsed time.Duration, known bool) PressureStall {
	return PressureStall{
		Share:   l.share(previous, elapsed, known),
		Avg10:   Of(l.Avg10),
		Avg60:   Of(l.Avg60),
		Avg300:  Of(l.Avg300),
		Stalled: Of(l.Seconds()),
	}
}

// share is the percentage of the elapsed time. The kernel's clock and this one
// need not agree to the microsecond, so it may come out above 100 and is cut.
func (l PressureLine) share(previous PressureLine, elapsed time.Duration, known bool) Value {
	if !known || elapsed <= 0 || l.Microseconds < previous.Microseconds {
		return Missing(NoBaseline)
	}
	return percentOf(float64(l.Microseconds-previous.Microseconds)/1e6, elapsed.Seconds())
}

// Seconds is the stalled time in total.
func (l PressureLine) Seconds() float64 { return float64(l.Microseconds) / 1e6 }
