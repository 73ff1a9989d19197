package collector

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		collect := NewPressure()
		pressure, err := collect(ctx)
		if !errors.Is(err, ErrNoBaseline) {
			t.Fatalf("the first call says %v, want ErrNoBaseline", err)
		}
		wantStall(t, "io some", pressure.IO.Some, PressureStall{Missing(NoBaseline), Of(12.72), Of(8.18), Of(3.09), Of(91.743777)})
		wantStall(t, "irq full", pressure.IRQ.Full, PressureStall{Missing(NoBaseline), Of(0.03), Of(0.01), Of(0), Of(0.19022)})
		wantStall(t, "irq some", pressure.IRQ.Some, missingStall(Unsupported))

		time.Sleep(2 * time.Second)
		rewrite(t, filepath.Join(dir, "proc/pressure/io"), "91743777", "92243777")       // 0.5 s more
		rewrite(t, filepath.Join(dir, "proc/pressure/io"), "84215181", "87215181")       // 3 s more
		rewrite(t, filepath.Join(dir, "proc/pressure/memory"), "4743777", "4743776")     // less
		rewrite(t, filepath.Join(dir, "proc/pressure/memory"), "4215181", "4215182")     // 1 us more
		rewrite(t, filepath.Join(dir, "proc/pressure/cpu"), "avg10=1.53", "avg10=100.3") // by the kernel's arithmetic
		if pressure, err = collect(ctx); err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "io some", pressure.IO.Some.Share, 25)
		wantNumber(t, "io full", pressure.IO.Full.Share, 100)
		wantMissing(t, "memory some", pressure.Memory.Some.Share, NoBaseline)
		wantNumber(t, "memory full", pressure.Memory.Full.Share, 0.00005)
		wantNumber(t, "cpu some", pressure.CPU.Some.Share, 0)
		wantNumber(t, "cpu some of 10 s", pressure.CPU.Some.Avg10, 100)
	})
}

func wantStall(t *testing.T, name string, got, want PressureStall) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %+v, want %+v", name, got, want)
	}
}

func TestPressureWithoutOneResource(t *testing.T) {
	ctx, dir := fixture(t, "kernel-6.1")
	proc := filepath.Join(dir, "proc/pressure")
	if err := os.Remove(filepath.Join(proc, "irq")); err != nil { // before 6.1
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(proc, "cpu"), "some avg10=0.10 avg60=0.20 avg300=0.30 total=40\n") // before 5.13
	writeFile(t, filepath.Join(proc, "memory"), "some avg10=0.10 avg60=0.20")
	deny(t, filepath.Join(proc, "io"))
	collect := NewPressure()
	collect(ctx)
	pressure, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantNumber(t, "cpu some", pressure.CPU.Some.Avg60, 0.2)
	wantStall(t, "cpu full", pressure.CPU.Full, missingStall(Unsupported))
	wantStall(t, "memory some", pressure.Memory.Some, missingStall(Failed))
	wantStall(t, "io full", pressure.IO.Full, missingStall(Denied))
	wantStall(t, "irq full", pressure.IRQ.Full, missingStall(Unsupported))
}

func TestPressureThatReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		path := filepath.Join(dir, "proc/pressure/io")
		collect := NewPressure()
		for _, step := range []struct {
			text  string
			share Value
		}{
			{"some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n", Missing(NoBaseline)},
			{"", Missing(Failed)},
			{"some avg10=0.00 avg60=0.00 avg300=0.00 total=201000\n", Of(10)}, // in 2 s
			{"some avg10=0.00 avg60=0.00 avg300=0.00 total=301000\n", Of(10)},
		} {
			writeFile(t, path, step.text)
			pressure, _ := collect(ctx)
			if pressure.IO.Some.Share != step.share {
				t.Errorf("after %q the share is %v, want %v", step.text, pressure.IO.Some.Share, step.share)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestNoPressure(t *testing.T) {
	for name, test := range map[string]struct {
		cmdline string
		why     string
	}{
		"of the kernel": {"root=/dev/sda1 ro\n", "CONFIG_PSI"},
		"at boot":       {"root=/dev/sda1 psi=0 ro\n", "by psi=0"},
	} {
		ctx, dir := fixture(t, "kernel-6.1")
		writeFile(t, filepath.Join(dir, "proc/cmdline"), test.cmdline)
		if err := os.RemoveAll(filepath.Join(dir, "proc/pressure")); err != nil {
			t.Fatal(err)
		}
		_, err := NewPressure()(ctx)
		if !errors.Is(err, ErrUnsupported) || !strings.HasPrefix(err.Error(), "pressure: ") || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := NewPressure()(rootedAt(t.Context(), t.TempDir()))
	if errors.Is(err, ErrUnsupported) || !strings.HasSuffix(err.Error(), "(is /proc mounted?)") {
		t.Errorf("without /proc: %v", err)
	}
}

func TestNoPressureAtAll(t *testing.T) {
	off := pressureFault(&fs.PathError{Op: "read", Path: "/proc/pressure/cpu", Err: unix.EOPNOTSUPP})
	if err := noPressure(t.Context(), []error{off, off}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "psi=1") {
		t.Errorf("switched off: %v", err)
	}
	gone := pressureFault(&fs.PathError{Op: "open", Path: "/proc/pressure/irq", Err: unix.ENOENT})
	denied := pressureFault(&fs.PathError{Op: "open", Path: "/proc/pressure/io", Err: unix.EACCES})
	if err := noPressure(t.Context(), []error{gone, denied}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("denied: %v", err)
	}
}

func TestParsePressureRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":        "",
		"cut off":      "some avg10=0.00 avg60=0.00 avg300=0.00 total=12",
		"cut at total": "some avg10=0.00 avg60=0.00 avg300=0.00\n",
		"other words":  "most avg10=0.00 avg60=0.00 avg300=0.00 total=12\n",
		"NaN":          "some avg10=NaN avg60=0.00 avg300=0.00 total=12\n",
		"negative":     "some avg10=0.00 avg60=-1.00 avg300=0.00 total=12\n",
		"no number":    "full avg10=0.00 avg60=0.00 avg300= total=12\n",
		"too much":     "full avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551616\n",
		"binary":       "\x00\xff\x7fELF\n",
	} {
		if p, err := parsePressure(text); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
}

func TestParsePressureOfLaterKernels(t *testing.T) {
	p, err := parsePressure("some avg10=1.00 avg60=2.00 avg300=3.00 avg900=4.00 total=5\nsystem x=1\n")
	if want := (pressureText{some: PressureLine{1, 2, 3, 5}, hasSome: true}); err != nil || p != want {
		t.Errorf("read as %+v, %v", p, err)
	}
}

func FuzzParsePressure(f *testing.F) {
	f.Add("some avg10=0.12 avg60=0.40 avg300=0.21 total=159473\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
	f.Add("full avg10=1e9 avg60=0x1p-2 avg300=Inf total=18446744073709551615\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePressure(text)
		if err != nil {
			return
		}
		for _, line := range []PressureLine{p.some, p.full} {
			stall := line.stall(PressureLine{}, time.Second, true)
			for _, v := range []Value{stall.Share, stall.Avg10, stall.Avg60, stall.Avg300} {
				if number, ok := v.Get(); !ok || !(number >= 0 && number <= 100) {
					t.Errorf("%q gives %v (%v)", text, number, v.Status())
				}
			}
			if total, ok := stall.Stalled.Get(); !ok || total < 0 || math.IsInf(total, 0) {
				t.Errorf("%q gives %v s", text, total)
			}
		}
	})
}

func TestLivePressure(t *testing.T) {
	text, err := os.ReadFile("/proc/pressure/cpu")
	pressure, perr := NewPressure()(t.Context())
	if err != nil {
		if perr == nil || errors.Is(perr, ErrNoBaseline) && pressure.CPU.Some.Avg10.Status() == OK {
			t.Errorf("got %+v, directly %v", pressure.CPU, err)
		}
		return
	}
	before, err := parsePressure(string(text))
	if err != nil || !errors.Is(perr, ErrNoBaseline) {
		t.Fatal(err, perr)
	}
	wantNear(t, "stalled", mustGet(t, pressure.CPU.Some.Stalled), before.some.Seconds(), 1)
}

func mustGet(t *testing.T, v Value) float64 {
	t.Helper()
	number, ok := v.Get()
	if !ok {
		t.Fatalf("missing: %v", v.Status())
	}
	return number
}
