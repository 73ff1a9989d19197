package stream

import (
	"sync"
	"sync/atomic"
	"time"
)

// Frame is what one tick sends to the clients of one hub. Publish it, and do
// not write to it again.
type Frame struct {
	// Seq rises by one with each frame that is published, from 1 or more.
	Seq uint64
	// Interval is the time from frame to frame, by which those are served who
	// want fewer; 0 gives them all.
	Interval time.Duration
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
	left   int64 // subscribers when it was closed

	counters counters
}

// position is a place in the endless row of frames.
type position struct {
	frame *Frame        // nil before the first
	first uint64        // seq of the hub's first frame
	since time.Time     // when the frame was published
	newer chan struct{} // closed when there is a newer frame
}

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
	next := &position{frame: f, first: f.Seq, since: time.Now(), newer: make(chan struct{})}
	if before.frame != nil {
		if f.Seq <= before.frame.Seq {
			return nil
		}
		next.first = before.first
	}
	if h.isClosed() {
		return nil
	}
	f.count(&h.counters)
	h.keep(&Frame{Seq: f.Seq, Interval: f.Interval, Kept: f.Kept, Weight: f.Weight})
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

func (f *Frame) count(c *counters) {
	for _, b := range []*Block{f.Kept, f.Live} {
		if b != nil {
			b.counters = c
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
		h.left = h.counters.subscribers.Load()
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

// Stats returns the hub's counters.
func (h *Hub) Stats() Stats { return h.counters.stats() }
