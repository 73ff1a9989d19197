package collector

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func TestSwap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := float64(os.Getpagesize())
		ctx, dir := fixture(t, "debian12")
		collect := NewSwap()
		swap, err := collect(ctx)
		if !errors.Is(err, ErrNoBaseline) {
			t.Fatalf("the first call says %v, want ErrNoBaseline", err)
		}
		want := Swap{
			Total:       4000000 * kiB,
			Used:        1000000 * kiB,
			Free:        3000000 * kiB,
			Cached:      Of(1024 * kiB),
			UsedPercent: Of(25),
			In:          Missing(NoBaseline),
			Out:         Missing(NoBaseline),
			InTotal:     Of(1000 * page),
			OutTotal:    Of(250000 * page),
		}
		if swap != want {
			t.Errorf("got  %+v\nwant %+v", swap, want)
		}

		time.Sleep(4 * time.Second)
		vmstat := filepath.Join(dir, "proc/vmstat")
		rewrite(t, vmstat, "pswpin 1000\n", "pswpin 1200\n")
		if swap, err = collect(ctx); err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "in", swap.In, 50*page)
		wantNumber(t, "out", swap.Out, 0)

		time.Sleep(time.Second)
		rewrite(t, vmstat, "pswpout 250000\n", "pswpout 3\n")
		if swap, err = collect(ctx); !errors.Is(err, ErrNoBaseline) {
			t.Errorf("a counter that went backwards says %v, want ErrNoBaseline", err)
		}
		wantMissing(t, "in", swap.In, NoBaseline)
		wantMissing(t, "out", swap.Out, NoBaseline)

		time.Sleep(2 * time.Second)
		rewrite(t, vmstat, "pswpout 3\n", "pswpout 13\n")
		if swap, err = collect(ctx); err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "out", swap.Out, 5*page)
	})
}

func TestSwapAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "debian12")
		vmstat := filepath.Join(dir, "proc/vmstat")
		collect := NewSwap()
		collect(ctx)
		time.Sleep(time.Second)
		rewrite(t, vmstat, "pswpin 1000\n", "pswpin ?\n")
		if _, err := collect(ctx); err == nil || errors.Is(err, ErrNoBaseline) {
			t.Errorf("error is %v", err)
		}
		time.Sleep(time.Second)
		rewrite(t, vmstat, "pswpin ?\n", "pswpin 1010\n")
		swap, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "in, over both seconds", swap.In, 5*float64(os.Getpagesize()))
	})
}

func TestSwapInKernelWithoutSwap(t *testing.T) {
	ctx, _ := fixture(t, "linux4.4")
	swap, err := NewSwap()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if swap != (Swap{Cached: Of(0)}) {
		t.Errorf("got %+v", swap)
	}
	wantMissing(t, "used", swap.UsedPercent, Unsupported)
	wantMissing(t, "in since boot", swap.InTotal, Unsupported)
	wantMissing(t, "out since boot", swap.OutTotal, Unsupported)
	wantMissing(t, "in", swap.In, Unsupported)
	wantMissing(t, "out", swap.Out, Unsupported)
}

func TestSwapMoreFreeThanTotal(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	rewrite(t, filepath.Join(dir, "proc/meminfo"), "3000000 kB", "9000000 kB")
	swap, _ := NewSwap()(ctx)
	if swap.Used != 0 || swap.Free != swap.Total {
		t.Errorf("got %+v", swap)
	}
}

func TestSwapWithoutFile(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	if err := os.Remove(filepath.Join(dir, "proc/vmstat")); err != nil {
		t.Fatal(err)
	}
	swap, err := NewSwap()(ctx)
	if err != nil || swap.Total != 4000000*kiB {
		t.Errorf("without vmstat: %+v, %v", swap, err)
	}
	wantMissing(t, "in", swap.In, Unsupported)
	wantMissing(t, "in since boot", swap.InTotal, Unsupported)
	rewrite(t, filepath.Join(dir, "proc/meminfo"), "SwapCached", "SwapCashed")
	if swap, err = NewSwap()(ctx); err != nil {
		t.Error(err)
	}
	wantMissing(t, "cached", swap.Cached, Unsupported)
	rewrite(t, filepath.Join(dir, "proc/meminfo"), "SwapTotal", "SwapTotle")
	if _, err := NewSwap()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without SwapTotal: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "proc/meminfo")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewSwap()(ctx); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnsupported) {
		t.Errorf("without meminfo: %v", err)
	}
}

func TestSwapTrafficRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":    "",
		"cut off":  "pswpin 1\npswpout 12",
		"half":     "pswpin 1\nnr_dirty 5\n",
		"word":     "pswpin one\npswpout 2\n",
		"too much": "pswpin 18446744073709551615\npswpout 2\n",
	} {
		if traffic, err := parseSwapTraffic(text, 4096); err == nil {
			t.Errorf("%s: read as %+v", name, traffic)
		}
	}
}

func FuzzParseSwapTraffic(f *testing.F) {
	f.Add("nr_free_pages 5\npswpin 0\npswpout 12\n")
	f.Add("pswpin \npswpout")
	f.Fuzz(func(t *testing.T, text string) {
		traffic, err := parseSwapTraffic(text, 4096)
		if err == nil && !traffic.counted && traffic.in+traffic.out != 0 {
			t.Errorf("%q: %+v", text, traffic)
		}
	})
}
