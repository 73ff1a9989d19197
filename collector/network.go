package collector

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Interface is one network interface of this network namespace. Source:
// /proc/net/dev, /sys/class/net/NAME. Below a root other than /proc it is one of
// process 1 there (ROOT/1/net/dev), for ROOT/net is that of this process, which
// in a container has interfaces of its own; it remains the source where process
// 1 is hidden.
type Interface struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`                  // [KindPhysical] (backed by a device), [KindVirtual], [KindLoopback]; "" when unreadable
	State   string `json:"state"`                 // operstate: "up", "down", "unknown", "lowerlayerdown", "dormant"; "" when unreadable
	Speed   Value  `json:"speed_bits_per_second"` // unsupported where the driver knows none, stale while it does not answer
	MTU     Value  `json:"mtu_bytes"`
	Address string `json:"address"` // hardware address

	StateStatus Status `json:"state_status"` // why State is ""
	New         bool   `json:"-"`            // was not there at the reading before

	Receive  Traffic `json:"receive"`
	Transmit Traffic `json:"transmit"`
}

// Traffic is one direction of an interface.
type Traffic struct {
	Bytes        Value  `json:"bytes_per_second"`
	Packets      Value  `json:"packets_per_second"`
	Errors       Value  `json:"errors_per_second"`
	Drops        Value  `json:"drops_per_second"`
	BytesTotal   uint64 `json:"bytes_total"`
	PacketsTotal uint64 `json:"packets_total"`
	ErrorsTotal  uint64 `json:"errors_total"`
	DropsTotal   uint64 `json:"drops_total"`
}

// NewNetwork returns the collector of the network interfaces.
func NewNetwork() Collector[[]Interface] {
	c := &networkCollector{facts: make(map[string]knownInterface), fence: fence[string, Value]{subject: "link speed"}}
	return c.collect
}

type networkCollector struct {
	buf    []byte
	word   []byte
	before map[string]netdev
	at     time.Time // of before; zero at first
	facts  map[string]knownInterface
	fence  fence[string, Value]
}

type knownInterface struct {
	interfaceFacts
	speed Value
	read  time.Time
}

// interfaceMemory is how long the facts of an interface are believed. Reading
// the speed takes the kernel's lock on all interfaces and asks the driver.
const interfaceMemory = 5 * time.Second

func (c *networkCollector) collect(ctx context.Context) ([]Interface, error) {
	text, err := c.readNetdev(ctx)
	if err != nil {
		return nil, fmt.Errorf("network: %w", hintAtProc(err))
	}
	c.buf = text
	now := time.Now()
	current, err := parseNetdev(string(text))
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	elapsed, first := now.Sub(c.at), c.at.IsZero()
	before := c.before
	c.remember(current, now)
	c.refreshFacts(ctx, current, now)
	interfaces := make([]Interface, 0, len(current))
	for _, d := range current {
		interfaces = append(interfaces, c.describe(ctx, d, before, elapsed))
	}
	slices.SortFunc(interfaces, compareInterfaces)
	if first && len(interfaces) > 0 {
		return interfaces, fmt.Errorf("network: %w", ErrNoBaseline)
	}
	return interfaces, nil
}

func (c *networkCollector) readNetdev(ctx context.Context) ([]byte, error) {
	if procPath(ctx) != procRoot {
		if text, err := readInto(procPath(ctx, "1", "net", "dev"), c.buf); err == nil {
			return text, nil
		}
	}
	return readInto(procPath(ctx, "net", "dev"), c.buf)
}

// remember makes current the baseline, and forgets the interfaces that are gone.
func (c *networkCollector) remember(current []netdev, now time.Time) {
	c.at = now
	c.before = make(map[string]netdev, len(current))
	for _, d := range current {
		c.before[d.name] = d
	}
	for name := range c.facts {
		if _, ok := c.before[name]; !ok {
			delete(c.facts, name)
		}
	}
}

// refreshFacts reads the facts that are missing or old. A driver that does not
// answer makes the speed of its interface stale, and delays nothing else.
func (c *networkCollector) refreshFacts(ctx context.Context, current []netdev, now time.Time) {
	var due []string
	for _, d := range current {
		if known, ok := c.facts[d.name]; !ok || now.Sub(known.read) >= interfaceMemory {
			due = append(due, d.name)
		}
	}
	if due == nil {
		return
	}
	outcomes := c.fence.gather(ctx, due, func(name string) (Value, error) {
		return readInterfaceSpeed(sysPath(ctx, "class", "net", name)), nil
	})
	for i, name := range due {
		c.facts[name] = knownInterface{readInterfaceFacts(sysPath(ctx, "class", "net", name)), speedOf(outcomes[i]), now}
	}
}

func speedOf(o outcome[Value]) Value {
	switch {
	case o.isStuck():
		return Missing(Stale)
	case o.err != nil:
		return Missing(statusOf(o.err))
	}
	return o.value
}

func (c *networkCollector) describe(ctx context.Context, d netdev, before map[string]netdev, elapsed time.Duration) Interface {
	earlier, ok := before[d.name]
	if !ok {
		elapsed = 0 // gives rates that lack a baseline
	}
	facts := c.facts[d.name]
	state, status := c.readState(ctx, d.name)
	return Interface{
		Name:        d.name,
		Kind:        facts.kind,
		State:       state,
		Speed:       facts.speed,
		MTU:         facts.mtu,
		Address:     facts.address,
		StateStatus: status,
		New:         !ok,
		Receive:     traffic(earlier.receive, d.receive, elapsed),
		Transmit:    traffic(earlier.transmit, d.transmit, elapsed),
	}
}

func (c *networkCollector) readState(ctx context.Context, name string) (string, Status) {
	text, err := readInto(sysPath(ctx, "class", "net", name, "operstate"), c.word)
	if err != nil {
		return "", statusOf(err)
	}
	c.word = text
	word := bytes.TrimSpace(text)
	if len(word) == 0 {
		return "", Failed
	}
	return string(word), OK
}

func traffic(before, now netCounters, elapsed time.Duration) Traffic {
	return Traffic{
		Bytes:        perSecond(before.bytes, now.bytes, elapsed),
		Packets:      perSecond(before.packets, now.packets, elapsed),
		Errors:       perSecond(before.errors, now.errors, elapsed),
		Drops:        perSecond(before.drops, now.drops, elapsed),
		BytesTotal:   now.bytes,
		PacketsTotal: now.packets,
		ErrorsTotal:  now.errors,
		DropsTotal:   now.drops,
	}
}

// compareInterfaces puts physical interfaces first and loopback last.
func compareInterfaces(a, b Interface) int {
	return cmp.Or(cmp.Compare(a.rank(), b.rank()), naturalCompare(a.Name, b.Name))
}

func (i Interface) rank() int {
	switch i.Kind {
	case KindPhysical:
		return 0
	case KindLoopback:
		return 2
	}
	return 1
}

// NetworkTotals sums the bytes per second of the physical interfaces, which
// carry what bridges, tunnels and containers send as well. A machine without a
// physical one, such as a container, has the sum of all but loopback. A sum is
// missing while an interface that is not new lacks its baseline, and when none
// has a rate.
func NetworkTotals(interfaces []Interface) (receive, transmit Value) {
	physical := slices.ContainsFunc(interfaces, func(i Interface) bool { return i.Kind == KindPhysical })
	var r, t total
	for _, i := range interfaces {
		if i.Kind == KindPhysical || !physical && i.Kind != KindLoopback {
			r.add(i.Receive.Bytes, i.New)
			t.add(i.Transmit.Bytes, i.New)
		}
	}
	return r.value(), t.value()
}
