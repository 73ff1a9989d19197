package collector

import (
	"path/filepath"
	"strconv"
)

// The kinds of an [Interface].
const (
	KindPhysical = "physical"
	KindVirtual  = "virtual"
	KindLoopback = "loopback"
)

// InterfaceClass is what /sys/class/net/NAME tells of an interface beside what
// [Interface] shows: codes of the kernel, for other programs. Each file is one
// number, its name in the comment. Snapshots share it for as long as it is the same.
type InterfaceClass struct {
	Broadcast         string // broadcast; "" when unreadable
	Flags             Value  // flags: IFF_UP is 0x1, IFF_PROMISC 0x100
	Link              Value  // iflink: index of the interface below, its own for most
	Type              Value  // type: ARPHRD_ETHER is 1, ARPHRD_LOOPBACK 772
	TransmitQueue     Value  // tx_queue_len
	AddressAssignType Value  // addr_assign_type
	NameAssignType    Value  // name_assign_type; unsupported where the kernel named it
	CarrierUps        Value  // carrier_up_count
	CarrierDowns      Value  // carrier_down_count
	DeviceID          Value  // dev_id
	DevicePort        Value  // dev_port
	Dormant           Value  // dormant; unsupported while the interface is down
	Group             Value  // netdev_group
	LinkMode          Value  // link_mode
	ProtocolDown      Value  // proto_down
}

// interfaceFacts is what rarely changes of an interface.
type interfaceFacts struct {
	kind           string
	address        string
	alias          string
	master         string // the interface that this one is a part of; "" for none
	mtu            Value
	index          Value
	carrierChanges Value
	class          *InterfaceClass
	linkFacts
}

// linkFacts are those that the driver is asked for, which may take as long as it
// likes.
type linkFacts struct {
	speed    Value
	carrier  Value
	duplex   string
	portName string // of the port of a switch that the interface is; "" for none
	switchID string
}

func (f linkFacts) without(why Status) linkFacts {
	f.speed, f.carrier, f.duplex = Missing(why), Missing(why), ""
	return f
}

// readInterfaceFacts reads what it finds below /sys/class/net/NAME. It returns
// before as the class if that is still right.
func readInterfaceFacts(dir string, before *InterfaceClass) (f interfaceFacts) {
	f.kind = kindByName(filepath.Base(dir))
	d, err := openAttributes(dir)
	if err != nil {
		missing := Missing(statusOf(err))
		f.mtu, f.index, f.carrierChanges = missing, missing, missing
		return f
	}
	defer d.close()
	class := InterfaceClass{
		Broadcast:         d.word("broadcast"),
		Flags:             d.number("flags"),
		Link:              d.number("iflink"),
		Type:              d.number("type"),
		TransmitQueue:     d.number("tx_queue_len"),
		AddressAssignType: d.number("addr_assign_type"),
		NameAssignType:    d.number("name_assign_type"),
		CarrierUps:        d.number("carrier_up_count"),
		CarrierDowns:      d.number("carrier_down_count"),
		DeviceID:          d.number("dev_id"),
		DevicePort:        d.number("dev_port"),
		Dormant:           d.number("dormant"),
		Group:             d.number("netdev_group"),
		LinkMode:          d.number("link_mode"),
		ProtocolDown:      d.number("proto_down"),
	}
	if f.class = before; before == nil || *before != class {
		f.class = &class
	}
	f.mtu, f.index, f.carrierChanges = d.number("mtu"), d.number("ifindex"), d.number("carrier_changes")
	f.address, f.alias, f.master = d.word("address"), d.word("ifalias"), d.target("master")
	if f.kind == "" {
		f.kind = d.interfaceKind(class.Type)
	}
	return f
}

// kindByName is [KindLoopback] for the one name that says it, else "".
func kindByName(name string) string {
	if name == "lo" {
		return KindLoopback
	}
	return ""
}

func (d *attributes) interfaceKind(hardware Value) string {
	const loopbackType = 772 // ARPHRD_LOOPBACK
	number, known := hardware.Get()
	switch {
	case known && number == loopbackType:
		return KindLoopback
	case d.has("device"):
		return KindPhysical
	case known:
		return KindVirtual
	}
	return ""
}

// readLinkFacts asks the driver, which may refuse with EINVAL while the link is
// down.
func readLinkFacts(dir string) linkFacts {
	d, err := openAttributes(dir)
	if err != nil {
		return linkFacts{}.without(statusOf(err))
	}
	defer d.close()
	return linkFacts{
		speed: linkSpeed(d.read("speed")), carrier: d.number("carrier"), duplex: d.word("duplex"),
		portName: d.word("phys_port_name"), switchID: d.word("phys_switch_id"),
	}
}

// linkSpeed takes megabits per second.
func linkSpeed(word string, err error) Value {
	if err != nil {
		return Missing(attributeStatus(err))
	}
	megabits, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return Missing(Failed)
	}
	const unknown = 1<<32 - 1 // -1 as kernels before 3.18 write it
	if megabits <= 0 || megabits == unknown {
		return Missing(Unsupported)
	}
	return Of(float64(megabits) * 1e6)
}
