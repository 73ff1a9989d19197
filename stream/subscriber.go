package stream

import (
	"cmp"
	"slices"
	"time"
)

// Range is a run of frames, both ends included. The zero Range is none.
type Range struct{ From, To uint64 }

// Subscriber is one reader's place in the row of frames. It holds no resource,
// but Close ends its being counted. It is for one goroutine.
type Subscriber struct {
	hub      *Hub
	at       *position
	interval time.Duration
	had      uint64 // seq of the frame that it was given last
}

// Start says where a subscriber begins: behind an id that it has, or with the
// newest frame and up to Replay-1 kept ones before it. Interval is the least
// time between two frames for it, which leaves out those in between.
type Start struct {
	LastEventID string
	Replay      int
	Interval    time.Duration
}

// stride is how many frames make one for those who want one an interval: one
// whose seq is a multiple of it is due to all of them, so that they share it.
func (f *Frame) stride(interval time.Duration) uint64 {
	if f.Interval <= 0 || interval <= f.Interval {
		return 1
	}
	return uint64((interval + f.Interval - 1) / f.Interval)
}

// Subscribe returns a subscriber that stands at the newest frame, the kept
// frames that it is to be sent first (oldest first, the newest one included
// unless it has that already, or resumes and it is not due) and those that it
// asked for and that are lost.
func (h *Hub) Subscribe(start Start) (s *Subscriber, missed []*Frame, lost Range) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
	h.counters.subscribers.Add(1)
	s = &Subscriber{hub: h, at: h.latest.Load(), interval: start.Interval}
	if len(h.ring) == 0 {
		return s, nil, Range{}
	}
	newest := h.ring[len(h.ring)-1]
	s.had = newest.Seq
	stride := newest.stride(start.Interval)
	if seq, ok := h.Boot.Parse(start.LastEventID); ok && seq <= newest.Seq {
		missed, lost = h.since(seq, stride)
		return s, missed, lost
	}
	return s, append(due(h.ring[:len(h.ring)-1], stride, start.Replay-1), newest), Range{}
}

// since returns the kept frames that are due behind seq, and those that are not
// kept any more.
func (h *Hub) since(seq, stride uint64) (missed []*Frame, lost Range) {
	oldest := h.ring[0].Seq
	if seq+1 < oldest && (oldest-1)/stride > seq/stride {
		lost = Range{seq + 1, oldest - 1}
	}
	next, _ := slices.BinarySearchFunc(h.ring, seq+1, func(f *Frame, seq uint64) int { return cmp.Compare(f.Seq, seq) })
	return due(h.ring[next:], stride, len(h.ring)), lost
}

// due returns the last n of frames that are due to whoever takes one a stride.
func due(frames []*Frame, stride uint64, n int) (due []*Frame) {
	if stride == 1 {
		return slices.Clone(frames[max(0, len(frames)-max(0, n)):])
	}
	for i := len(frames) - 1; i >= 0 && len(due) < n; i-- {
		if f := frames[i]; f.Seq%stride == 0 {
			due = append(due, f)
		}
	}
	slices.Reverse(due)
	return due
}

// Latest is the frame that the subscriber stands at, nil before the first.
func (s *Subscriber) Latest() *Frame { return s.at.frame }

// Newer is closed once there is a newer frame than [Subscriber.Latest].
func (s *Subscriber) Newer() <-chan struct{} { return s.at.newer }

// Next steps to the newest frame. It returns that, nil unless one has become
// due, and the frames that were passed over where a due one is among them. Call
// it when Newer is closed.
func (s *Subscriber) Next() (f *Frame, skipped Range) {
	first := s.at.frame == nil
	s.at = s.hub.latest.Load()
	f = s.at.frame
	if first {
		s.had = s.at.first - 1
	}
	due := f.Seq - s.had
	if stride := f.stride(s.interval); stride > 1 {
		due = f.Seq/stride - s.had/stride
	}
	if due == 0 && !first {
		return nil, Range{}
	}
	if due > 1 {
		skipped = Range{s.had + 1, f.Seq - 1}
		s.hub.counters.skipped.Add(due - 1)
	}
	s.had = f.Seq
	return f, skipped
}

// Close ends the subscription.
func (s *Subscriber) Close() { s.hub.counters.subscribers.Add(-1) }
