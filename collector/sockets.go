package collector

// Sockets is what the network stack counts of its sockets and of what it sends
// and receives, of all interfaces with loopback. Sources: /proc/net/snmp, snmp6,
// netstat, sockstat and sockstat6 of the namespace that [Interface] is about,
// /proc/sys/net/netfilter.
//
// Without snmp there is no reading. Any other file that cannot be read leaves
// its own numbers missing, as does a counter that this kernel does not have.
// Sums over both versions of IP are of version 4 alone where the kernel has no
// version 6, and missing where the file of version 6 cannot be read.
type Sockets struct {
	Used Value `json:"used" from:"/proc/net/sockstat: sockets used"` // of every family, Unix sockets among them

	TCP       TCPSockets `json:"tcp"`
	UDP       UDPSockets `json:"udp"`
	IP        IPTraffic  `json:"ip"`
	ICMP      ICMP       `json:"icmp"`
	Conntrack Conntrack  `json:"conntrack"`

	// Netstat has the counters of snmp, snmp6 and netstat that monitoring systems
	// keep, as Tcp_InSegs, Ip6_InOctets, TcpExt_ListenDrops: the kernel's name of
	// the protocol and that of the counter.
	Netstat Counters `json:"-"`
	// Sockstat has all numbers of sockstat and sockstat6, as TCP_inuse, and
	// TCP_mem_bytes for each that is in pages.
	Sockstat Counters `json:"-"`
}

// TCPSockets is TCP over both versions of IP.
type TCPSockets struct {
	Established Value `json:"established" from:"/proc/net/snmp: Tcp CurrEstab"`                      // with CLOSE_WAIT, as RFC 4022 counts
	InUse       Value `json:"in_use" from:"/proc/net/sockstat: TCP inuse + TCP6 inuse of sockstat6"` // bound or connected, without TIME_WAIT
	Orphans     Value `json:"orphans" from:"/proc/net/sockstat: TCP orphan"`                         // closed by their process, not yet by the other end
	TimeWait    Value `json:"time_wait" from:"/proc/net/sockstat: TCP tw"`
	Allocated   Value `json:"allocated" from:"/proc/net/sockstat: TCP alloc"`
	Memory      Value `json:"memory_bytes" from:"/proc/net/sockstat: TCP mem × page size"` // of all namespaces

	ActiveOpens     Value `json:"active_opens_total" from:"/proc/net/snmp: Tcp ActiveOpens"`
	ActiveOpenRate  Value `json:"active_opens_per_second" from:"/proc/net/snmp: ΔActiveOpens / t"`
	PassiveOpens    Value `json:"passive_opens_total" from:"/proc/net/snmp: Tcp PassiveOpens"`
	PassiveOpenRate Value `json:"passive_opens_per_second" from:"/proc/net/snmp: ΔPassiveOpens / t"`
	FailedOpens     Value `json:"failed_opens_total" from:"/proc/net/snmp: Tcp AttemptFails"`
	FailedOpenRate  Value `json:"failed_opens_per_second" from:"/proc/net/snmp: ΔAttemptFails / t"`

	// EstabResets are connections that ended without a FIN, whichever end reset them.
	EstabResets    Value `json:"established_resets_total" from:"/proc/net/snmp: Tcp EstabResets"`
	EstabResetRate Value `json:"established_resets_per_second" from:"/proc/net/snmp: ΔEstabResets / t"`
	ResetsSent     Value `json:"resets_sent_total" from:"/proc/net/snmp: Tcp OutRsts"`
	ResetSentRate  Value `json:"resets_sent_per_second" from:"/proc/net/snmp: ΔOutRsts / t"`

	InSegments        Value `json:"in_segments_total" from:"/proc/net/snmp: Tcp InSegs"`
	InSegmentRate     Value `json:"in_segments_per_second" from:"/proc/net/snmp: ΔInSegs / t"`
	InErrors          Value `json:"in_errors_total" from:"/proc/net/snmp: Tcp InErrs"`
	InErrorRate       Value `json:"in_errors_per_second" from:"/proc/net/snmp: ΔInErrs / t"`
	OutSegments       Value `json:"out_segments_total" from:"/proc/net/snmp: Tcp OutSegs"` // without those sent again
	OutSegmentRate    Value `json:"out_segments_per_second" from:"/proc/net/snmp: ΔOutSegs / t"`
	Retransmits       Value `json:"retransmitted_segments_total" from:"/proc/net/snmp: Tcp RetransSegs"`
	RetransmitRate    Value `json:"retransmitted_segments_per_second" from:"/proc/net/snmp: ΔRetransSegs / t"`
	RetransmitPercent Value `json:"retransmitted_percent" from:"/proc/net/snmp: 100 × ΔRetransSegs / (ΔOutSegs + ΔRetransSegs)"` // idle when none was sent

	ListenOverflows    Value `json:"listen_overflows_total" from:"/proc/net/netstat: TcpExt ListenOverflows"` // the accept queue was full
	ListenOverflowRate Value `json:"listen_overflows_per_second" from:"/proc/net/netstat: ΔListenOverflows / t"`
	ListenDrops        Value `json:"listen_drops_total" from:"/proc/net/netstat: TcpExt ListenDrops"` // for any reason
	ListenDropRate     Value `json:"listen_drops_per_second" from:"/proc/net/netstat: ΔListenDrops / t"`
	SYNRetransmits     Value `json:"syn_retransmits_total" from:"/proc/net/netstat: TcpExt TCPSynRetrans"`
	SYNRetransmitRate  Value `json:"syn_retransmits_per_second" from:"/proc/net/netstat: ΔTCPSynRetrans / t"`
	Timeouts           Value `json:"timeouts_total" from:"/proc/net/netstat: TcpExt TCPTimeouts"`
	TimeoutRate        Value `json:"timeouts_per_second" from:"/proc/net/netstat: ΔTCPTimeouts / t"`
	BacklogDrops       Value `json:"backlog_drops_total" from:"/proc/net/netstat: TcpExt TCPBacklogDrop"` // the queue of a busy socket was full
	BacklogDropRate    Value `json:"backlog_drops_per_second" from:"/proc/net/netstat: ΔTCPBacklogDrop / t"`
	MemoryPressures    Value `json:"memory_pressures_total" from:"/proc/net/netstat: TcpExt TCPMemoryPressures"`
	MemoryPressureRate Value `json:"memory_pressures_per_second" from:"/proc/net/netstat: ΔTCPMemoryPressures / t"`
}

