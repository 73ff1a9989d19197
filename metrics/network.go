package metrics

import "github.com/tacho-monitor/tacho/collector"

var (
	linkInfo = gauge("node_network_info", "1 for each interface, with what it is.", "address", "broadcast", "device", "duplex", "ifalias", "operstate")
	linkUp   = gauge("node_network_up", "1 where the kernel calls the interface up.", "device")
	linkRate = gauge("node_network_speed_bytes", "Speed of the link, in bytes per second.", "device")
)

var trafficColumns = []column[collector.Interface]{
	{counter("node_network_receive_bytes_total", "Bytes received.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.BytesTotal) }},
	{counter("node_network_receive_packets_total", "Packets received.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.PacketsTotal) }},
	{counter("node_network_receive_errs_total", "Packets received with an error.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.ErrorsTotal) }},
	{counter("node_network_receive_drop_total", "Packets received and dropped, and those missed.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.DropsTotal) }},
	{counter("node_network_receive_fifo_total", "Packets lost because a buffer was full on receiving.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.FIFOTotal) }},
	{counter("node_network_receive_frame_total", "Packets received with a wrong length or checksum.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.FrameErrorsTotal) }},
	{counter("node_network_receive_compressed_total", "Compressed packets received.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Receive.CompressedTotal) }},
	{counter("node_network_receive_multicast_total", "Multicast packets received.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.MulticastTotal) }},
	{counter("node_network_transmit_bytes_total", "Bytes sent.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.BytesTotal) }},
	{counter("node_network_transmit_packets_total", "Packets sent.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.PacketsTotal) }},
	{counter("node_network_transmit_errs_total", "Packets not sent for an error.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.ErrorsTotal) }},
	{counter("node_network_transmit_drop_total", "Packets dropped before they were sent.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.DropsTotal) }},
	{counter("node_network_transmit_fifo_total", "Packets lost because a buffer was full on sending.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.FIFOTotal) }},
	{counter("node_network_transmit_colls_total", "Collisions on sending.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.CollisionsTotal) }},
	{counter("node_network_transmit_carrier_total", "Packets not sent for lack of a link.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.CarrierErrorsTotal) }},
	{counter("node_network_transmit_compressed_total", "Compressed packets sent.", "device"),
		func(n *collector.Interface) collector.Value { return count(n.Transmit.CompressedTotal) }},
}

var linkColumns = []column[collector.Interface]{
	{gauge("node_network_mtu_bytes", "Bytes that a packet may have.", "device"),
		func(n *collector.Interface) collector.Value { return n.MTU }},
	{gauge("node_network_iface_id", "Index of the interface.", "device"),
		func(n *collector.Interface) collector.Value { return n.Index }},
	{gauge("node_network_carrier", "1 with a link, 0 without.", "device"),
		func(n *collector.Interface) collector.Value { return n.Carrier }},
	{counter("node_network_carrier_changes_total", "Times that the link came or went.", "device"),
		func(n *collector.Interface) collector.Value { return n.CarrierChanges }},
}

var classColumns = []column[collector.InterfaceClass]{
	{counter("node_network_carrier_up_changes_total", "Times that the link came.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.CarrierUps }},
	{counter("node_network_carrier_down_changes_total", "Times that the link went.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.CarrierDowns }},
	{gauge("node_network_address_assign_type", "How the interface came by its address: 0 has it from the hardware.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.AddressAssignType }},
	{gauge("node_network_name_assign_type", "How the interface came by its name.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.NameAssignType }},
	{gauge("node_network_device_id", "Number that tells apart interfaces of one address.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.DeviceID }},
	{gauge("node_network_dormant", "1 where the interface waits for something besides a link.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.Dormant }},
	{gauge("node_network_flags", "Flags of the interface, as bits.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.Flags }},
	{gauge("node_network_iface_link", "Index of the interface below.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.Link }},
	{gauge("node_network_iface_link_mode", "1 where the link needs to be approved by a program.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.LinkMode }},
	{gauge("node_network_net_dev_group", "Group that the interface is in.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.Group }},
	{gauge("node_network_protocol_type", "Kind of the hardware: 1 is Ethernet, 772 loopback.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.Type }},
	{gauge("node_network_transmit_queue_length", "Packets that may wait to be sent.", "device"),
		func(c *collector.InterfaceClass) collector.Value { return c.TransmitQueue }},
}

func addNetwork(e exposition, s *collector.Snapshot) {
	if !shown(&s.Network) {
		return
	}
	for i := range s.Network.Value {
		n := &s.Network.Value[i]
		addColumns(e, trafficColumns, n, n.Name)
		addColumns(e, linkColumns, n, n.Name)
		if n.StateStatus == collector.OK {
			e.add(linkUp, truth(n.State == "up"), n.Name)
		}
		if bits, ok := n.Speed.Get(); ok {
			e.add(linkRate, bits/8, n.Name)
		}
		addLinkClass(e, n)
	}
}

// addLinkClass: without the class nothing is known but the name.
func addLinkClass(e exposition, n *collector.Interface) {
	if n.Class == nil {
		return
	}
	e.add(linkInfo, 1, n.Address, n.Class.Broadcast, n.Name, n.Duplex, n.Alias, n.State)
	addColumns(e, classColumns, n.Class, n.Name)
}
