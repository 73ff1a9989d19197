package collector

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// paced is how often a pace calls at each of the ticks that costs are told for;
// a negative cost is a tick without an answer.
func paced(p *pace, interval, budget time.Duration, costs ...time.Duration) (every []int) {
	for _, cost := range costs {
		p.next(interval, budget)
		if cost >= 0 {
			p.spent(cost)
		}
		every = append(every, p.every)
	}
	p.next(interval, budget)
	return append(every, p.every)
}

func TestPace(t *testing.T) {
	const ms = time.Millisecond
	repeat := func(cost time.Duration, times int) (all []time.Duration) {
		for range times {
			all = append(all, cost)
		}
		return all
	}
	for name, c := range map[string]struct {
		interval, budget time.Duration
		costs            []time.Duration
		want             int
	}{
		"nothing known":               {time.Second, 10 * ms, nil, 1},
		"one call, however dear":      {time.Second, 10 * ms, repeat(time.Second, 1), 1},
		"within the budget":           {time.Second, 10 * ms, repeat(10*ms, 9), 1},
		"twice the budget":            {time.Second, 10 * ms, repeat(20*ms, 4), 3},
		"two dear calls are enough":   {time.Second, 10 * ms, repeat(40*ms, 2), 5},
		"one outlier":                 {time.Second, 10 * ms, append(repeat(5*ms, 3), time.Second), 1},
		"an outlier among dear calls": {time.Second, 10 * ms, append(repeat(30*ms, 3), 5*time.Second), 4},
		"dear no more":                {time.Second, 10 * ms, append(repeat(500*ms, 4), repeat(ms, 3)...), 1},
		"never rarer than a minute":   {time.Second, 10 * ms, repeat(time.Hour, 4), 60},
		"a minute of long ticks":      {7 * time.Second, 70 * ms, repeat(time.Hour, 4), 8},
		"ticks longer than a minute":  {time.Hour, 36 * time.Second, repeat(time.Hour, 4), 1},
	} {
		t.Run(name, func(t *testing.T) {
			every := paced(new(pace), c.interval, c.budget, c.costs...)
			if got := every[len(every)-1]; got != c.want {
				t.Errorf("called at every %d. tick, want every %d. (so far %v)", got, c.want, every)
			}
		})
	}
}

// A cost near a limit, or one that varies by a fifth, changes the pace once.
func TestPaceDoesNotFlap(t *testing.T) {
	for cost := time.Millisecond; cost < 200*time.Millisecond; cost += 500 * time.Microsecond {
		var p pace
		for i := range 100 {
			p.next(time.Second, 10*time.Millisecond)
			p.spent(cost + cost*time.Duration(i%3-1)/10)
		}
		settled := p.every
		for i := range 100 {
			p.next(time.Second, 10*time.Millisecond)
			if p.every != settled {
				t.Fatalf("at %s a call: every %d. tick, then every %d.", cost, settled, p.every)
			}
			p.spent(cost + cost*time.Duration(i%3-1)/10)
		}
		if spent := cost / time.Duration(settled); spent > 12*time.Millisecond {
			t.Errorf("at %s a call every %d. tick, which is %s a tick of 10ms", cost, settled, spent)
		}
	}
}

func TestPaceNeverDelaysTheFirstTwoCalls(t *testing.T) {
	p := pace{rest: time.Minute}
	for i, want := range []bool{true, true, false} {
		p.next(time.Second, 10*time.Millisecond)
		if p.due() != want {
			t.Errorf("tick %d has a call: %v, want %v", i, p.due(), want)
		}
		p.called()
		p.spent(time.Second)
	}
}

func TestPaceRests(t *testing.T) {
	p := pace{rest: 5 * time.Second}
	for interval, want := range map[time.Duration]int{time.Second: 5, 3 * time.Second: 2, 5 * time.Second: 1, time.Minute: 1} {
		if every := paced(&p, interval, interval/100, 0, 0); every[2] != want || p.slowed() {
			t.Errorf("with ticks every %s it is called every %d., slowed %v; want %d, as it should", interval, every[2], p.slowed(), want)
		}
	}
}

// useProcessor uses so much processor time of its goroutine.
func useProcessor(d time.Duration) {
	var m meter
	m.start()
	for threadTime()-m.began < d {
	}
	m.stop()
}

func TestMeterCountsWorkAndNotWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const work = 2 * time.Millisecond
		var m meter
		f := fence[int, int]{subject: "test"}
		ctx := context.WithValue(t.Context(), meterKey{}, &m)
		m.start()
		useProcessor(work)
		f.gather(ctx, []int{1, 2, 3}, func(key int) (int, error) {
			time.Sleep(10 * time.Millisecond)
			useProcessor(work)
			return key, nil
		})
		useProcessor(work)
		if used := m.stop(); used < 5*work || used > 100*work {
			t.Errorf("five stretches of %s cost %s", work, used)
		}
		m.start()
		if used := m.stop(); used >= work {
			t.Errorf("what was told once is told again: %s", used)
		}
	})
}

// A collector whose calls cost five times its budget.
func TestSamplerSlowsADearCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var dear atomic.Bool
		dear.Store(true)
		s := NewSampler(Collectors{
			Load: loadOf(1),
			Memory: func(context.Context) (Memory, error) {
				if dear.Load() {
					useProcessor(5 * time.Millisecond)
				}
				return Memory{}, nil
			},
		}, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
		s.SetBudget(0.1)
		ticks := &ticksOf{}
		stop := ticks.run(t, s)
		time.Sleep(30 * time.Second)
		slow := ticks.all()
		dear.Store(false)
		time.Sleep(5 * time.Minute)
		stop()

		checkCarried(t, slow)
		if last := slow[len(slow)-1].Memory; last.Every < 5*time.Second || last.Every > time.Minute {
			t.Errorf("5 ms a call with 1 ms a tick: read every %s", last.Every)
		}
		all := ticks.all()
		if last := all[len(all)-1]; last.Memory.Every != 0 || !last.Memory.Fresh(last.Time) {
			t.Errorf("cheap again, and read every %s", last.Memory.Every)
		}
		if n := strings.Count(log.String(), "\n"); n != 2 || !strings.Contains(log.String(), "collector=memory") {
			t.Errorf("logged %d lines, want one when it slows and one when that ends:\n%s", n, log.String())
		}
	})
}

// checkCarried holds what a section shows between two calls against its promise.
func checkCarried(t *testing.T, ticks []*Snapshot) {
	t.Helper()
	carried := 0
	for i, s := range ticks {
		r := s.Memory
		if s.Load.Every != 0 || !s.Load.Fresh(s.Time) {
			t.Errorf("tick %d: a cheap collector is read every %s", s.Seq, s.Load.Every)
		}
		if r.Status() != OK || !r.Has() {
			t.Errorf("tick %d: %s", s.Seq, r.Status())
		}
		if i < 2 && (r.Every != 0 || !r.Fresh(s.Time)) {
			t.Errorf("tick %d: the first two calls are delayed", s.Seq)
		}
		if !r.Fresh(s.Time) {
			carried++
			if !r.At.Equal(ticks[i-1].Memory.At) || r.Every == 0 {
				t.Errorf("tick %d: of %s, read every %s; want the reading before it", s.Seq, r.At, r.Every)
			}
		}
		if r.Age(s.Time) > 0 && r.Age(s.Time) >= r.Every {
			t.Errorf("tick %d: age %s, read every %s", s.Seq, r.Age(s.Time), r.Every)
		}
	}
	if carried < 2*len(ticks)/3 {
		t.Errorf("%d of %d ticks carry a reading", carried, len(ticks))
	}
}

func TestSamplerBudgetAndIntervalApplyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSampler(Collectors{Memory: func(context.Context) (Memory, error) {
			useProcessor(5 * time.Millisecond)
			return Memory{}, nil
		}}, time.Second, quiet())
		s.SetBudget(0.1)
		ticks := &ticksOf{}
		defer ticks.run(t, s)()
		read := func(change func(), wait time.Duration, often bool) {
			t.Helper()
			change()
			time.Sleep(wait)
			if r := ticks.last().Memory; (r.Every == 0) != often {
				t.Errorf("read every %s; want it at each tick: %v", r.Every, often)
			}
		}
		read(func() {}, 10500*time.Millisecond, false)
		read(func() { s.SetBudget(100) }, time.Second, true)
		read(func() { s.SetBudget(0.1) }, time.Second, false)
		read(func() { s.SetInterval(time.Hour) }, time.Second, true)
		read(func() { s.SetInterval(time.Second) }, time.Second, false)
	})
}

