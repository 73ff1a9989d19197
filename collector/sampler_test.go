package collector

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// sample runs a sampler for the ticks that fit into d and returns them.
func sample(t *testing.T, c Collectors, interval, d time.Duration, log *slog.Logger) []*Snapshot {
	t.Helper()
	var ticks []*Snapshot
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		NewSampler(c, interval, log).Run(ctx, func(s *Snapshot) { ticks = append(ticks, s) })
	})
	time.Sleep(d)
	cancel()
	running.Wait()
	return ticks
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func loadOf(one float64) Collector[Load] {
	return func(context.Context) (Load, error) { return Load{One: one}, nil }
}

func TestSamplerTicksAtOnceAndOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ticks := sample(t, Collectors{Load: loadOf(1.5)}, time.Second, 4500*time.Millisecond, quiet())
		if len(ticks) != 5 {
			t.Fatalf("%d ticks in 4.5 s at 1 Hz, want 5", len(ticks))
		}
		for i, s := range ticks {
			if s.Seq != uint64(i+1) || s.Interval != time.Second {
				t.Errorf("tick %d has seq %d, interval %s", i, s.Seq, s.Interval)
			}
			if want := begin.Add(time.Duration(i) * time.Second); !s.Time.Equal(want) {
				t.Errorf("tick %d at %s, want %s", i, s.Time, want)
			}
			if s.Load.Status() != OK || s.Load.Value.One != 1.5 {
				t.Errorf("tick %d: load %+v", i, s.Load)
			}
			if s.CPU.Status() != Unsupported {
				t.Errorf("tick %d: a section without a collector is %s", i, s.CPU.Status())
			}
		}
	})
}

func TestSamplerHungCollectorIsStaleAndAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls atomic.Uint64
		hangs := func(context.Context) (Memory, error) {
			call := calls.Add(1)
			if call == 3 {
				<-release
			}
			return Memory{Total: call}, nil
		}
		begin := time.Now()
		var ticks []*Snapshot
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			NewSampler(Collectors{Load: loadOf(1), Memory: hangs}, time.Second, quiet()).
				Run(ctx, func(s *Snapshot) { ticks = append(ticks, s) })
		})
		time.Sleep(5500 * time.Millisecond)
		if n := calls.Load(); n != 3 {
			t.Errorf("%d calls while the third hangs, want 3", n)
		}
		close(release)
		time.Sleep(2 * time.Second)
		cancel()
		running.Wait()

		for i, s := range ticks {
			if s.Load.Status() != OK {
				t.Errorf("tick %d: load is %s beside a hung collector", i, s.Load.Status())
			}
			if late := s.Time.Sub(begin.Add(time.Duration(i) * time.Second)); late != 0 {
				t.Errorf("tick %d is %s late", i, late)
			}
		}
		for _, i := range []int{2, 3, 4, 5} {
			r := ticks[i].Memory
			if r.Status() != Stale || !r.Has() || r.Value.Total != 2 {
				t.Errorf("tick %d: memory is %s with %+v, want the second value as stale", i, r.Status(), r.Value)
			}
			if want := time.Duration(i-1) * time.Second; r.Age(ticks[i].Time) != want {
				t.Errorf("tick %d: age %s, want %s", i, r.Age(ticks[i].Time), want)
			}
		}
		if r := ticks[6].Memory; r.Status() != OK || r.Value.Total != 4 {
			t.Errorf("after the return: %s %+v, want a fresh value", r.Status(), r.Value)
		}
	})
}

func TestSamplerNeverAnsweringCollectorHasNoValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		ticks := sample(t, Collectors{Swap: func(context.Context) (Swap, error) {
			<-release
			return Swap{}, nil
		}}, time.Second, 1500*time.Millisecond, quiet())
		for _, s := range ticks {
			if s.Swap.Status() != Stale || s.Swap.Has() {
				t.Errorf("tick %d: %s, has %v; want stale without a value", s.Seq, s.Swap.Status(), s.Swap.Has())
			}
		}
	})
}

