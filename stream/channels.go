package stream

import (
	"fmt"
	"slices"
	"strings"
)

// Channels names the segments of a hub's frames, in their order on the wire. A
// hub has at most 64.
type Channels []string

// Set is a subset of a hub's [Channels]: bit i stands for channel i.
type Set uint64

// All is the set of every channel.
func (c Channels) All() Set { return Set(1)<<len(c) - 1 }

// Parse reads a comma-separated list. The empty list is every channel. An
// unknown name is an error that lists the known ones.
func (c Channels) Parse(list string) (Set, error) {
	if list == "" {
		return c.All(), nil
	}
	var set Set
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(c, name)
		if i < 0 {
			return 0, fmt.Errorf("unknown channel %.40q; channels are %s", name, strings.Join(c, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}

// Has reports whether channel i is in the set.
func (s Set) Has(i int) bool { return s>>i&1 == 1 }
