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
	packed     atomic.Pointer[packed] // nil until a client of gzip asks
	joined     atomic.Pointer[joins]
	counters   *counters // of the hub that it was published by, nil before
}

type segment struct {
	once  sync.Once
	bytes []byte
}

// packed is the parts of a block compressed, each when it is first asked for.
type packed struct {
	head, tail packedPart
	segments   []packedPart
}

type packedPart struct {
	once  sync.Once
	piece piece
}

// joins holds what was put together for the sets that were asked for; it is
// copied on write.
type joins struct{ all []join }

type join struct {
	set  Set
	gzip bool
	piece
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

// piece returns the wire bytes for a set of channels, plain or as gzip. All who
// ask share them: do not write to them.
func (b *Block) piece(set Set, gzip bool) piece {
	if b == nil {
		return piece{}
	}
	set &= Set(1)<<len(b.segments) - 1
	for {
		old := b.joined.Load()
		if old == nil {
			return b.join(set, gzip)
		}
		for i := range old.all {
			if j := &old.all[i]; j.set == set && j.gzip == gzip {
				return j.piece
			}
		}
		joined := b.join(set, gzip)
		if len(old.all) == maxJoins {
			return joined
		}
		next := &joins{append(old.all[:len(old.all):len(old.all)], join{set, gzip, joined})}
		if b.joined.CompareAndSwap(old, next) {
			return joined
		}
	}
}

func (b *Block) join(set Set, gzip bool) piece {
	if gzip {
		return b.joinPacked(set)
	}
	return piece{bytes: b.AppendTo(nil, set)}
}

// AppendTo appends the plain wire bytes for a set of channels.
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
		b.counters.encoded()
	})
	return s.bytes
}

func (b *Block) joinPacked(set Set) (whole piece) {
	p := b.packedParts()
	add := func(part *packedPart, plain func() []byte) {
		part.once.Do(func() {
			part.piece = compress(plain())
			b.counters.compressed()
		})
		whole.bytes = append(whole.bytes, part.piece.bytes...)
		whole.plain = whole.plain.add(part.piece)
	}
	add(&p.head, func() []byte { return b.head })
	for i := range b.segments {
		if set.Has(i) {
			add(&p.segments[i], func() []byte { return b.segment(i) })
		}
	}
	add(&p.tail, func() []byte { return b.tail })
	whole.shift = crcShift(int(whole.plain.size))
	return whole
}

func (b *Block) packedParts() *packed {
	if p := b.packed.Load(); p != nil {
		return p
	}
	b.packed.CompareAndSwap(nil, &packed{segments: make([]packedPart, len(b.segments))})
	return b.packed.Load()
}

// settle frees what was put together: the block is no longer the one that
// everybody asks for, and a ring of them would hold each segment once a set.
func (b *Block) settle() {
	if b != nil {
		b.joined.Store(nil)
	}
}
