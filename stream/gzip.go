package stream

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/flate"
)

// A gzip stream (RFC 1952) is a header, deflate blocks (RFC 1951) and a trailer.
// Here the blocks are made once for all clients: each piece begins and ends at a
// byte, refers to nothing before it, and so may follow any other. What differs
// from client to client is the trailer, whose checksum is put together from
// those of the pieces, and the few bytes that are for one client alone, which
// stand in stored blocks. So no client has a compressor.

const (
	// gzipHeader names no file, no time and no operating system.
	gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	// flush is an empty stored block. Decoders hand on what they have when they
	// see one: Go's does so at no other place.
	flush = "\x00\x00\x00\xff\xff"
	// final ends the blocks: an empty one that is marked as the last.
	final = "\x03\x00"
	// worthwhile is the least that is worth compressing.
	worthwhile = 64
)

// sum is what the trailer says of the bytes before it: their CRC-32 and their
// number, modulo 2^32.
type sum struct{ crc, size uint32 }

// piece is wire bytes, and for gzip what the trailer has to know of them.
type piece struct {
	bytes []byte
	plain sum    // of what they decode to
	shift uint32 // what plain.size bytes do to the checksum of those before
}

// compress returns plain as a piece of a gzip stream.
func compress(plain []byte) piece {
	p := piece{plain: sum{crc32.ChecksumIEEE(plain), uint32(len(plain))}, shift: crcShift(len(plain))}
	if len(plain) < worthwhile {
		if len(plain) > 0 {
			p.bytes = appendStored(nil, plain)
		}
		return p
	}
	var packed bytes.Buffer
	if flate.StatelessDeflate(&packed, plain, false, nil) != nil { // a buffer takes everything
		p.bytes = appendStored(nil, plain)
		return p
	}
	p.bytes = bytes.Clone(packed.Bytes()) // without what the buffer has to spare
	return p
}

// appendStored appends plain as deflate blocks that are not compressed.
func appendStored(dst, plain []byte) []byte {
	for len(plain) > 0 {
		n := min(len(plain), math.MaxUint16)
		dst = append(dst, 0)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
		dst = binary.LittleEndian.AppendUint16(dst, ^uint16(n))
		dst = append(dst, plain[:n]...)
		plain = plain[n:]
	}
	return append(dst, flush...)
}

// add is the sum of what s is of, followed by what p decodes to.
func (s sum) add(p piece) sum {
	return sum{crcMultiply(p.shift, s.crc) ^ p.plain.crc, s.size + p.plain.size}
}

// addPlain is the sum of what s is of, followed by plain.
func (s sum) addPlain(plain []byte) sum {
	return sum{crc32.Update(s.crc, crc32.IEEETable, plain), s.size + uint32(len(plain))}
}

// appendTrailer appends the end of a gzip stream of that sum.
func (s sum) appendTrailer(dst []byte) []byte {
	dst = append(dst, final...)
	dst = binary.LittleEndian.AppendUint32(dst, s.crc)
	return binary.LittleEndian.AppendUint32(dst, s.size)
}

// A CRC-32 is a polynomial over GF(2) modulo the one below, its highest power in
// the lowest bit. Bytes that follow multiply it by x^8 each, so the checksum of
// two runs of bytes can be had from those of each.

const (
	crcOne   = 1 << 31 // x^0
	crcEight = 1 << 23 // x^8
)

// crcMultiply is a times b.
func crcMultiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a&crcOne != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// crcShift is x^8n.
func crcShift(n int) uint32 {
	shift := uint32(crcOne)
	for power := uint32(crcEight); n > 0; n >>= 1 {
		if n&1 != 0 {
			shift = crcMultiply(power, shift)
		}
		power = crcMultiply(power, power)
	}
	return shift
}
