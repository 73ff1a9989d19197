package collector

import "time"

// Clients are those who watch this process, and what their streams have come to
// since its start.
type Clients struct {
	Subscribers int64  // whose streams are open
	SentBytes   uint64 // on all streams
	Events      uint64 // that streams were given
	Skipped     uint64 // events that slow streams passed over
	Stalled     uint64 // streams closed because they accepted nothing
	Refused     uint64 // those for whom there was no room
	Encodings   uint64 // parts of events encoded, each once for all streams

	// DelayCounts are events by how long they took from the tick to the socket: as
	// many as up to each of DelayBounds, which rise, and last those beyond.
	DelayCounts []uint64
	DelayBounds []time.Duration
}

func (s *Self) count(now Clients) {
	s.Subscribers = Of(float64(now.Subscribers))
	s.SentTotal = Of(float64(now.SentBytes))
	s.EventsTotal = Of(float64(now.Events))
	s.SkippedTotal = Of(float64(now.Skipped))
	s.StalledTotal = Of(float64(now.Stalled))
	s.RefusedTotal = Of(float64(now.Refused))
	s.EncodingsTotal = Of(float64(now.Encodings))
}

// compare tells what has come to pass between two readings.
func (s *Self) compare(before, now Clients, elapsed time.Duration) {
	s.Sent = perSecond(before.SentBytes, now.SentBytes, elapsed)
	s.Events = perSecond(before.Events, now.Events, elapsed)
	s.Encodings = perSecond(before.Encodings, now.Encodings, elapsed)
	s.DelayP99 = delayP99(before.DelayCounts, now)
}

// delayP99 is the bound, in seconds, that 99 % of the delays since before keep.
func delayP99(before []uint64, now Clients) Value {
	if len(before) != len(now.DelayCounts) {
		return Missing(NoBaseline)
	}
	all := sum(now.DelayCounts) - sum(before)
	if all == 0 {
		return Missing(Idle)
	}
	within := uint64(0)
	for i, bound := range now.DelayBounds {
		within += now.DelayCounts[i] - before[i]
		if 100*within >= 99*all {
			return Of(bound.Seconds())
		}
	}
	return Missing(Failed)
}

func sum(counts []uint64) (all uint64) {
	for _, n := range counts {
		all += n
	}
	return all
}
