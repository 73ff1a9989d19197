package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Clock is how true the clock of the machine is. Source: adjtimex(2), which
// every user may call to read, and /sys/devices/system/clocksource.
//
// Where a filter of system calls forbids adjtimex, its numbers are denied, and
// Synchronized comes from the mark that systemd-timesyncd leaves. The numbers of
// PPS, pulses of a reference clock, are unsupported without such a signal.
type Clock struct {
	Synchronized Value `json:"synchronized" from:"adjtimex(2): 1 unless STA_UNSYNC is set or it returns TIME_ERROR; where that is denied, whether /run/systemd/timesync/synchronized exists"`
	Offset       Value `json:"offset_seconds" from:"adjtimex(2): offset, in µs or ns"`
	MaxError     Value `json:"max_error_seconds" from:"adjtimex(2): maxerror / 10⁶"`
	EstError     Value `json:"estimated_error_seconds" from:"adjtimex(2): esterror / 10⁶"`
	Frequency    Value `json:"frequency_ppm" from:"adjtimex(2): freq / 65536"`
	TAIOffset    Value `json:"tai_offset_seconds" from:"adjtimex(2): tai"`
	Tick         Value `json:"tick_seconds" from:"adjtimex(2): tick / 10⁶"`
	TimeConstant Value `json:"loop_time_constant" from:"adjtimex(2): constant"`

	StatusBits  Value    `json:"status_bits" from:"adjtimex(2): status"`
	StatusNames []string `json:"status_names"`                              // of those bits: "PLL", "UNSYNC", "NANO"
	LeapState   string   `json:"leap_state" from:"adjtimex(2): its result"` // "ok", "insert", "delete", "in_progress", "wait", "error"; "" without

	PPSFrequency   Value `json:"pps_frequency_ppm" from:"adjtimex(2): ppsfreq / 65536"`
	PPSJitter      Value `json:"pps_jitter_seconds" from:"adjtimex(2): jitter, in µs or ns"`
	PPSStability   Value `json:"pps_stability_ppm" from:"adjtimex(2): stabil / 65536"`
	PPSShift       Value `json:"pps_shift_seconds" from:"adjtimex(2): 2^shift"`
	PPSJitterCount Value `json:"pps_jitter_exceeded_total" from:"adjtimex(2): jitcnt"`
	PPSCalibration Value `json:"pps_calibration_total" from:"adjtimex(2): calcnt"`
	PPSErrors      Value `json:"pps_calibration_errors_total" from:"adjtimex(2): errcnt"`
	PPSStabilities Value `json:"pps_stability_exceeded_total" from:"adjtimex(2): stbcnt"`

	Source  string   `json:"clock_source"`            // "tsc", "kvm-clock"; "" where it cannot be read
	Sources []string `json:"clock_sources_available"` // that the kernel could take
}

// NewClock returns the collector of Clock. That adjtimex is forbidden is no
// error: its numbers say so.
func NewClock() Collector[Clock] {
	r := &clockReader{adjtimex: unix.Adjtimex}
	return r.read
}

type clockReader struct {
	adjtimex func(*unix.Timex) (state int, err error)
	source   string
	sources  []string
	at       time.Time // when those two were read
}

// clockSourceInterval is how often the clock source is read, which changes when
// the kernel finds its clock wanting.
const clockSourceInterval = 5 * time.Second

func (r *clockReader) read(ctx context.Context) (Clock, error) {
	var t unix.Timex // with no modes, which sets nothing
	state, err := r.adjtimex(&t)
	var c Clock
	switch {
	case err == nil:
		c = timexClock(&t, state)
	case statusOf(err) == Denied || errors.Is(err, unix.ENOSYS):
		c = clockWithout(Denied)
		c.Synchronized = timesyncMark(ctx)
	default:
		return Clock{}, fmt.Errorf("clock: %w", os.NewSyscallError("adjtimex", err))
	}
	r.refreshSource(ctx)
	c.Source, c.Sources = r.source, r.sources
	return c, nil
}

