package collector

import (
	"math"
	"slices"
	"time"
)

// How the growth of a file system is told: from a look each growthEvery over the
// last growthSpan, once there are growthLeast of it.
const (
	growthEvery = 30 * time.Second
	growthSpan  = 10 * time.Minute
	growthLeast = 5 * time.Minute
	// spread is among how many ticks looks are divided, at one a second.
	spread = growthEvery / time.Second
)

// mountGrowth tells when file systems will be full.
type mountGrowth struct {
	known map[mountKey]*growth
}

// growth is how the room in one file system shrank.
type growth struct {
	size  float64
	due   time.Time // of the next look
	looks []look
	rate  float64 // bytes a second that are used up; 0 when it does not grow
}

type look struct {
	at        time.Time
	available float64
}

// fill sets FullIn of the mounts, whose keys these are, and forgets all others.
func (g *mountGrowth) fill(mounts []Mount, keys []mountKey, now time.Time) {
	known := make(map[mountKey]*growth, len(keys))
	for i, key := range keys {
		seen := g.known[key]
		if seen == nil {
			// Thousands of mounts are not all looked at in the same tick.
			seen = &growth{due: now.Add(growthEvery * (time.Duration(i) % spread) / spread)}
		}
		known[key] = seen
		mounts[i].FullIn = seen.fullIn(&mounts[i], now)
	}
	g.known = known
}

func (g *growth) fullIn(m *Mount, now time.Time) Value {
	available, ok := m.Available.Get()
	size, _ := m.Size.Get()
	switch {
	case !ok:
		return m.Available
	case m.ReadOnly:
		return Missing(Unsupported)
	}
	g.resize(size)
	if !now.Before(g.due) {
		g.due = now.Add(growthEvery)
		g.add(look{now, available})
	}
	switch {
	case len(g.looks) == 0 || now.Sub(g.looks[0].at) < growthLeast:
		return Missing(NoBaseline)
	case g.rate <= 0:
		return Missing(Idle)
	}
	return Of(available / g.rate)
}

// resize forgets what was seen of a file system that has another size. Those of a
// pool change theirs a little with whatever their neighbours write.
func (g *growth) resize(size float64) {
	if math.Abs(size-g.size) > g.size/100 {
		g.looks, g.rate = nil, 0
	}
	g.size = size
}

func (g *growth) add(l look) {
	g.looks = append(slices.DeleteFunc(g.looks, func(old look) bool { return l.at.Sub(old.at) > growthSpan }), l)
	half := len(g.looks) / 2
	g.rate = max(0, min(medianRate(g.looks[:half+1]), medianRate(g.looks[half:])))
}

// medianRate is the median of the rates between all pairs of looks: a file that is
// written and deleted does not move it. One large download does, for as long as
// it is in the middle of them, and so is growth what both halves of the time show.
func medianRate(looks []look) float64 {
	var rates []float64
	for i, first := range looks {
		for _, last := range looks[i+1:] {
			rates = append(rates, (first.available-last.available)/last.at.Sub(first.at).Seconds())
		}
	}
	if len(rates) == 0 {
		return 0
	}
	slices.Sort(rates)
	return rates[len(rates)/2]
}
