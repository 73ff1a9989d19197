package collector

import (
	"errors"
	"fmt"
	"strings"
)

// netdev is one line of /proc/net/dev.
type netdev struct {
	name              string
	receive, transmit netCounters
}

type netCounters struct{ bytes, packets, errors, drops uint64 }

const (
	netdevHeaderLines = 2
	netdevColumns     = 16
	netdevTransmit    = 8 // the first column of what was sent
)

// parseNetdev reads /proc/net/dev. gopsutil's net.IOCounters leaves out what it
// cannot parse without an error, and trims from names every space that Unicode
// knows, though the kernel allows most of them, so that one interface can pass
// for another.
func parseNetdev(text string) ([]netdev, error) {
	all := make([]netdev, 0, strings.Count(text, "\n"))
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			return nil, fmt.Errorf("net/dev line %d: %w", number, errCutShort)
		}
		if number <= netdevHeaderLines {
			continue
		}
		d, err := parseNetdevLine(line)
		if err != nil {
			return nil, fmt.Errorf("net/dev line %d: %w", number, err)
		}
		all = append(all, d)
	}
	if number < netdevHeaderLines {
		return nil, errors.New("net/dev lacks its header")
	}
	return all, nil
}

func parseNetdevLine(line string) (d netdev, err error) {
	// Names of aliases hold a colon, numbers do not. Old kernels put no space
	// between the colon and the number.
	colon := strings.LastIndexByte(line, ':')
	if colon < 0 {
		return d, errors.New("no interface name")
	}
	d.name = strings.TrimLeft(line[:colon], " ")
	if d.name == "" || d.name == "." || d.name == ".." || strings.Contains(d.name, "/") {
		return d, fmt.Errorf("%q is no interface name", d.name)
	}
	var v [netdevColumns]uint64
	n, err := parseColumns(line[colon+1:], v[:])
	if err != nil {
		return d, fmt.Errorf("interface %q: %w", d.name, err)
	}
	if n < netdevColumns {
		return d, fmt.Errorf("interface %q: %d columns are too few", d.name, n)
	}
	d.receive = netCounters{v[0], v[1], v[2], v[3]}
	sent := v[netdevTransmit:]
	d.transmit = netCounters{sent[0], sent[1], sent[2], sent[3]}
	return d, nil
}
