package collector

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestClock(t *testing.T) {
	raw := unix.Timex{
		Offset: -1_250_000, Freq: -983_040, Maxerror: 21_500, Esterror: 120, Status: unix.STA_PLL | unix.STA_NANO,
		Constant: 7, Tick: 10_000, Tai: 37,
	}
	c := timexClock(&raw, unix.TIME_OK)
	wantNumber(t, "offset", c.Offset, -0.00125)
	wantNumber(t, "frequency", c.Frequency, -15)
	wantNumber(t, "maximal error", c.MaxError, 0.0215)
	wantNumber(t, "estimated error", c.EstError, 0.00012)
	wantNumber(t, "TAI", c.TAIOffset, 37)
	wantNumber(t, "tick", c.Tick, 0.01)
	wantNumber(t, "time constant", c.TimeConstant, 7)
	wantNumber(t, "synchronized", c.Synchronized, 1)
	wantNumber(t, "status", c.StatusBits, 0x2001)
	wantMissing(t, "PPS without a signal", c.PPSJitter, Unsupported)
	if !slices.Equal(c.StatusNames, []string{"PLL", "NANO"}) || c.LeapState != "ok" {
		t.Errorf("clock is %+v", c)
	}

	raw.Status = unix.STA_PPSSIGNAL | unix.STA_PPSFREQ
	raw.Ppsfreq, raw.Jitter, raw.Shift, raw.Stabil, raw.Jitcnt, raw.Calcnt, raw.Errcnt, raw.Stbcnt = 65536, 3, 4, 32768, 5, 6, 7, 8
	c = timexClock(&raw, unix.TIME_INS)
	wantNumber(t, "offset in µs", c.Offset, -1.25)
	wantNumber(t, "PPS frequency", c.PPSFrequency, 1)
	wantNumber(t, "PPS jitter", c.PPSJitter, 3e-6)
	wantNumber(t, "PPS interval", c.PPSShift, 16)
	wantNumber(t, "PPS stability", c.PPSStability, 0.5)
	wantNumber(t, "PPS counters", c.PPSStabilities, 8)
	if c.LeapState != "insert" {
		t.Errorf("leap state is %q", c.LeapState)
	}
	wantNumber(t, "in error", timexClock(&raw, unix.TIME_ERROR).Synchronized, 0)
	raw.Status, raw.Shift = unix.STA_UNSYNC|unix.STA_PPSSIGNAL, 1<<30
	c = timexClock(&raw, unix.TIME_OK)
	wantNumber(t, "not synchronized", c.Synchronized, 0)
	wantMissing(t, "PPS interval beyond numbers", c.PPSShift, Failed)
	if timexClock(&raw, 99).LeapState != "" {
		t.Error("an unknown result has a name")
	}
}

func TestClockOfThisMachine(t *testing.T) {
	var raw unix.Timex
	state, err := unix.Adjtimex(&raw)
	c, errClock := NewClock()(t.Context())
	if errClock != nil {
		t.Fatal(errClock)
	}
	if err != nil {
		wantMissing(t, "forbidden", c.Tick, Denied)
		return
	}
	wantNumber(t, "tick", c.Tick, float64(raw.Tick)/1e6)
	wantNumber(t, "TAI", c.TAIOffset, float64(raw.Tai))
	wantNumber(t, "status", c.StatusBits, float64(raw.Status))
	if c.LeapState != leapState(state) || c.Source == "" || !slices.Contains(c.Sources, c.Source) {
		t.Errorf("clock is %+v", c)
	}
}

func TestClockWhereAdjtimexIsForbidden(t *testing.T) {
	for _, fault := range []error{unix.EPERM, unix.ENOSYS} {
		dir := t.TempDir()
		ctx := rootedAt(t.Context(), dir)
		collect := (&clockReader{adjtimex: func(*unix.Timex) (int, error) { return -1, fault }}).read
		synchronized := func() Value {
			c, err := collect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			wantMissing(t, "offset", c.Offset, Denied)
			wantMissing(t, "status", c.StatusBits, Denied)
			if c.StatusNames == nil || c.Sources == nil {
				t.Errorf("%+v has null for a list", c)
			}
			return c.Synchronized
		}
		wantMissing(t, "no timesyncd", synchronized(), Denied)
		mark := filepath.Join(dir, "run/systemd/timesync/synchronized")
		writeFile(t, mark, "")
		wantNumber(t, "timesyncd has set it", synchronized(), 1)
		if err := os.Remove(mark); err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "timesyncd has not", synchronized(), 0)
	}
	broken := clockReader{adjtimex: func(*unix.Timex) (int, error) { return -1, unix.EFAULT }}
	if c, err := broken.read(t.Context()); !errors.Is(err, unix.EFAULT) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestClockSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		ctx := rootedAt(t.Context(), dir)
		if c, err := NewClock()(ctx); err != nil || c.Source != "" || len(c.Sources) != 0 {
			t.Errorf("without sysfs: %+v, %v", c, err)
		}
		writeFile(t, filepath.Join(dir, "sys", clockSources, "current_clocksource"), "hpet\n")
		writeFile(t, filepath.Join(dir, "sys", clockSources, "available_clocksource"), "tsc hpet acpi_pm \n")
		collect := NewClock()
		if c, err := collect(ctx); err != nil || c.Source != "hpet" || !slices.Equal(c.Sources, []string{"tsc", "hpet", "acpi_pm"}) {
			t.Errorf("%+v, %v", c, err)
		}
		writeFile(t, filepath.Join(dir, "sys", clockSources, "current_clocksource"), "acpi_pm\n")
		time.Sleep(clockSourceInterval)
		if c, err := collect(ctx); err != nil || c.Source != "acpi_pm" {
			t.Errorf("after a change: %+v, %v", c, err)
		}
	})
}
