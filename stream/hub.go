package stream

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Frame is what one tick sends to the clients of one hub. Publish it, and do
// not write to it again.
type Frame struct {
	// Seq rises by one with each frame that is published.
	Seq uint64
	// Kept is sent live, and again to those who resume or ask for a replay.
	Kept *Block
	// Live is sent live only, after Kept: it describes the present, and is worth
	// nothing once a newer frame is there.
	Live *Block
	// Weight is about how many bytes of memory Kept holds on to, encoded or not.
	Weight int
}

// Hub hands the newest frame to everybody who wants it and keeps a ring of
// those before it. The zero Hub is ready for use; set its fields before that.
type Hub struct {
	// Boot makes up the ids; without one, frames have none and nobody resumes.
	Boot Boot
	// Ring is how many frames are kept for those who resume, the newest one
	// included. 0 keeps the newest alone.
	Ring int
	// Budget bounds the weight of the ring, in bytes: where it is reached first,
	// fewer frames are kept. 0 is no bound.
	Budget int

	mu     sync.Mutex
	ring   []*Frame // oldest first, without Live; the last is the newest
	weight int      // of the ring
	latest atomic.Pointer[position]
	closed chan struct{}
	leave  int64 // subscribers when it was closed

	subscribers atomic.Int64
	encodings   atomic.Uint64
	skipped     atomic.Uint64
	sent        atomic.Uint64
}

// position is a place in the endless row of frames.
type position struct {
	frame *Frame        // nil before the first
	first uint64        // seq of the hub's first frame
	newer chan struct{} // closed when there is a newer frame
}

// Range is a run of frames, both ends included. The zero Range is none.
type Range struct{ From, To uint64 }

// init makes the zero Hub usable. The caller holds mu.
func (h *Hub) init() {
	if h.closed == nil {
		h.closed = make(chan struct{})
		h.latest.Store(&position{newer: make(chan struct{})})
	}
}

// Publish makes f the newest frame and wakes those who wait for it. It never
// blocks. Frames of a seq that does not rise are dropped, and so are all after
// [Hub.Close].
func (h *Hub) Publish(f *Frame) {
	if before := h.advance(f); before != nil {
		close(before.newer) // with the lock given back: ten thousand wake for milliseconds
	}
}

// advance makes f the newest frame and returns the position before it, nil when
// f is dropped.
func (h *Hub) advance(f *Frame) (before *position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
	before = h.latest.Load()
	next := &position{frame: f, first: f.Seq, newer: make(chan struct{})}
	if before.frame != nil {
		if f.Seq <= before.frame.Seq {
			return nil
		}
		next.first = before.first
	}
	if h.isClosed() {
		return nil
	}
	f.count(&h.encodings)
	h.keep(&Frame{Seq: f.Seq, Kept: f.Kept, Weight: f.Weight})
	h.latest.Store(next)
	before.frame.settle()
	return before
}

func (f *Frame) settle() {
	if f != nil {
		f.Kept.settle()
		f.Live.settle()
	}
}

func (f *Frame) count(encodings *atomic.Uint64) {
	for _, b := range []*Block{f.Kept, f.Live} {
		if b != nil {
			b.encodings = encodings
		}
	}
}

func (h *Hub) keep(f *Frame) {
	h.ring = append(h.ring, f)
	h.weight += f.Weight
	excess := 0
	for len(h.ring)-excess > max(1, h.Ring) || h.Budget > 0 && h.weight > h.Budget && len(h.ring)-excess > 1 {
		h.weight -= h.ring[excess].Weight
		excess++
	}
	clear(h.ring[:excess])
	h.ring = h.ring[excess:]
}

// Close tells every present and future client goodbye. Publish has no effect
// afterwards. Closing twice is harmless.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
	if !h.isClosed() {
		h.leave = h.subscribers.Load()
		close(h.closed)
	}
}

func (h *Hub) isClosed() bool {
	select {
	case <-h.closed:
		return true
	default:
		return false
	}
}

// position returns the place of the newest frame.
func (h *Hub) position() *position {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
	return h.latest.Load()
}

// Stats are counters since the start.
type Stats struct {
	Subscribers int64  // connected now
	Encodings   uint64 // segments encoded
	Skipped     uint64 // frames that slow subscribers passed over
	SentBytes   uint64
}

// Stats returns the hub's counters.
func (h *Hub) Stats() Stats {
	return Stats{h.subscribers.Load(), h.encodings.Load(), h.skipped.Load(), h.sent.Load()}
}

// Subscriber is one reader's place in the row of frames. It holds no resource,
// but Close ends its being counted. It is for one goroutine.
type Subscriber struct {
	hub *Hub
	at  *position
}

// Start says where a subscriber begins: behind an id that it has, or with the
// newest frame and up to Replay-1 kept ones before it.
type Start struct {
	LastEventID string
	Replay      int
}

// Subscribe returns a subscriber that stands at the newest frame, the kept
// frames that it is to be sent first (oldest first, the newest one included
// unless it has that already) and those that it asked for and that are lost.
func (h *Hub) Subscribe(start Start) (s *Subscriber, missed []*Frame, lost Range) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.init()
	h.subscribers.Add(1)
	s = &Subscriber{hub: h, at: h.latest.Load()}
	if len(h.ring) == 0 {
		return s, nil, Range{}
	}
	oldest, newest := h.ring[0].Seq, h.ring[len(h.ring)-1].Seq
	seq, ok := h.Boot.Parse(start.LastEventID)
	if !ok || seq > newest {
		n := min(len(h.ring), max(1, start.Replay))
		return s, slices.Clone(h.ring[len(h.ring)-n:]), Range{}
	}
	if seq+1 < oldest {
		lost = Range{seq + 1, oldest - 1}
	}
	next, _ := slices.BinarySearchFunc(h.ring, seq+1, func(f *Frame, seq uint64) int { return cmp.Compare(f.Seq, seq) })
	return s, slices.Clone(h.ring[next:]), lost
}

// Latest is the frame that the subscriber stands at, nil before the first.
func (s *Subscriber) Latest() *Frame { return s.at.frame }

// Newer is closed once there is a newer frame than [Subscriber.Latest].
func (s *Subscriber) Newer() <-chan struct{} { return s.at.newer }

// Next steps to the newest frame and returns it with the frames that were
// passed over. Call it when Newer is closed.
func (s *Subscriber) Next() (f *Frame, skipped Range) {
	before := s.at.frame
	s.at = s.hub.latest.Load()
	next := s.at.first
	if before != nil {
		next = before.Seq + 1
	}
	if s.at.frame.Seq > next {
		skipped = Range{next, s.at.frame.Seq - 1}
		s.hub.skipped.Add(skipped.To - skipped.From + 1)
	}
	return s.at.frame, skipped
}

// Close ends the subscription.
func (s *Subscriber) Close() { s.hub.subscribers.Add(-1) }
