package collector

import (
	"os"
	"slices"
	"strings"
)

// netFile is a file of /proc/net that a number of [Sockets] comes from.
type netFile int

const (
	snmpFile netFile = iota
	snmp6File
	netstatFile
	sockstatFile
	sockstat6File
	netFiles
)

var netFileNames = [netFiles]string{"snmp", "snmp6", "netstat", "sockstat", "sockstat6"}

var netFileFormats = [netFiles]func(*numberTable, []byte) error{
	parseColumnPairs, parseNamedLines, parseColumnPairs, parseLabelledLines, parseLabelledLines,
}

// version6 is the file that has the same of IP version 6.
func (f netFile) version6() netFile {
	if f == sockstatFile {
		return sockstat6File
	}
	return snmp6File
}

// socketNumber says where one number of [Sockets] is.
type socketNumber struct {
	file netFile
	name string // in its numberTable
	also string // added to it, from the file of IP version 6; "" for none
	unit uint64
	// into is where the number goes, and the rate of a counter; nil for the
	// rate of what goes up and down.
	into func(*Sockets) (number, rate *Value)
}

var pageSize = uint64(os.Getpagesize())

var socketNumbers = slices.Concat(tcpNumbers, tcpExtNumbers, udpNumbers, ipNumbers, []socketNumber{
	{sockstatFile, "sockets_used", "", 1, func(s *Sockets) (_, _ *Value) { return &s.Used, nil }},
	{sockstatFile, "TCP_inuse", "TCP6_inuse", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.InUse, nil }},
	{sockstatFile, "TCP_orphan", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.Orphans, nil }},
	{sockstatFile, "TCP_tw", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.TimeWait, nil }},
	{sockstatFile, "TCP_alloc", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.Allocated, nil }},
	{sockstatFile, "TCP_mem", "", pageSize, func(s *Sockets) (_, _ *Value) { return &s.TCP.Memory, nil }},
	{sockstatFile, "UDP_inuse", "UDP6_inuse", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.InUse, nil }},
	{sockstatFile, "UDP_mem", "", pageSize, func(s *Sockets) (_, _ *Value) { return &s.UDP.Memory, nil }},
})

var tcpNumbers = []socketNumber{
	{snmpFile, "Tcp_CurrEstab", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.Established, nil }},
	{snmpFile, "Tcp_ActiveOpens", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.ActiveOpens, &s.TCP.ActiveOpenRate }},
	{snmpFile, "Tcp_PassiveOpens", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.PassiveOpens, &s.TCP.PassiveOpenRate }},
	{snmpFile, "Tcp_AttemptFails", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.FailedOpens, &s.TCP.FailedOpenRate }},
	{snmpFile, "Tcp_EstabResets", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.EstabResets, &s.TCP.EstabResetRate }},
	{snmpFile, "Tcp_OutRsts", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.ResetsSent, &s.TCP.ResetSentRate }},
	{snmpFile, "Tcp_InSegs", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.InSegments, &s.TCP.InSegmentRate }},
	{snmpFile, "Tcp_InErrs", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.InErrors, &s.TCP.InErrorRate }},
	{snmpFile, "Tcp_OutSegs", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.OutSegments, &s.TCP.OutSegmentRate }},
	{snmpFile, "Tcp_RetransSegs", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.Retransmits, &s.TCP.RetransmitRate }},
}

var tcpExtNumbers = []socketNumber{
	{netstatFile, "TcpExt_ListenOverflows", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.ListenOverflows, &s.TCP.ListenOverflowRate }},
	{netstatFile, "TcpExt_ListenDrops", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.ListenDrops, &s.TCP.ListenDropRate }},
	{netstatFile, "TcpExt_TCPSynRetrans", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.SYNRetransmits, &s.TCP.SYNRetransmitRate }},
	{netstatFile, "TcpExt_TCPTimeouts", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.Timeouts, &s.TCP.TimeoutRate }},
	{netstatFile, "TcpExt_TCPBacklogDrop", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.BacklogDrops, &s.TCP.BacklogDropRate }},
	{netstatFile, "TcpExt_TCPMemoryPressures", "", 1, func(s *Sockets) (_, _ *Value) { return &s.TCP.MemoryPressures, &s.TCP.MemoryPressureRate }},
}

