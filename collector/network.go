package collector

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"time"
)

// Interface is one network interface of this network namespace. Source:
// /proc/net/dev, /sys/class/net/NAME. Below a root other than /proc it is one of
// process 1 there (ROOT/1/net/dev), for ROOT/net is that of this process, which
// in a container has interfaces of its own; it remains the source where process
// 1 is hidden.
//
// What /sys/class/net tells is missing, as unsupported, where that is of another
// namespace than /proc/net/dev, whose interfaces may have the same names.
type Interface struct {
	Name    string `json:"name"`
	Kind    string `json:"kind" from:"/sys/class/net/NAME/type: loopback if it is 772, physical if NAME/device is there, else virtual"` // [KindPhysical], [KindVirtual], [KindLoopback]; "" when unreadable
	State   string `json:"state" from:"/sys/class/net/NAME/operstate"`                                                                  // "up", "down", "unknown", "lowerlayerdown", "dormant"; "" when unreadable
	Speed   Value  `json:"speed_bits_per_second" from:"/sys/class/net/NAME/speed: × 1000000"`                                           // unsupported where the driver knows none, stale while it does not answer
	MTU     Value  `json:"mtu_bytes" from:"/sys/class/net/NAME/mtu"`
	Address string `json:"address" from:"/sys/class/net/NAME/address"` // hardware address

	Index          Value  `json:"index" from:"/sys/class/net/NAME/ifindex"`
	Alias          string `json:"alias" from:"/sys/class/net/NAME/ifalias"`   // what an administrator named it; "" for none
	Duplex         string `json:"duplex" from:"/sys/class/net/NAME/duplex"`   // "full", "half", "unknown"; "" where the driver knows none
	Carrier        Value  `json:"carrier" from:"/sys/class/net/NAME/carrier"` // 1 with a link, 0 without, unsupported while the interface is down
	CarrierChanges Value  `json:"carrier_changes_total" from:"/sys/class/net/NAME/carrier_changes"`

	StateStatus Status          `json:"state_status" from:"/sys/class/net/NAME/operstate: why state is missing"` // why State is ""
	New         bool            `json:"-"`                                                                       // was not there at the reading before, or another one had its name
	Class       *InterfaceClass `json:"-"`                                                                       // nil where /sys/class/net does not tell

	// CountedBy is, of a physical interface, another physical one whose counters have
	// the same bytes: the master of a virtual function (hv_netsvc, net_failover), the
	// conduit of a port of a DSA switch, the uplink of the representor of a function.
	// It is "" for all others, as the cards of a bond, which is virtual.
	CountedBy string `json:"-"`

	Receive  Traffic `json:"receive"`
	Transmit Traffic `json:"transmit"`

	FrameErrorsTotal   uint64 `json:"frame_errors_total" from:"/proc/net/dev: receive frame"`  // received with a wrong length or checksum
	MulticastTotal     uint64 `json:"multicast_total" from:"/proc/net/dev: receive multicast"` // frames received
	CollisionsTotal    uint64 `json:"collisions_total" from:"/proc/net/dev: transmit colls"`
	CarrierErrorsTotal uint64 `json:"carrier_errors_total" from:"/proc/net/dev: transmit carrier"` // lost for lack of a link
}

// Traffic is one direction of an interface.
type Traffic struct {
	Bytes           Value  `json:"bytes_per_second" from:"/proc/net/dev: Δbytes / t"`
	Packets         Value  `json:"packets_per_second" from:"/proc/net/dev: Δpackets / t"`
	Errors          Value  `json:"errors_per_second" from:"/proc/net/dev: Δerrs / t"`
	Drops           Value  `json:"drops_per_second" from:"/proc/net/dev: Δdrop / t"`
	Utilisation     Value  `json:"utilisation_percent" from:"/proc/net/dev: 100 × 8 × Δbytes / t / speed of /sys/class/net/NAME"` // unsupported without a speed
	BytesTotal      uint64 `json:"bytes_total" from:"/proc/net/dev: bytes"`
	PacketsTotal    uint64 `json:"packets_total" from:"/proc/net/dev: packets"`
	ErrorsTotal     uint64 `json:"errors_total" from:"/proc/net/dev: errs"`
	DropsTotal      uint64 `json:"drops_total" from:"/proc/net/dev: drop"`
	FIFOTotal       uint64 `json:"fifo_errors_total" from:"/proc/net/dev: fifo"`
	CompressedTotal uint64 `json:"compressed_total" from:"/proc/net/dev: compressed"`
}

// NewNetwork returns the collector of the network interfaces. Counters and states
// are of this call. The other facts of an interface are read when its state has
// changed and about every interfaceMemory, or with more than a hundred interfaces
// every 50 ms times their number.
func NewNetwork() Collector[[]Interface] { return newNetworkCollector().collect }

func newNetworkCollector() *networkCollector {
	return &networkCollector{
		known: make(map[string]*knownInterface),
		kept:  keptBudget{limit: min(descriptorShare(), mostKeptStates)},
		fence: fence[string, linkFacts]{subject: "link speed"},
	}
}

