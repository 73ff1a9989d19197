package collector

import (
	"slices"
	"strings"
)

// NetworkTotals sums the bytes per second of the physical interfaces, which
// carry what bridges, bonds, tunnels and containers send as well. Of physical
// ones that count the same bytes it takes one: see [Interface.CountedBy].
//
// A machine without a physical one, such as a container, has the sum of all but
// loopback; where it is unknown of several whether they are physical, the sum is
// missing, for it could have the same bytes twice. A sum is missing while an
// interface that is not new lacks its baseline, and when none has a rate.
func NetworkTotals(interfaces []Interface) (receive, transmit Value) {
	physical := slices.ContainsFunc(interfaces, func(i Interface) bool { return i.Kind == KindPhysical })
	unknown := 0
	var r, t total
	for _, i := range interfaces {
		if i.Kind == "" {
			unknown++
		}
		if i.Kind == KindPhysical && i.CountedBy == "" || !physical && i.Kind != KindLoopback {
			r.add(i.Receive.Bytes, i.New)
			t.add(i.Transmit.Bytes, i.New)
		}
	}
	if unknown > 1 && !physical {
		return Missing(Unsupported), Missing(Unsupported)
	}
	return r.value(), t.value()
}

// findCounters finds the physical interfaces whose bytes another physical one
// counts too.
func (c *networkCollector) findCounters() {
	c.physical = c.physical[:0]
	for _, known := range c.order {
		known.countedBy = ""
		if known.facts.kind == KindPhysical {
			c.physical = append(c.physical, known)
		}
	}
	for _, known := range c.physical {
		known.countedBy = c.counterOf(known)
	}
}

func (c *networkCollector) counterOf(k *knownInterface) string {
	if master := c.known[k.facts.master]; master != nil && master != k && master.facts.kind == KindPhysical {
		return master.name
	}
	if !k.facts.hasLink() && !k.facts.isRepresentor() {
		return ""
	}
	for _, other := range c.physical {
		if other != k && (k.facts.isPortOf(&other.facts) || k.facts.isBehind(&other.facts)) {
			return other.name
		}
	}
	return ""
}

// hasLink reports whether the interface sends through another one.
func (f *interfaceFacts) hasLink() bool {
	link, linked := f.class.Link.Get()
	index, known := f.index.Get()
	return linked && known && link != index
}

// isPortOf reports whether the interface sends through the other one, as a port
// of a switch does through its conduit. Of two that are linked with each other,
// each sends through its own.
func (f *interfaceFacts) isPortOf(other *interfaceFacts) bool {
	return f.hasLink() && !other.hasLink() && f.class.Link == other.index
}

// isRepresentor reports whether the interface stands for a function of a network
// card that is a switch: phys_port_name is pf0vf1, pf0sf88 or c1pf0vf0, see
// Documentation/networking/devlink/devlink-port.rst.
func (f *interfaceFacts) isRepresentor() bool {
	name, ofController := strings.CutPrefix(f.portName, "c")
	if ofController {
		name = strings.TrimLeft(name, "0123456789")
	}
	return f.switchID != "" && strings.HasPrefix(name, "pf")
}

// isBehind reports whether the other one is the uplink, p0 by name, of the switch
// that the interface is a representor in.
func (f *interfaceFacts) isBehind(uplink *interfaceFacts) bool {
	number, isPort := strings.CutPrefix(uplink.portName, "p")
	return f.isRepresentor() && f.switchID == uplink.switchID && isPort && number != "" && isDigit(number[0])
}
