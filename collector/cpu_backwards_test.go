package collector

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

func TestCPUBackwards(t *testing.T) {
	const before = "cpu1 240000 1500 58000 4010000 2500 0 400 180 0 0"
	for name, test := range map[string]struct {
		after      string
		busy       Value
		idle       Status
		user, rest float64 // as told, in seconds: user, and idle with iowait
	}{
		"iowait that was idle": { // of 100 ticks, 60 at rest
			"cpu1 240040 1500 58000 4012060 500 0 400 180 0 0", Of(40), NoBaseline, 2400.4, 40120.60 + 25,
		},
		"idle that was iowait": {
			"cpu1 240040 1500 58000 4009000 3560 0 400 180 0 0", Of(40), NoBaseline, 2400.4, 40100 + 35.60,
		},
		"a tick lost in cutting": {
			"cpu1 240100 1500 58000 4010000 2499 0 400 180 0 0", Of(100), NoBaseline, 2401, 40100 + 25,
		},
		"both at rest": {
			"cpu1 240100 1500 58000 4009900 2450 0 400 180 0 0", Missing(NoBaseline), NoBaseline, 2401, 40100 + 25,
		},
		"steal": {
			"cpu1 240100 1500 58000 4010100 2500 0 400 170 0 0", Missing(NoBaseline), NoBaseline, 2401, 40101 + 25,
		},
		"a core that began anew": {
			"cpu1 239000 1500 58000 1000 20 0 400 180 0 0", Missing(NoBaseline), NoBaseline, 2390, 10 + 0.2,
		},
		"none": {
			"cpu1 240040 1500 58000 4010050 2510 0 400 180 0 0", Of(40), OK, 2400.4, 40100.50 + 25.10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, dir := fixture(t, "debian12")
			collect := NewCPU()
			collect(ctx)
			stat := filepath.Join(dir, "proc/stat")
			rewrite(t, stat, before, test.after)
			rewrite(t, stat, "cpu  980000", "cpu  980200")
			cpu, err := collect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			wantNumber(t, "busy of the host", cpu.Usage.Busy, 100)
			core := cpu.Cores[1]
			if core.Usage.Busy != test.busy || core.Usage.Idle.Status() != test.idle || core.Usage.IOWait.Status() != test.idle {
				t.Errorf("usage is %+v", core.Usage)
			}
			wantShares(t, core.Usage)
			wantNumber(t, "user time", Of(core.Times.User), test.user)
			wantNumber(t, "time at rest", Of(core.Times.Idle+core.Times.IOWait), test.rest)
		})
	}
}