// mostKeptStates is of how many interfaces the state is read through a descriptor
// that stays open.
const mostKeptStates = 256

type networkCollector struct {
	buf      []byte
	word     [attributeSize]byte
	current  []netdev
	known    map[string]*knownInterface
	order    []*knownInterface // those of known, as a reading has them
	physical []*knownInterface // those of order that are
	due      []*knownInterface
	names    []string
	kept     keptBudget
	reading  uint64
	at       time.Time // of the reading before; zero at first
	facts    time.Time // when facts were last looked at
	listing  interfaceListing
	foreign  bool // /sys/class/net is of another namespace
	fence    fence[string, linkFacts]
}

// knownInterface is what is remembered of an interface.
type knownInterface struct {
	name      string
	operstate keptAttribute
	identity  uint64 // of its entry in /sys/class/net; 0 without one
	before    netdev
	current   netdev
	seen      uint64 // the reading that current is of
	isNew     bool   // there is no before
	state     string
	status    Status // of state
	facts     interfaceFacts
	read      time.Time // when facts were; zero when they are to be read
	countedBy string    // as in [Interface]
}

func (c *networkCollector) collect(ctx context.Context) ([]Interface, error) {
	text, err := readInto(filepath.Join(netDir(ctx), "dev"), c.buf)
	if err != nil {
		return nil, fmt.Errorf("network: %w", hintAtProc(err))
	}
	c.buf = text
	now := time.Now()
	if c.current, err = parseNetdev(c.current[:0], text, c.nameOf); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	first := c.at.IsZero()
	c.recognise(ctx)
	c.readStates()
	c.refreshFacts(ctx, now)
	interfaces := c.describe(now)
	c.at = now
	if first && len(interfaces) > 0 {
		return interfaces, fmt.Errorf("network: %w", ErrNoBaseline)
	}
	return interfaces, nil
}

// recognise finds which interfaces are those of the reading before: a name that
// is listed as another one in /sys/class/net is of another interface.
func (c *networkCollector) recognise(ctx context.Context) {
	changed := c.listing.read(sysPath(ctx, "class", "net"))
	c.reading++
	for _, d := range c.current {
		known, identity := c.known[d.name], c.listing.identities[d.name]
		if known == nil || known.isAnother(identity) {
			known = c.meet(ctx, d.name)
			changed = true
		}
		known.identity, known.seen = identity, c.reading
		known.before, known.current = known.current, d
	}
	for name, known := range c.known {
		if known.seen != c.reading {
			known.operstate.close()
			delete(c.known, name)
			changed = true
		}
	}
	if changed {
		c.order = slices.AppendSeq(c.order[:0], maps.Values(c.known))
		c.judgeNamespace(ctx)
	}
}

// nameOf is the string of a name, which is there already of one that is known.
func (c *networkCollector) nameOf(name []byte) string {
	if known := c.known[string(name)]; known != nil {
		return known.name
	}
	return string(name)
}

// meet begins to remember an interface, and forgets the one that had its name.
func (c *networkCollector) meet(ctx context.Context, name string) *knownInterface {
	if earlier := c.known[name]; earlier != nil {
		earlier.operstate.close()
	}
	known := &knownInterface{name: name, isNew: true}
	known.operstate = newKeptAttribute(sysPath(ctx, "class", "net", name, "operstate"), &c.kept)
	c.known[name] = known
	return known
}

// isAnother reports that an entry of /sys/class/net is of another interface.
func (k *knownInterface) isAnother(identity uint64) bool {
	return k.identity != 0 && identity != 0 && k.identity != identity
}

// judgeNamespace finds out whose interfaces are in /sys/class/net.
func (c *networkCollector) judgeNamespace(ctx context.Context) {
	foreign := !c.listing.isOf(ctx, c.current)
	if foreign == c.foreign {
		return
	}
	c.foreign = foreign
	for _, known := range c.order {
		known.read = time.Time{}
	}
}

func (c *networkCollector) readStates() {
	for _, known := range c.order {
		c.readState(known)
	}
}

func (c *networkCollector) readState(known *knownInterface) {
	if c.foreign {
		known.state, known.status = "", Unsupported
		return
	}
	text, err := known.operstate.read(c.word[:])
	if err != nil {
		known.state, known.status = "", statusOf(err)
		return
	}
	word := bytes.TrimSpace(text)
	if len(word) == 0 {
		known.state, known.status = "", Failed
		return
	}
	if known.state != string(word) {
		// With the state, the speed changes and all else that belongs to a link.
		known.state, known.status, known.read = string(word), OK, time.Time{}
	}
}

// interfaceMemory is how long the facts of an interface are believed. Reading
// the speed takes the kernel's lock on all interfaces and asks the driver.
const interfaceMemory = 5 * time.Second

