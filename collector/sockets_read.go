package collector

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// NewSockets returns the collector of Sockets.
func NewSockets() Collector[Sockets] {
	return (&socketsCollector{places: make([]place, len(socketNumbers)), before: make([]amount, len(socketNumbers))}).collect
}

type socketsCollector struct {
	paths    [netFiles]string
	dir      string // of paths
	buf      []byte
	table    numberTable
	end      [netFiles]int    // where the numbers of each file end in table
	statuses [netFiles]Status // why a file has none

	places   []place // of socketNumbers
	netstat  keptNumbers
	sockstat keptNumbers

	before []amount  // of socketNumbers
	at     time.Time // of before; zero at first
}

// place is where the parts of a number are in the table, -1 for none.
type place struct{ number, also int }

// keptNumbers says which numbers of the table become Counters.
type keptNumbers struct {
	names  []string
	places []int
	units  []uint64
}

func (c *socketsCollector) collect(ctx context.Context) (Sockets, error) {
	if err := c.read(ctx); err != nil {
		return Sockets{}, fmt.Errorf("sockets: %w", err)
	}
	now := time.Now()
	if c.table.changed {
		c.locate()
	}
	var s Sockets
	elapsed, first := now.Sub(c.at), c.at.IsZero()
	if first {
		elapsed = 0
	}
	c.at = now
	for i := range socketNumbers {
		c.fill(&s, i, elapsed)
	}
	s.TCP.RetransmitPercent = retransmitPercent(s.TCP.OutSegmentRate, s.TCP.RetransmitRate)
	s.Conntrack = readConntrack(ctx)
	s.Netstat, s.Sockstat = c.netstat.of(&c.table), c.sockstat.of(&c.table)
	if first {
		return s, fmt.Errorf("sockets: %w", ErrNoBaseline)
	}
	return s, nil
}

// read fills the table. Only the first file has to be there.
func (c *socketsCollector) read(ctx context.Context) error {
	if dir := netDir(ctx); dir != c.dir {
		c.dir = dir
		for f, name := range netFileNames {
			c.paths[f] = filepath.Join(dir, name)
		}
	}
	c.table.reset()
	for f := range netFiles {
		err := c.readFile(f)
		switch {
		case err != nil && f == snmpFile:
			return optionalProc(ctx, err)
		case err != nil:
			c.statuses[f] = statusOf(err)
		default:
			c.statuses[f] = OK
		}
		c.end[f] = len(c.table.numbers)
	}
	c.table.settle()
	return nil
}

func (c *socketsCollector) readFile(f netFile) error {
	text, err := readInto(c.paths[f], c.buf)
	if err != nil {
		return err
	}
	c.buf = text
	if err := c.table.parse(text, netFileFormats[f]); err != nil {
		return fmt.Errorf("/proc/net/%s: %w", netFileNames[f], err)
	}
	return nil
}

// locate looks up where everything is after the names have changed.
func (c *socketsCollector) locate() {
	for i := range socketNumbers {
		n := &socketNumbers[i]
		c.places[i] = place{c.table.find(n.name), -1}
		if n.also != "" {
			c.places[i].also = c.table.find(n.also)
		}
	}
	c.netstat, c.sockstat = keptNumbers{}, keptNumbers{}
	for at, n := range c.table.names {
		switch {
		case at >= c.end[netstatFile]:
			c.sockstat.keep(n.name, at, 1)
			if n.key == "mem" {
				c.sockstat.keep(n.name+"_bytes", at, pageSize)
			}
		case isNetstatKept(n.group, n.key):
			c.netstat.keep(n.name, at, 1)
		}
	}
}

func (k *keptNumbers) keep(name string, at int, unit uint64) {
	k.names = append(k.names, name)
	k.places = append(k.places, at)
	k.units = append(k.units, unit)
}

// of makes the Counters of one reading, which share their names with the others.
func (k *keptNumbers) of(t *numberTable) Counters {
	numbers := make([]uint64, len(k.places))
	for i, at := range k.places {
		number := amount{countOf(t.numbers[at]), OK}.times(k.units[i])
		if numbers[i] = number.number; number.status != OK {
			numbers[i] = noNumber
		}
	}
	return Counters{names: k.names, numbers: numbers}
}

// fill writes one of socketNumbers, and its rate if it is a counter.
func (c *socketsCollector) fill(s *Sockets, i int, elapsed time.Duration) {
	number := c.lookup(i)
	value, rate := socketNumbers[i].into(s)
	*value = number.times(socketNumbers[i].unit).value()
	if rate != nil {
		*rate = number.rateSince(c.before[i], elapsed)
		c.before[i] = number
	}
}

// lookup gives one of socketNumbers, or why it is missing.
func (c *socketsCollector) lookup(i int) amount {
	n := &socketNumbers[i]
	number := c.numberAt(n.file, c.places[i].number)
	// A kernel without IP version 6 has no file of it, and nothing to add.
	if number.status != OK || n.also == "" || c.statuses[n.file.version6()] == Unsupported {
		return number
	}
	also := c.numberAt(n.file.version6(), c.places[i].also)
	return amount{number.number + also.number, also.status}
}

func (c *socketsCollector) numberAt(f netFile, at int) amount {
	switch {
	case c.statuses[f] != OK:
		return amount{status: c.statuses[f]}
	case at < 0:
		return amount{status: Unsupported}
	}
	return amount{countOf(c.table.numbers[at]), OK}
}

// countOf is 0 for a number of sockets that is for a moment below that.
func countOf(number int64) uint64 { return uint64(max(0, number)) }

// retransmitPercent is the share of what was sent again in all that was sent. The
// kernel does not count what it sends again as sent.
func retransmitPercent(sent, again Value) Value {
	first, ok := sent.Get()
	if !ok {
		return Missing(sent.Status())
	}
	second, ok := again.Get()
	switch {
	case !ok:
		return Missing(again.Status())
	case first+second == 0:
		return Missing(Idle)
	}
	return percentOf(second, first+second)
}
