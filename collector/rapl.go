package collector

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// raplReader reads the domains of running average power limit (RAPL): see
// Documentation/ABI/testing/sysfs-class-powercap. Reading one asks a register of
// the processor, which cannot hang, so it needs no fence.
type raplReader struct {
	class   classWatch
	domains []*raplDomain
	retry   time.Time // when a file that may not be opened is tried again
}

type raplDomain struct {
	meter  EnergyMeter // without numbers
	energy *keptFile
	wrap   uint64 // µJ at which the counter begins anew; 0 when not known
	denied bool
	last   uint64 // µJ
	at     time.Time
}

func (r *raplReader) read(ctx context.Context, now time.Time) []EnergyMeter {
	if changed, err := r.class.changed(sysPath(ctx, "class", "powercap")); changed || err != nil {
		r.domains = findRAPLDomains(ctx)
		r.retry = now
	}
	if len(r.domains) == 0 {
		return nil
	}
	again := !now.Before(r.retry)
	if again {
		r.retry = now.Add(sensorRefresh)
	}
	meters := make([]EnergyMeter, 0, len(r.domains))
	for _, d := range r.domains {
		meters = append(meters, d.read(again))
	}
	return meters
}

// findRAPLDomains lists /sys/class/powercap, in the order of the numbers.
func findRAPLDomains(ctx context.Context) []*raplDomain {
	var domains []*raplDomain
	names := make(map[string]bool) // of those that are no copies
	for _, entry := range listClass(ctx, "powercap") {
		if !exists(filepath.Join(entry.dir, "energy_uj")) {
			continue
		}
		d := newRAPLDomain(ctx, entry)
		names[d.meter.Name] = names[d.meter.Name] || !d.isCopy()
		domains = append(domains, d)
	}
	return slices.DeleteFunc(domains, func(d *raplDomain) bool { return d.isCopy() && names[d.meter.Name] })
}

func newRAPLDomain(ctx context.Context, entry classEntry) *raplDomain {
	d := &raplDomain{
		meter: EnergyMeter{
			Name: readLine(entry.dir, "name"), Meter: entry.name, Parent: raplParent(entry.name), Device: devicePath(ctx, entry.target),
		},
		energy: &keptFile{path: filepath.Join(entry.dir, "energy_uj")},
	}
	d.wrap, _ = strconv.ParseUint(readLine(entry.dir, "max_energy_range_uj"), 10, 64)
	return d
}

// isCopy: some processors show the counters of a package a second time, in memory.
func (d *raplDomain) isCopy() bool { return strings.HasPrefix(d.meter.Meter, "intel-rapl-mmio:") }

// raplParent returns intel-rapl:0 of intel-rapl:0:1, and "" of intel-rapl:0.
func raplParent(name string) string {
	if strings.Count(name, ":") < 2 {
		return ""
	}
	return name[:strings.LastIndexByte(name, ':')]
}

func (d *raplDomain) read(retryDenied bool) EnergyMeter {
	meter := d.meter
	if d.denied && !retryDenied {
		meter.deny()
		return meter
	}
	text, err := d.energy.read()
	now := time.Now()
	d.denied = statusOf(err) == Denied && err != nil
	switch {
	case d.denied:
		meter.deny()
		return meter
	case err != nil:
		meter.miss(inputFault(err))
		return meter
	}
	energy, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		meter.miss(inputReading{Missing(Failed), "no number: " + strconv.Quote(string(text))})
		return meter
	}
	meter.Status, meter.Energy, meter.Power = OK, Of(float64(energy)/1e6), Missing(NoBaseline)
	if !d.at.IsZero() {
		meter.Power = powerOfCounter(d.last, energy, d.wrap, now.Sub(d.at))
	}
	d.last, d.at = energy, now
	return meter
}

// deny: these counters tell an attacker what the processor computes, so that
// Linux from 5.10 on shows them to root alone.
func (m *EnergyMeter) deny() {
	m.miss(inputReading{Missing(Denied), "only root may read it (" + fs.ErrPermission.Error() + ")"})
}

func (m *EnergyMeter) miss(why inputReading) {
	m.Status, m.Error, m.Energy, m.Power = why.value.Status(), why.err, why.value, why.value
}

// raplMost is more than any domain draws, in µW.
const raplMost = 2e9

// powerOfCounter is the mean power in watts between two readings of a counter of
// µJ that begins anew at wrap. Whether it did so is certain only when it cannot
// have done so twice; and a counter that would have drawn too much was reset.
func powerOfCounter(previous, current, wrap uint64, elapsed time.Duration) Value {
	if elapsed <= 0 || wrap > 0 && elapsed.Seconds()*raplMost >= float64(wrap) {
		return Missing(NoBaseline)
	}
	used := float64(current - previous)
	if current < previous {
		if previous > wrap {
			return Missing(NoBaseline)
		}
		used = float64(wrap - previous + current)
		if used > elapsed.Seconds()*raplMost {
			return Missing(NoBaseline)
		}
	}
	return Of(used / 1e6 / elapsed.Seconds())
}