func TestSamplerFaultsStayInTheirSection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ticks := sample(t, Collectors{
			Load:    loadOf(1),
			Memory:  func(context.Context) (Memory, error) { panic("out of cheese") },
			Swap:    func(context.Context) (Swap, error) { return Swap{Total: 9}, errors.New("garbage in vmstat") },
			Disks:   func(context.Context) ([]Disk, error) { return nil, &fs.PathError{Op: "open", Err: fs.ErrPermission} },
			Network: func(context.Context) ([]Interface, error) { return []Interface{{Name: "a"}}, ErrNoBaseline },
		}, time.Second, 500*time.Millisecond, quiet())
		s := ticks[0]
		for name, got := range map[string][2]Status{
			"load":    {s.Load.Status(), OK},
			"memory":  {s.Memory.Status(), Failed},
			"swap":    {s.Swap.Status(), Failed},
			"disks":   {s.Disks.Status(), Denied},
			"network": {s.Network.Status(), NoBaseline},
		} {
			if got[0] != got[1] {
				t.Errorf("%s is %s, want %s", name, got[0], got[1])
			}
		}
		if s.Swap.Value.Total != 0 || s.Swap.Has() {
			t.Errorf("a failed reading keeps a value: %+v", s.Swap)
		}
		if !s.Network.Has() || len(s.Network.Value) != 1 {
			t.Errorf("a reading without a baseline lost its data: %+v", s.Network)
		}
		if text := s.Memory.Err.Error(); !strings.Contains(text, "out of cheese") || strings.Contains(text, "goroutine") {
			t.Errorf("panic is shown as %q, want its message without a stack", text)
		}
	})
}

func TestSamplerLogsTransitionsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		calls := 0
		sample(t, Collectors{Load: func(context.Context) (Load, error) {
			calls++
			if calls >= 2 && calls <= 4 {
				return Load{}, errors.New("broken")
			}
			return Load{}, nil
		}}, time.Second, 6500*time.Millisecond, slog.New(slog.NewTextHandler(&b, nil)))
		if n := strings.Count(b.String(), "\n"); n != 2 || !strings.Contains(b.String(), "broken") || !strings.Contains(b.String(), "is back") {
			t.Errorf("3 failing ticks of 7 logged %d lines, want one when it breaks and one when it is back:\n%s", n, b.String())
		}
	})
}

func TestSamplerIntervalChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ticks []*Snapshot
		ctx, cancel := context.WithCancel(t.Context())
		s := NewSampler(Collectors{}, time.Hour, quiet())
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx, func(s *Snapshot) { ticks = append(ticks, s) }) })
		time.Sleep(time.Minute)
		s.SetInterval(500 * time.Millisecond)
		time.Sleep(1750 * time.Millisecond)
		s.SetInterval(time.Minute)
		time.Sleep(time.Second)
		cancel()
		running.Wait()
		var intervals []time.Duration
		for _, s := range ticks {
			intervals = append(intervals, s.Interval)
			if s.Gap != nil {
				t.Errorf("tick %d is marked %+v, but only the interval was changed", s.Seq, *s.Gap)
			}
		}
		half := 500 * time.Millisecond
		if want := []time.Duration{time.Hour, half, half, half, half, time.Minute}; !slices.Equal(intervals, want) {
			t.Errorf("ticks at intervals of %v, want %v: at once with each change", intervals, want)
		}
	})
}

func TestSetIntervalNeverBlocks(t *testing.T) {
	s := NewSampler(Collectors{}, time.Hour, quiet())
	for d := time.Second; d < time.Minute; d += time.Second {
		s.SetInterval(d)
	}
	if got := <-s.intervals; got != 59*time.Second {
		t.Errorf("the interval becomes %s, want that of the last call", got)
	}
}

func TestSamplerLogsASlowCollectorOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		sample(t, Collectors{Load: func(context.Context) (Load, error) {
			time.Sleep(150 * time.Millisecond)
			return Load{}, nil
		}}, 200*time.Millisecond, 4*time.Second, slog.New(slog.NewTextHandler(&b, nil)))
		if n := strings.Count(b.String(), "\n"); n != 1 {
			t.Errorf("a collector that is late at each of 20 ticks is logged %d times, want once:\n%s", n, b.String())
		}
		time.Sleep(time.Second) // for the call that is still out
	})
}

func TestSamplerEndsWithoutBlame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		ticks := sample(t, Collectors{Load: func(context.Context) (Load, error) {
			time.Sleep(20 * time.Millisecond)
			return Load{}, nil
		}}, time.Second, 1010*time.Millisecond, slog.New(slog.NewTextHandler(&b, nil)))
		if len(ticks) != 1 || b.Len() > 0 {
			t.Errorf("ended within the second tick: %d published, logged %q; want the first alone and no word", len(ticks), b.String())
		}
		time.Sleep(time.Second) // for the call that is still out
	})
}

func TestGapBetween(t *testing.T) {
	now := time.Now()
	at := func(monotonic, wall, boot time.Duration) instant {
		// the wall clock moves apart from the monotonic one through a base that differs
		return instant{wall: now.Add(monotonic), boot: boot, step: wall - monotonic}
	}
	for name, c := range map[string]struct {
		later    instant
		reason   string
		seconds  float64
		interval time.Duration
	}{
		"a tick":           {at(time.Second, time.Second, time.Second), "", 0, time.Second},
		"a little late":    {at(2400*time.Millisecond, 2400*time.Millisecond, 2400*time.Millisecond), "", 0, time.Second},
		"slewed by NTP":    {at(time.Second, 1010*time.Millisecond, time.Second), "", 0, time.Second},
		"suspended 8 h":    {at(time.Second, 8*time.Hour, 8*time.Hour), "suspend", 8*3600 - 1, time.Second},
		"clock set +1 h":   {at(time.Second, time.Hour+time.Second, time.Second), "clock_step", 3600, time.Second},
		"clock set -1 h":   {at(time.Second, -time.Hour+time.Second, time.Second), "clock_step", -3600, time.Second},
		"stopped for 10 s": {at(11*time.Second, 11*time.Second, 11*time.Second), "late", 10, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			gap := gapBetween(instant{wall: now}, c.later, c.interval)
			if c.reason == "" {
				if gap != nil {
					t.Fatalf("got %+v, want no gap", *gap)
				}
				return
			}
			if gap == nil || gap.Reason != c.reason || gap.Seconds != c.seconds {
				t.Fatalf("got %+v, want %s of %g s", gap, c.reason, c.seconds)
			}
		})
	}
}

// What delays a tick delays no later one, and the snapshot says by how much.
func TestSamplerKeepsItsSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		var at, late, took []time.Duration
		load := func(context.Context) (Load, error) {
			time.Sleep(20 * time.Millisecond)
			return Load{}, nil
		}
		NewSampler(Collectors{Load: load}, time.Second, quiet()).Run(ctx, func(s *Snapshot) {
			at, late, took = append(at, s.Time.Sub(begin)), append(late, s.Late), append(took, s.Took)
			switch s.Seq {
			case 2:
				time.Sleep(500 * time.Millisecond)
			case 3:
				time.Sleep(2300 * time.Millisecond)
			case 6:
				cancel()
			}
		})
		const ms = time.Millisecond
		if want := []time.Duration{0, 1000 * ms, 2000 * ms, 4320 * ms, 5000 * ms, 6000 * ms}; !slices.Equal(at, want) {
			t.Errorf("ticks at %v, want %v", at, want)
		}
		if want := []time.Duration{0, 0, 0, 1320 * ms, 0, 0}; !slices.Equal(late, want) {
			t.Errorf("late by %v, want %v", late, want)
		}
		if want := slices.Repeat([]time.Duration{20 * ms}, 6); !slices.Equal(took, want) {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}
