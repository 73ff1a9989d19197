package stream

import (
	"sync"
	"sync/atomic"
)

// Block is an event block, or several, made of a head, one segment a channel
// and a tail. Any set of channels is a concatenation of them, so a segment is
// whole lines and must stand in any company. A nil *Block is empty.
type Block struct {
	head, tail []byte
	encode     func(channel int) []byte
	segments   []segment
	joined     atomic.Pointer[joins]
	encodings  *atomic.Uint64
}

type segment struct {
	once  sync.Once
	bytes []byte
}

// joins holds the bytes of the sets that were asked for; it is copied on write.
type joins struct {
	sets  []Set
	bytes [][]byte
}

// maxJoins bounds what clients with freely chosen sets can make a frame hold.
const maxJoins = 32

// NewBlock returns a block of the given number of channels. encode is called at
// most once a channel, when the first client asks for it, from the goroutine
// that serves that client, which with [Handler.Run] serves others too: it must
// not panic. The bytes it returns must not change afterwards.
func NewBlock(head []byte, channels int, encode func(channel int) []byte, tail []byte) *Block {
	b := &Block{head: head, tail: tail, encode: encode, segments: make([]segment, channels)}
	b.joined.Store(&joins{})
	return b
}

// Bytes returns the wire bytes for a set of channels. The same slice is shared
// by all who ask: do not write to it.
func (b *Block) Bytes(set Set) []byte {
	if b == nil {
		return nil
	}
	set &= Set(1)<<len(b.segments) - 1
	for {
		old := b.joined.Load()
		if old == nil {
			return b.AppendTo(nil, set)
		}
		for i, s := range old.sets {
			if s == set {
				return old.bytes[i]
			}
		}
		joined := b.AppendTo(nil, set)
		if len(old.sets) == maxJoins {
			return joined
		}
		next := &joins{
			sets:  append(old.sets[:len(old.sets):len(old.sets)], set),
			bytes: append(old.bytes[:len(old.bytes):len(old.bytes)], joined),
		}
		if b.joined.CompareAndSwap(old, next) {
			return joined
		}
	}
}

// AppendTo appends the wire bytes for a set of channels.
func (b *Block) AppendTo(dst []byte, set Set) []byte {
	if b == nil {
		return dst
	}
	dst = append(dst, b.head...)
	for i := range b.segments {
		if set.Has(i) {
			dst = append(dst, b.segment(i)...)
		}
	}
	return append(dst, b.tail...)
}

func (b *Block) segment(i int) []byte {
	s := &b.segments[i]
	s.once.Do(func() {
		s.bytes = b.encode(i)
		if b.encodings != nil {
			b.encodings.Add(1)
		}
	})
	return s.bytes
}

// settle frees the joined bytes: the block is no longer the one that everybody
// asks for, and a ring of them would hold each segment once a set.
func (b *Block) settle() {
	if b != nil {
		b.joined.Store(nil)
	}
}
