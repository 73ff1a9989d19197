package collector

import (
	"math"
	"slices"
	"time"
)

// longestPace is how long a collector is left uncalled at most, whatever a call
// of it costs.
const longestPace = time.Minute

// pace decides at which ticks a collector is called, so that the processor time
// of its calls stays within a budget a tick. The zero pace is ready.
type pace struct {
	costs    [4]time.Duration // of the latest calls
	calls    int              // those that costs has heard of
	interval time.Duration
	budget   time.Duration // for each tick
	every    int           // call at each tick of so many
	rest     time.Duration // at least, from call to call, whatever one costs
	waited   int           // ticks since the one with the last call
}

// next begins a tick.
func (p *pace) next(interval, budget time.Duration) {
	if interval != p.interval || budget != p.budget {
		p.interval, p.budget, p.every = interval, budget, 1
	}
	p.waited++
	p.adapt()
}

// due reports whether this tick has a call. Rates need two, so these never wait.
func (p *pace) due() bool { return p.calls < 2 || p.waited >= p.every }

func (p *pace) called() { p.waited = 0 }

// spent tells what a call has cost.
func (p *pace) spent(cost time.Duration) {
	p.costs[p.calls%len(p.costs)] = cost
	p.calls++
}

// cost is what a call costs: the mean of the latest ones, but for the dearest,
// because one may cost much more when the machine or the garbage collector has
// something else to do.
func (p *pace) cost() time.Duration {
	known := min(p.calls, len(p.costs))
	if known < 2 {
		return 0
	}
	var sum time.Duration
	for _, cost := range p.costs[:known] {
		sum += cost
	}
	return (sum - slices.Max(p.costs[:known])) / time.Duration(known-1)
}

// adapt has the collector called less often once a call costs more than the
// budget of the ticks that it stands for, and more often once it costs a good
// deal less. Between the two it leaves things as they are, so that a cost near a
// limit does not make them change all the time.
func (p *pace) adapt() {
	need := float64(p.cost()) / float64(p.budget)
	if need > float64(p.every) || need*1.25 <= float64(p.every-1) {
		longest := max(1, float64(longestPace/p.interval))
		p.every = int(min(math.Ceil(need*1.1), longest))
	}
	p.every = max(p.every, p.least())
}

// least is how many ticks it is from call to call when calls cost nothing.
func (p *pace) least() int { return max(1, int(math.Ceil(float64(p.rest)/float64(p.interval)))) }

// slowed reports that what calls cost makes them fewer.
func (p *pace) slowed() bool { return p.every > p.least() }

// period is the time from one call to the next, or 0 where each tick has one.
func (p *pace) period() time.Duration {
	if p.every <= 1 {
		return 0
	}
	return time.Duration(p.every) * p.interval
}

// allows reports that a call may be out for so long without being late. One
// that stands for several ticks has until the next of them, because much work
// takes its time.
func (p *pace) allows(out time.Duration) bool { return p.calls >= 2 && p.every > 1 && out < p.interval }
