package stream

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
)

// Boot names one run of the server, so that the ids of two runs never meet.
type Boot struct{ name string }

// NewBoot returns a random name of 8 hexadecimal digits.
func NewBoot() Boot {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return Boot{hex.EncodeToString(b[:])}
}

// ID is an event id, "<boot>-<seq>". The zero ID is none, and so are those of
// the zero Boot.
type ID struct {
	boot Boot
	seq  uint64
}

// String returns the name of the run.
func (b Boot) String() string { return b.name }

// ID returns the id of the frame seq of this run.
func (b Boot) ID(seq uint64) ID { return ID{b, seq} }

// Parse returns the seq of an id of this run, and false for anything else: an
// id of another run, a malformed or a hostile one.
func (b Boot) Parse(id string) (seq uint64, ok bool) {
	_, number, _ := strings.Cut(id, "-")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil || b.ID(seq).String() != id {
		return 0, false
	}
	return seq, true
}

// String returns the id as it stands on the wire, "" for none.
func (id ID) String() string {
	if id.boot == (Boot{}) {
		return ""
	}
	return id.boot.name + "-" + strconv.FormatUint(id.seq, 10)
}

// AppendLine appends the id line of a block, nothing for no id.
func (id ID) AppendLine(dst []byte) []byte {
	if id.boot == (Boot{}) {
		return dst
	}
	dst = append(dst, "id: "...)
	dst = append(dst, id.boot.name...)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, id.seq, 10)
	return append(dst, '\n')
}