func TestCPUHostBackwards(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	collect := NewCPU()
	collect(ctx)
	stat := filepath.Join(dir, "proc/stat")
	rewrite(t, stat, "cpu  980000 5000 234000 16020000 11000", "cpu  980100 5000 234000 16019000 11998")
	rewrite(t, stat, "cpu0 250000", "cpu0 250100")
	cpu, err := collect(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasSuffix(err.Error(), "a counter went backwards") {
		t.Fatalf("error is %v, want ErrNoBaseline", err)
	}
	wantMissing(t, "busy", cpu.Usage.Busy, NoBaseline)
	wantNumber(t, "busy of core 0", cpu.Cores[0].Usage.Busy, 100)
	wantNumber(t, "idle time", Of(cpu.Times.Idle), 160200)

	rewrite(t, stat, "16019000 11998", "16019050 12048")
	if cpu, err = collect(ctx); err != nil {
		t.Fatalf("the call after says %v", err)
	}
	wantNumber(t, "idle", cpu.Usage.Idle, 50)
	wantNumber(t, "idle time, not caught up with", Of(cpu.Times.Idle), 160200)
	wantNumber(t, "iowait time", Of(cpu.Times.IOWait), 120.48)
}

// wantShares wants percentages that can be true together.
func wantShares(t *testing.T, u CPUUsage) {
	t.Helper()
	modes := []Value{u.User, u.Nice, u.System, u.Idle, u.IOWait, u.IRQ, u.SoftIRQ, u.Steal, u.Guest}
	for _, v := range append(modes, u.Busy) {
		if number, ok := v.Get(); ok && !(number >= 0 && number <= 100) {
			t.Errorf("%v %% in %+v", number, u)
		}
	}
	busy, known := u.Busy.Get()
	if !known {
		if u != noUsage() {
			t.Errorf("busy is missing in %+v", u)
		}
		return
	}
	want := 100.0
	if u.Idle.Status() == NoBaseline {
		want = busy
	}
	if sum := modeSum(u); math.Abs(sum-want) > 1e-6 {
		t.Errorf("the modes add up to %v of %v in %+v", sum, want, u)
	}
}

// randomCore is a core whose counters do what those of kernels do.
type randomCore struct {
	counts [cpuColumns]uint64
	online bool
}

// advance goes on by up to a tick's worth, and now and then plays a trick.
func (c *randomCore) advance(random *rand.Rand) (restarted bool) {
	for column := range c.counts {
		c.counts[column] += random.Uint64N(30)
	}
	c.counts[userColumn] += c.counts[guestColumn]
	switch random.IntN(12) {
	case 0: // a task has waited for a disk, or has not after all
		moved := random.Uint64N(2000)
		from, to := idleColumn, iowaitColumn
		if random.IntN(2) == 0 {
			from, to = to, from
		}
		moved = min(moved, c.counts[from])
		c.counts[from] -= moved
		c.counts[to] += moved
	case 1: // read one after the other
		c.counts[idleColumn] -= min(c.counts[idleColumn], random.Uint64N(250))
	case 2: // stolen time that is given back
		c.counts[stealColumn] -= min(c.counts[stealColumn], random.Uint64N(50))
	case 3: // hot-plugging that was too fast to be seen
		restarted = c.counts[idleColumn]+c.counts[iowaitColumn] >= restartSeconds*userHZ
		c.counts[idleColumn], c.counts[iowaitColumn] = 0, 0
	case 4:
		c.online = !c.online
	}
	return restarted
}

func (c *randomCore) line(name string) string {
	text := name
	for _, count := range c.counts {
		text += fmt.Sprint(" ", count)
	}
	return text + "\n"
}

func seconds10(t CPUTimes) []float64 {
	all := []float64{t.User, t.Nice, t.System, t.Idle, t.IOWait, t.IRQ, t.SoftIRQ}
	for _, v := range []Value{t.Steal, t.Guest, t.GuestNice} {
		number, _ := v.Get()
		all = append(all, number)
	}
	return all
}

// TestCPUWhateverTheKernelDoes: shares can be true together, and times do not
// decrease but of a core that was away or began anew.
func TestCPUWhateverTheKernelDoes(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 0))
		ctx, dir := fixture(t, "debian12")
		stat := filepath.Join(dir, "proc/stat")
		collect := NewCPU()
		cores := make([]randomCore, 4)
		before := map[int][]float64{}
		for range 200 {
			restarted := map[int]bool{}
			text := ""
			for i := range cores {
				restarted[i] = cores[i].advance(random)
				if cores[i].online {
					text += cores[i].line(fmt.Sprint("cpu", i))
				}
			}
			writeFile(t, stat, cores[0].line("cpu ")+text+"intr 1\n")
			cpu, err := collect(ctx)
			if err != nil && !errors.Is(err, ErrNoBaseline) {
				t.Fatal(err)
			}
			wantShares(t, cpu.Usage)
			host := seconds10(cpu.Times)
			after := map[int][]float64{-1: host} // the line of the host is as that of core 0
			if was, known := before[-1]; known && !restarted[0] && decreased(was, host) {
				t.Fatalf("seed %d: the host went from %v to %v", seed, was, host)
			}
			for _, core := range cpu.Cores {
				wantShares(t, core.Usage)
				times := seconds10(core.Times)
				after[core.ID] = times
				was, known := before[core.ID]
				if !known {
					wantMissing(t, "busy of a core that was away", core.Usage.Busy, NoBaseline)
					continue
				}
				if !restarted[core.ID] && decreased(was, times) {
					t.Fatalf("seed %d: core %d went from %v to %v", seed, core.ID, was, times)
				}
			}
			before = after
		}
	}
}

func decreased(was, is []float64) bool {
	for i := range is {
		if is[i] < was[i] {
			return true
		}
	}
	return false
}