// refreshFacts reads the facts that are missing, and of the others the oldest, so
// that each is read once in their memory and no tick reads them all. A driver
// that does not answer makes the speed of its interface stale, and delays
// nothing else.
func (c *networkCollector) refreshFacts(ctx context.Context, now time.Time) {
	memory := max(interfaceMemory, time.Duration(len(c.order))*interfaceMemory/100)
	c.due = c.due[:0]
	missing := 0
	for _, known := range c.order {
		if known.read.IsZero() {
			missing++
		}
		if now.Sub(known.read) >= memory {
			c.due = append(c.due, known)
		}
	}
	share := int(math.Ceil(float64(len(c.order)) * float64(now.Sub(c.facts)) / float64(memory)))
	c.facts = now
	slices.SortFunc(c.due, func(a, b *knownInterface) int { return a.read.Compare(b.read) })
	c.due = c.due[:min(len(c.due), max(missing, share))]
	c.readFacts(ctx, now)
	c.findCounters()
}

func (c *networkCollector) readFacts(ctx context.Context, now time.Time) {
	c.names = c.names[:0]
	for _, known := range c.due {
		c.names = append(c.names, known.name)
		known.read = now
		if c.foreign {
			known.facts = interfaceFacts{kind: kindByName(known.name)}
		}
	}
	if c.foreign || len(c.due) == 0 {
		return
	}
	outcomes := c.fence.gather(ctx, c.names, func(name string) (linkFacts, error) {
		return readLinkFacts(sysPath(ctx, "class", "net", name)), nil
	})
	for i, known := range c.due {
		before := known.facts
		known.facts = readInterfaceFacts(sysPath(ctx, "class", "net", known.name), before.class)
		known.facts.linkFacts = linkOf(outcomes[i], before.linkFacts)
		// Kernels before 4.13 may give a new interface the number of an old one's entry.
		was, knew := before.index.Get()
		if is, knows := known.facts.index.Get(); knew && knows && was != is {
			known.isNew = true
		}
	}
}

// linkOf takes over from before what stays the same while the driver does not answer.
func linkOf(o outcome[linkFacts], before linkFacts) linkFacts {
	switch {
	case o.isStuck():
		return before.without(Stale)
	case o.err != nil:
		return before.without(statusOf(o.err))
	}
	return o.value
}

// describe gives the interfaces: physical ones first, and loopback last.
func (c *networkCollector) describe(now time.Time) []Interface {
	slices.SortFunc(c.order, func(a, b *knownInterface) int {
		return cmp.Or(cmp.Compare(rankOf(a.facts.kind), rankOf(b.facts.kind)), naturalCompare(a.name, b.name))
	})
	interfaces := make([]Interface, 0, len(c.order))
	for _, known := range c.order {
		interfaces = append(interfaces, known.describe(now.Sub(c.at)))
		known.isNew = false
	}
	return interfaces
}

func rankOf(kind string) int {
	switch kind {
	case KindPhysical:
		return 0
	case KindLoopback:
		return 2
	}
	return 1
}

func (k *knownInterface) describe(elapsed time.Duration) Interface {
	if k.isNew {
		elapsed = 0 // gives rates that lack a baseline
	}
	f := &k.facts
	return Interface{
		Name:               k.name,
		Kind:               f.kind,
		State:              k.state,
		Speed:              f.speed,
		MTU:                f.mtu,
		Address:            f.address,
		Index:              f.index,
		Alias:              f.alias,
		Duplex:             f.duplex,
		Carrier:            f.carrier,
		CarrierChanges:     f.carrierChanges,
		StateStatus:        k.status,
		New:                k.isNew,
		Class:              f.class,
		CountedBy:          k.countedBy,
		Receive:            traffic(k.before.receive, k.current.receive, elapsed, f.speed),
		Transmit:           traffic(k.before.transmit, k.current.transmit, elapsed, f.speed),
		FrameErrorsTotal:   k.current.frame,
		MulticastTotal:     k.current.multicast,
		CollisionsTotal:    k.current.collisions,
		CarrierErrorsTotal: k.current.carrier,
	}
}

func traffic(before, now netCounters, elapsed time.Duration, speed Value) Traffic {
	bytes := perSecond(before.bytes, now.bytes, elapsed)
	return Traffic{
		Bytes:           bytes,
		Packets:         perSecond(before.packets, now.packets, elapsed),
		Errors:          perSecond(before.errors, now.errors, elapsed),
		Drops:           perSecond(before.drops, now.drops, elapsed),
		Utilisation:     utilisation(bytes, speed),
		BytesTotal:      now.bytes,
		PacketsTotal:    now.packets,
		ErrorsTotal:     now.errors,
		DropsTotal:      now.drops,
		FIFOTotal:       now.fifo,
		CompressedTotal: now.compressed,
	}
}

// utilisation is the share of the speed of a link, which is in bits, that one
// direction takes.
func utilisation(bytes, speed Value) Value {
	most, known := speed.Get()
	if !known {
		return Missing(speed.Status())
	}
	rate, known := bytes.Get()
	if !known {
		return Missing(bytes.Status())
	}
	return percentOf(8*rate, most)
}
