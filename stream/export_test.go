package stream

// Bytes returns the plain wire bytes for a set of channels, as clients share them.
func (b *Block) Bytes(set Set) []byte { return b.piece(set, false).bytes }

// Packed returns the same as part of a gzip stream.
func (b *Block) Packed(set Set) []byte { return b.piece(set, true).bytes }

var AcceptsGzip = acceptsGzip