func (r *clockReader) refreshSource(ctx context.Context) {
	now := time.Now()
	if !r.at.IsZero() && now.Sub(r.at) < clockSourceInterval {
		return
	}
	r.at = now
	r.source, _ = readWord(sysPath(ctx, clockSources, "current_clocksource"))
	available, _ := readWord(sysPath(ctx, clockSources, "available_clocksource"))
	r.sources = append([]string{}, strings.Fields(available)...)
}

const clockSources = "devices/system/clocksource/clocksource0"

// timesyncMark is what systemd-timesyncd knows: it makes a file when it has set
// the clock. Without the directory another program may do that, unseen.
func timesyncMark(ctx context.Context) Value {
	dir := runPath(ctx, "systemd", "timesync")
	switch {
	case exists(filepath.Join(dir, "synchronized")):
		return Of(1)
	case exists(dir):
		return Of(0)
	}
	return Missing(Denied)
}

func timexClock(t *unix.Timex, state int) Clock {
	unit := 1e6 // of offset and jitter, per second
	if t.Status&unix.STA_NANO != 0 {
		unit = 1e9
	}
	ppm := func(scaled int64) Value { return Of(float64(scaled) / 65536) }
	c := Clock{
		Synchronized: Of(1),
		Offset:       Of(float64(t.Offset) / unit),
		MaxError:     Of(float64(t.Maxerror) / 1e6),
		EstError:     Of(float64(t.Esterror) / 1e6),
		Frequency:    ppm(int64(t.Freq)),
		TAIOffset:    Of(float64(t.Tai)),
		Tick:         Of(float64(t.Tick) / 1e6),
		TimeConstant: Of(float64(t.Constant)),
		StatusBits:   Of(float64(t.Status)),
		StatusNames:  clockStatusNames(t.Status),
		LeapState:    leapState(state),
	}
	if t.Status&unix.STA_UNSYNC != 0 || state == unix.TIME_ERROR {
		c.Synchronized = Of(0)
	}
	// Without a signal the kernel has zeros for these, or what was before.
	if t.Status&(unix.STA_PPSSIGNAL|unix.STA_PPSFREQ|unix.STA_PPSTIME) != 0 {
		c.PPSFrequency, c.PPSStability = ppm(int64(t.Ppsfreq)), ppm(int64(t.Stabil))
		c.PPSJitter, c.PPSShift = Of(float64(t.Jitter)/unit), Of(math.Ldexp(1, int(t.Shift)))
		c.PPSJitterCount, c.PPSCalibration = Of(float64(t.Jitcnt)), Of(float64(t.Calcnt))
		c.PPSErrors, c.PPSStabilities = Of(float64(t.Errcnt)), Of(float64(t.Stbcnt))
	}
	return c
}

// clockWithout has no number, and no name for a bit.
func clockWithout(why Status) Clock {
	none := Missing(why)
	return Clock{
		Synchronized: none, Offset: none, MaxError: none, EstError: none, Frequency: none,
		TAIOffset: none, Tick: none, TimeConstant: none, StatusBits: none, StatusNames: []string{},
		PPSFrequency: none, PPSJitter: none, PPSStability: none, PPSShift: none,
		PPSJitterCount: none, PPSCalibration: none, PPSErrors: none, PPSStabilities: none,
	}
}

// clockBits are the names of the bits STA_* (linux/timex.h), from the lowest.
var clockBits = [...]string{
	"PLL", "PPSFREQ", "PPSTIME", "FLL", "INS", "DEL", "UNSYNC", "FREQHOLD",
	"PPSSIGNAL", "PPSJITTER", "PPSWANDER", "PPSERROR", "CLOCKERR", "NANO", "MODE", "CLK",
}

func clockStatusNames(status int32) []string {
	names := []string{}
	for i, name := range clockBits {
		if status&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// leapState names what adjtimex returns.
func leapState(state int) string {
	states := [...]string{"ok", "insert", "delete", "in_progress", "wait", "error"}
	if state < 0 || state >= len(states) {
		return ""
	}
	return states[state]
}