// UDPSockets is UDP over both versions of IP. The errors of full buffers and of
// checksums are among those of InErrors, if received.
type UDPSockets struct {
	InUse  Value `json:"in_use" from:"/proc/net/sockstat: UDP inuse + UDP6 inuse of sockstat6"`
	Memory Value `json:"memory_bytes" from:"/proc/net/sockstat: UDP mem × page size"` // of all namespaces

	InDatagrams            Value `json:"in_datagrams_total" from:"/proc/net/snmp: Udp InDatagrams + Udp6InDatagrams of snmp6"`
	InDatagramRate         Value `json:"in_datagrams_per_second" from:"/proc/net/snmp: ΔInDatagrams / t, with snmp6"`
	OutDatagrams           Value `json:"out_datagrams_total" from:"/proc/net/snmp: Udp OutDatagrams + Udp6OutDatagrams of snmp6"`
	OutDatagramRate        Value `json:"out_datagrams_per_second" from:"/proc/net/snmp: ΔOutDatagrams / t, with snmp6"`
	NoPorts                Value `json:"no_ports_total" from:"/proc/net/snmp: Udp NoPorts + Udp6NoPorts of snmp6"` // nobody listened
	NoPortRate             Value `json:"no_ports_per_second" from:"/proc/net/snmp: ΔNoPorts / t, with snmp6"`
	InErrors               Value `json:"in_errors_total" from:"/proc/net/snmp: Udp InErrors + Udp6InErrors of snmp6"`
	InErrorRate            Value `json:"in_errors_per_second" from:"/proc/net/snmp: ΔInErrors / t, with snmp6"`
	ReceiveBufferErrors    Value `json:"receive_buffer_errors_total" from:"/proc/net/snmp: Udp RcvbufErrors + Udp6RcvbufErrors of snmp6"`
	ReceiveBufferErrorRate Value `json:"receive_buffer_errors_per_second" from:"/proc/net/snmp: ΔRcvbufErrors / t, with snmp6"`
	SendBufferErrors       Value `json:"send_buffer_errors_total" from:"/proc/net/snmp: Udp SndbufErrors + Udp6SndbufErrors of snmp6"`
	SendBufferErrorRate    Value `json:"send_buffer_errors_per_second" from:"/proc/net/snmp: ΔSndbufErrors / t, with snmp6"`
	ChecksumErrors         Value `json:"checksum_errors_total" from:"/proc/net/snmp: Udp InCsumErrors + Udp6InCsumErrors of snmp6"`
	ChecksumErrorRate      Value `json:"checksum_errors_per_second" from:"/proc/net/snmp: ΔInCsumErrors / t, with snmp6"`
}

