package stream

import (
	"slices"
	"sync/atomic"
	"time"
)

// Stats are what a hub's streams have come to. All but Subscribers count since
// the start.
type Stats struct {
	Subscribers int64  // connected now
	Events      uint64 // frames that were sent live, to their last byte
	SentBytes   uint64 // of streams, as they are coded
	Skipped     uint64 // frames that slow subscribers passed over
	// Stalled are subscribers closed because they accepted nothing. Where net/http
	// has the connection, one that the kernel gives up on may count as gone instead.
	Stalled      uint64
	Refused      uint64 // clients for whom there was no room
	Encodings    uint64 // segments encoded, each once for all subscribers
	Compressions uint64 // parts of frames compressed, each once for all
	Delays       Delays
}

// Plus are the stats of two hubs together.
func (s Stats) Plus(o Stats) Stats {
	return Stats{
		Subscribers:  s.Subscribers + o.Subscribers,
		Events:       s.Events + o.Events,
		SentBytes:    s.SentBytes + o.SentBytes,
		Skipped:      s.Skipped + o.Skipped,
		Stalled:      s.Stalled + o.Stalled,
		Refused:      s.Refused + o.Refused,
		Encodings:    s.Encodings + o.Encodings,
		Compressions: s.Compressions + o.Compressions,
		Delays:       s.Delays.plus(o.Delays),
	}
}

// delayBounds are the upper bounds of [Delays.Counts].
var delayBounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// Delays tell how long events took from their being published to their being
// in the socket of a client.
type Delays struct {
	Counts [len(delayBounds) + 1]uint64 // by upper bound; the last has none
	Sum    time.Duration
}

// Bounds are the upper bounds of the counts but the last.
func (Delays) Bounds() []time.Duration { return slices.Clone(delayBounds[:]) }

// Count is how many events there are.
func (d Delays) Count() (n uint64) {
	for _, count := range d.Counts {
		n += count
	}
	return n
}

func (d Delays) plus(o Delays) Delays {
	for i := range d.Counts {
		d.Counts[i] += o.Counts[i]
	}
	d.Sum += o.Sum
	return d
}

// counters are the [Stats] while they are counted. Those of a block that is not
// published are nil.
type counters struct {
	subscribers                                                        atomic.Int64
	sent, skipped, stalled, refused, encodings, compressions, delaySum atomic.Uint64
	delays                                                             [len(delayBounds) + 1]atomic.Uint64
}

func (c *counters) encoded() {
	if c != nil {
		c.encodings.Add(1)
	}
}

func (c *counters) compressed() {
	if c != nil {
		c.compressions.Add(1)
	}
}

// delivered counts n events that took as long as d.
func (c *counters) delivered(n int, d time.Duration) {
	i := 0
	for i < len(delayBounds) && d > delayBounds[i] {
		i++
	}
	c.delays[i].Add(uint64(n))
	c.delaySum.Add(uint64(n) * uint64(max(0, d)))
}

func (c *counters) stats() Stats {
	s := Stats{
		Subscribers:  c.subscribers.Load(),
		SentBytes:    c.sent.Load(),
		Skipped:      c.skipped.Load(),
		Stalled:      c.stalled.Load(),
		Refused:      c.refused.Load(),
		Encodings:    c.encodings.Load(),
		Compressions: c.compressions.Load(),
		Delays:       Delays{Sum: time.Duration(c.delaySum.Load())},
	}
	for i := range c.delays {
		s.Delays.Counts[i] = c.delays[i].Load()
	}
	s.Events = s.Delays.Count()
	return s
}