var udpNumbers = []socketNumber{
	{snmpFile, "Udp_InDatagrams", "Udp6_InDatagrams", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.InDatagrams, &s.UDP.InDatagramRate }},
	{snmpFile, "Udp_OutDatagrams", "Udp6_OutDatagrams", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.OutDatagrams, &s.UDP.OutDatagramRate }},
	{snmpFile, "Udp_NoPorts", "Udp6_NoPorts", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.NoPorts, &s.UDP.NoPortRate }},
	{snmpFile, "Udp_InErrors", "Udp6_InErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.InErrors, &s.UDP.InErrorRate }},
	{snmpFile, "Udp_RcvbufErrors", "Udp6_RcvbufErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.ReceiveBufferErrors, &s.UDP.ReceiveBufferErrorRate }},
	{snmpFile, "Udp_SndbufErrors", "Udp6_SndbufErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.SendBufferErrors, &s.UDP.SendBufferErrorRate }},
	{snmpFile, "Udp_InCsumErrors", "Udp6_InCsumErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.UDP.ChecksumErrors, &s.UDP.ChecksumErrorRate }},
}

var ipNumbers = []socketNumber{
	{netstatFile, "IpExt_InOctets", "Ip6_InOctets", 1, func(s *Sockets) (_, _ *Value) { return &s.IP.InBytes, &s.IP.InByteRate }},
	{netstatFile, "IpExt_OutOctets", "Ip6_OutOctets", 1, func(s *Sockets) (_, _ *Value) { return &s.IP.OutBytes, &s.IP.OutByteRate }},
	{snmpFile, "Ip_ForwDatagrams", "Ip6_OutForwDatagrams", 1, func(s *Sockets) (_, _ *Value) { return &s.IP.Forwarded, &s.IP.ForwardRate }},
	{snmpFile, "Ip_FragFails", "Ip6_FragFails", 1, func(s *Sockets) (_, _ *Value) { return &s.IP.FragmentFailures, &s.IP.FragmentFailureRate }},
	{snmpFile, "Ip_ReasmFails", "Ip6_ReasmFails", 1, func(s *Sockets) (_, _ *Value) { return &s.IP.ReassemblyFailures, &s.IP.ReassemblyFailureRate }},
	{snmpFile, "Icmp_InMsgs", "Icmp6_InMsgs", 1, func(s *Sockets) (_, _ *Value) { return &s.ICMP.InMessages, &s.ICMP.InMessageRate }},
	{snmpFile, "Icmp_InErrors", "Icmp6_InErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.ICMP.InErrors, &s.ICMP.InErrorRate }},
	{snmpFile, "Icmp_InDestUnreachs", "Icmp6_InDestUnreachs", 1, func(s *Sockets) (_, _ *Value) { return &s.ICMP.InUnreachable, &s.ICMP.InUnreachableRate }},
	{snmpFile, "Icmp_OutMsgs", "Icmp6_OutMsgs", 1, func(s *Sockets) (_, _ *Value) { return &s.ICMP.OutMessages, &s.ICMP.OutMessageRate }},
	{snmpFile, "Icmp_OutErrors", "Icmp6_OutErrors", 1, func(s *Sockets) (_, _ *Value) { return &s.ICMP.OutErrors, &s.ICMP.OutErrorRate }},
}

// isNetstatKept reports whether Sockets.Netstat has a number: those that
// node_exporter has unless it is told otherwise.
func isNetstatKept(group, key string) bool {
	if key == "InErrors" || key == "InErrs" {
		return true
	}
	switch group {
	case "TcpExt":
		return strings.HasPrefix(key, "Listen") || strings.HasPrefix(key, "Syncookies") || slices.Contains(keptTCPExt, key)
	case "Tcp":
		return slices.Contains(keptTCP, key)
	case "Ip":
		return key == "Forwarding"
	case "Ip6", "IpExt":
		return key == "InOctets" || key == "OutOctets"
	case "Icmp", "Icmp6":
		return key == "InMsgs" || key == "OutMsgs"
	case "Udp", "Udp6":
		return slices.Contains(keptUDP, key)
	}
	return false
}

var (
	keptTCPExt = []string{"TCPSynRetrans", "TCPTimeouts", "TCPOFOQueue", "TCPRcvQDrop"}
	keptTCP    = []string{"ActiveOpens", "InSegs", "OutSegs", "OutRsts", "PassiveOpens", "RetransSegs", "CurrEstab"}
	keptUDP    = []string{"InDatagrams", "OutDatagrams", "NoPorts", "RcvbufErrors", "SndbufErrors"}
)
