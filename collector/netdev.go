package collector

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// netdev is one line of /proc/net/dev.
type netdev struct {
	name              string
	receive, transmit netCounters

	frame, multicast    uint64 // received alone
	collisions, carrier uint64 // sent alone
}

type netCounters struct{ bytes, packets, errors, drops, fifo, compressed uint64 }

const (
	netdevHeaderLines = 2
	netdevColumns     = 16
	netdevTransmit    = 8 // the first column of what was sent
)

// parseNetdev appends the lines of /proc/net/dev. gopsutil's net.IOCounters leaves out what it
// cannot parse without an error, and trims from names every space that Unicode
// knows, though the kernel allows most of them, so that one interface can pass
// for another. It takes the strings of names from nameOf.
func parseNetdev(all []netdev, text []byte, nameOf func([]byte) string) ([]netdev, error) {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line, whole := bytes.CutSuffix(line, []byte{'\n'})
		if !whole {
			return all, fmt.Errorf("net/dev line %d: %w", number, errCutShort)
		}
		if number <= netdevHeaderLines {
			continue
		}
		d, err := parseNetdevLine(line, nameOf)
		if err != nil {
			return all, fmt.Errorf("net/dev line %d: %w", number, err)
		}
		all = append(all, d)
	}
	if number < netdevHeaderLines {
		return all, errors.New("net/dev lacks its header")
	}
	return all, nil
}

func parseNetdevLine(line []byte, nameOf func([]byte) string) (d netdev, err error) {
	// Names of aliases hold a colon, numbers do not. Old kernels put no space
	// between the colon and the number.
	colon := bytes.LastIndexByte(line, ':')
	if colon < 0 {
		return d, errors.New("no interface name")
	}
	d.name = nameOf(bytes.TrimLeft(line[:colon], " "))
	if d.name == "" || d.name == "." || d.name == ".." || strings.Contains(d.name, "/") {
		return d, fmt.Errorf("%q is no interface name", d.name)
	}
	var v [netdevColumns]uint64
	rest := line[colon+1:]
	for i := range v {
		word, after := nextWord(rest)
		number, ok := parseDecimal(word)
		if !ok {
			return d, fmt.Errorf("interface %q: column %d is %q", d.name, i+1, word)
		}
		v[i], rest = number, after
	}
	sent := v[netdevTransmit:]
	d.receive = netCounters{v[0], v[1], v[2], v[3], v[4], v[6]}
	d.transmit = netCounters{sent[0], sent[1], sent[2], sent[3], sent[4], sent[7]}
	d.frame, d.multicast = v[5], v[7]
	d.collisions, d.carrier = sent[5], sent[6]
	return d, nil
}
