package collector

import (
	"slices"
	"time"
)

// How the growth of a file system is told: from a look each growthEvery over the
// last growthSpan, once there are growthLeast of it.
const (
	growthEvery = 30 * time.Second
	growthSpan  = 10 * time.Minute
	growthLeast = 5 * time.Minute
)

// mountGrowth tells when file systems will be full.
type mountGrowth struct {
	known map[mountKey]*growth
}

// growth is how the room in one file system shrank.
type growth struct {
	size  float64
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
			seen = new(growth)
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
	case size != g.size:
		*g = growth{size: size}
	}
	if len(g.looks) == 0 || now.Sub(g.looks[len(g.looks)-1].at) >= growthEvery {
		g.add(look{now, available})
	}
	switch {
	case now.Sub(g.looks[0].at) < growthLeast:
		return Missing(NoBaseline)
	case g.rate <= 0:
		return Missing(Idle)
	}
	return Of(available / g.rate)
}

func (g *growth) add(l look) {
	g.looks = append(slices.DeleteFunc(g.looks, func(old look) bool { return l.at.Sub(old.at) > growthSpan }), l)
	g.rate = medianRate(g.looks)
}

// medianRate is the median of the rates between all pairs of looks: a file that
// is written and deleted, or one large download, does not move it.
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