// A dear collector has a tick's time for its call: its numbers are older then,
// and right. One that hangs is stale after that.
func TestSamplerSlowedIsNotStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var hang atomic.Bool
		s := NewSampler(Collectors{Memory: func(context.Context) (Memory, error) {
			useProcessor(5 * time.Millisecond)
			time.Sleep(300 * time.Millisecond)
			if hang.Load() {
				<-release
			}
			return Memory{}, nil
		}}, time.Second, quiet())
		s.SetBudget(0.1)
		ticks := &ticksOf{}
		defer ticks.run(t, s)()
		time.Sleep(20500 * time.Millisecond)
		for _, tick := range ticks.all()[5:] {
			if tick.Memory.Status() != OK {
				t.Errorf("tick %d: slow and not stuck, and %s: %v", tick.Seq, tick.Memory.Status(), tick.Memory.Err)
			}
		}
		hang.Store(true)
		time.Sleep(time.Minute)
		if r := ticks.last().Memory; r.Status() != Stale || !r.Has() {
			t.Errorf("hanging it is %s", r.Status())
		}
		hang.Store(false)
		close(release)
		time.Sleep(2 * time.Second)
		if r := ticks.last().Memory; r.Status() != OK {
			t.Errorf("after its return it is %s", r.Status())
		}
	})
}

// The first calls of a collector that is called rarely may hang like any other.
func TestSamplerRareAndStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		ticks := sample(t, Collectors{Connections: func(context.Context) (Connections, error) {
			<-release
			return Connections{}, nil
		}}, time.Second, 1500*time.Millisecond, quiet())
		for _, s := range ticks {
			if s.Connections.Status() != Stale || s.Connections.Has() {
				t.Errorf("tick %d: %s", s.Seq, s.Connections.Status())
			}
		}
	})
}

// Waiting is no work: a collector that is always late reads at each tick.
func TestSamplerDoesNotSlowWhatOnlyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSampler(Collectors{Memory: func(context.Context) (Memory, error) {
			time.Sleep(200 * time.Millisecond)
			return Memory{}, nil
		}}, time.Second, quiet())
		ticks := &ticksOf{}
		defer ticks.run(t, s)()
		time.Sleep(10 * time.Second)
		if r := ticks.last().Memory; r.Every != 0 || r.Status() != Stale {
			t.Errorf("%s, every %s; want it stale at each tick", r.Status(), r.Every)
		}
	})
}

func TestFresh(t *testing.T) {
	tick := time.Now()
	for name, c := range map[string]struct {
		reading Reading[int]
		want    bool
	}{
		"of the tick":        {Reading[int]{At: tick.Add(time.Millisecond)}, true},
		"at its begin":       {Reading[int]{At: tick}, true},
		"without a baseline": {Reading[int]{At: tick, Err: ErrNoBaseline}, true},
		"carried":            {Reading[int]{At: tick.Add(-time.Second), Every: 5 * time.Second}, false},
		"stale":              {Reading[int]{At: tick.Add(time.Second), Err: ErrStale}, false},
		"failed":             {Reading[int]{Err: errors.New("fault")}, false},
		"nothing":            {Reading[int]{}, false},
	} {
		if got := c.reading.Fresh(tick); got != c.want {
			t.Errorf("%s: fresh %v", name, got)
		}
	}
}

// ticksOf keeps what a sampler publishes.
type ticksOf struct {
	mu   sync.Mutex
	kept []*Snapshot
}

// run runs a sampler until the function that it returns is called.
func (k *ticksOf) run(t *testing.T, s *Sampler) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		s.Run(ctx, func(s *Snapshot) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.kept = append(k.kept, s)
		})
	})
	return func() {
		cancel()
		running.Wait()
		time.Sleep(time.Minute) // for a call that is still out
	}
}

func (k *ticksOf) all() []*Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]*Snapshot{}, k.kept...)
}

func (k *ticksOf) last() *Snapshot {
	all := k.all()
	return all[len(all)-1]
}