// IPTraffic is IP of both versions.
type IPTraffic struct {
	InBytes               Value `json:"in_bytes_total" from:"/proc/net/netstat: IpExt InOctets + Ip6InOctets of snmp6"`
	InByteRate            Value `json:"in_bytes_per_second" from:"/proc/net/netstat: ΔInOctets / t, with snmp6"`
	OutBytes              Value `json:"out_bytes_total" from:"/proc/net/netstat: IpExt OutOctets + Ip6OutOctets of snmp6"`
	OutByteRate           Value `json:"out_bytes_per_second" from:"/proc/net/netstat: ΔOutOctets / t, with snmp6"`
	Forwarded             Value `json:"forwarded_total" from:"/proc/net/snmp: Ip ForwDatagrams + Ip6OutForwDatagrams of snmp6"`
	ForwardRate           Value `json:"forwarded_per_second" from:"/proc/net/snmp: ΔForwDatagrams / t, with snmp6"`
	FragmentFailures      Value `json:"fragment_failures_total" from:"/proc/net/snmp: Ip FragFails + Ip6FragFails of snmp6"`
	FragmentFailureRate   Value `json:"fragment_failures_per_second" from:"/proc/net/snmp: ΔFragFails / t, with snmp6"`
	ReassemblyFailures    Value `json:"reassembly_failures_total" from:"/proc/net/snmp: Ip ReasmFails + Ip6ReasmFails of snmp6"`
	ReassemblyFailureRate Value `json:"reassembly_failures_per_second" from:"/proc/net/snmp: ΔReasmFails / t, with snmp6"`
}

// ICMP is ICMP of both versions of IP.
type ICMP struct {
	InMessages        Value `json:"in_messages_total" from:"/proc/net/snmp: Icmp InMsgs + Icmp6InMsgs of snmp6"`
	InMessageRate     Value `json:"in_messages_per_second" from:"/proc/net/snmp: ΔInMsgs / t, with snmp6"`
	InErrors          Value `json:"in_errors_total" from:"/proc/net/snmp: Icmp InErrors + Icmp6InErrors of snmp6"`
	InErrorRate       Value `json:"in_errors_per_second" from:"/proc/net/snmp: ΔInErrors / t, with snmp6"`
	InUnreachable     Value `json:"in_unreachable_total" from:"/proc/net/snmp: Icmp InDestUnreachs + Icmp6InDestUnreachs of snmp6"`
	InUnreachableRate Value `json:"in_unreachable_per_second" from:"/proc/net/snmp: ΔInDestUnreachs / t, with snmp6"`
	OutMessages       Value `json:"out_messages_total" from:"/proc/net/snmp: Icmp OutMsgs + Icmp6OutMsgs of snmp6"`
	OutMessageRate    Value `json:"out_messages_per_second" from:"/proc/net/snmp: ΔOutMsgs / t, with snmp6"`
	OutErrors         Value `json:"out_errors_total" from:"/proc/net/snmp: Icmp OutErrors + Icmp6OutErrors of snmp6"`
	OutErrorRate      Value `json:"out_errors_per_second" from:"/proc/net/snmp: ΔOutErrors / t, with snmp6"`
}
