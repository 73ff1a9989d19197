package stream

import (
	"strconv"
	"strings"
)

// coding is how the bytes of one client are coded on their way (RFC 9110,
// section 8.4): as they are, or as gzip. Each call of its methods is the next
// part of the stream, so what they return must be sent, and in that order.
type coding struct {
	gzip bool
	sum  sum // of what has been sent, where the trailer of gzip will tell it
}

// begin appends what stands before everything else.
func (c *coding) begin(dst []byte) []byte {
	if c.gzip {
		return append(dst, gzipHeader...)
	}
	return dst
}

// shared returns a block as all clients get it: do not write to it.
func (c *coding) shared(b *Block, set Set) []byte {
	p := b.piece(set, c.gzip)
	if c.gzip && len(p.bytes) > 0 {
		c.sum = c.sum.add(p)
	}
	return p.bytes
}

// own appends text that is for this client alone.
func (c *coding) own(dst, text []byte) []byte {
	if !c.gzip {
		return append(dst, text...)
	}
	c.sum = c.sum.addPlain(text)
	return appendStored(dst, text)
}

// end appends what ends the stream.
func (c *coding) end(dst []byte) []byte {
	if c.gzip {
		return c.sum.appendTrailer(dst)
	}
	return dst
}

// acceptsGzip reports whether an Accept-Encoding prefers gzip to nothing (RFC
// 9110, section 12.5.3).
func acceptsGzip(header string) bool {
	weights := map[string]float64{"identity": 0.001}
	for item := range strings.SplitSeq(header, ",") {
		name, parameter, _ := strings.Cut(item, ";")
		weights[strings.ToLower(strings.TrimSpace(name))] = weight(parameter)
	}
	gzip, named := weights["gzip"]
	if !named {
		gzip, named = weights["x-gzip"]
	}
	if !named {
		gzip = weights["*"]
	}
	return gzip > 0 && gzip >= weights["identity"]
}

// weight reads a parameter such as "q=0.5". One that makes no sense is 0.
func weight(parameter string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	switch {
	case name == "":
		return 1
	case !strings.EqualFold(strings.TrimSpace(name), "q"):
		return 0
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
