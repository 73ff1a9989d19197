package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func readSockets(t *testing.T, collect Collector[Sockets], ctx context.Context) Sockets {
	t.Helper()
	s, err := collect(ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	return s
}

// socketTotals are the numbers of Sockets that are no rates.
func socketTotals(s Sockets) map[string]Value {
	t, u, ip, icmp := s.TCP, s.UDP, s.IP, s.ICMP
	return map[string]Value{
		"used": s.Used, "established": t.Established, "tcp in use": t.InUse, "orphans": t.Orphans, "time wait": t.TimeWait,
		"allocated": t.Allocated, "tcp memory": t.Memory, "active opens": t.ActiveOpens, "passive opens": t.PassiveOpens,
		"failed opens": t.FailedOpens, "established resets": t.EstabResets, "resets sent": t.ResetsSent,
		"in segments": t.InSegments, "tcp in errors": t.InErrors, "out segments": t.OutSegments, "retransmits": t.Retransmits,
		"listen overflows": t.ListenOverflows, "listen drops": t.ListenDrops, "SYN retransmits": t.SYNRetransmits,
		"timeouts": t.Timeouts, "backlog drops": t.BacklogDrops, "memory pressures": t.MemoryPressures,
		"udp in use": u.InUse, "udp memory": u.Memory, "in datagrams": u.InDatagrams, "out datagrams": u.OutDatagrams,
		"no ports": u.NoPorts, "udp in errors": u.InErrors, "receive buffer errors": u.ReceiveBufferErrors,
		"send buffer errors": u.SendBufferErrors, "checksum errors": u.ChecksumErrors,
		"in bytes": ip.InBytes, "out bytes": ip.OutBytes, "forwarded": ip.Forwarded,
		"fragment failures": ip.FragmentFailures, "reassembly failures": ip.ReassemblyFailures,
		"icmp in": icmp.InMessages, "icmp in errors": icmp.InErrors, "unreachable": icmp.InUnreachable,
		"icmp out": icmp.OutMessages, "icmp out errors": icmp.OutErrors,
		"conntrack used": s.Conntrack.Used, "conntrack limit": s.Conntrack.Limit, "conntrack percent": s.Conntrack.Percent,
	}
}

func TestSocketsAreCounted(t *testing.T) {
	ctx, _ := fixture(t, "net-sockets")
	s, err := NewSockets()(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "sockets: ") {
		t.Fatalf("first reading: %v", err)
	}
	page := float64(os.Getpagesize())
	want := map[string]float64{
		"used": 412, "established": 18, "tcp in use": 14 + 7, "orphans": 2, "time wait": 33,
		"allocated": 40, "tcp memory": 9 * page, "active opens": 1500, "passive opens": 2600,
		"failed opens": 30, "established resets": 44, "resets sent": 310,
		"in segments": 800000, "tcp in errors": 5, "out segments": 640000, "retransmits": 1200,
		"listen overflows": 17, "listen drops": 19, "SYN retransmits": 220,
		"timeouts": 350, "backlog drops": 11, "memory pressures": 6,
		"udp in use": 6 + 3, "udp memory": 4 * page, "in datagrams": 52000 + 3000, "out datagrams": 51000 + 2900,
		"no ports": 60 + 5, "udp in errors": 21 + 9, "receive buffer errors": 15 + 8,
		"send buffer errors": 3 + 1, "checksum errors": 6 + 1,
		"in bytes": 900000000 + 6000000, "out bytes": 300000000 + 2000000, "forwarded": 41000 + 500,
		"fragment failures": 7 + 3, "reassembly failures": 2 + 1,
		"icmp in": 120 + 80, "icmp in errors": 4 + 1, "unreachable": 90 + 10,
		"icmp out": 115 + 95, "icmp out errors": 2 + 4,
		"conntrack used": 65536, "conntrack limit": 262144, "conntrack percent": 25,
	}
	for name, got := range socketTotals(s) {
		wantNumber(t, name, got, want[name])
	}
	for i := range socketNumbers {
		if _, rate := socketNumbers[i].into(&s); rate != nil {
			wantMissing(t, "first rate of "+socketNumbers[i].name, *rate, NoBaseline)
		}
	}
	wantMissing(t, "first retransmits of those sent", s.TCP.RetransmitPercent, NoBaseline)
}

// TestEachSocketNumberHasItsOwnPlace: of a table of this length, two rows are
// easily made one.
func TestEachSocketNumberHasItsOwnPlace(t *testing.T) {
	var s Sockets
	taken := make(map[*Value]string)
	for i := range socketNumbers {
		number, rate := socketNumbers[i].into(&s)
		for _, v := range []*Value{number, rate} {
			if v == nil {
				continue
			}
			if other, again := taken[v]; again {
				t.Errorf("%s goes where %s goes", socketNumbers[i].name, other)
			}
			taken[v] = socketNumbers[i].name
		}
	}
	values := int(unsafe.Sizeof(s)-2*unsafe.Sizeof(Counters{})) / int(unsafe.Sizeof(Value{}))
	const elsewhere = 4 // the retransmits in percent and those of Conntrack
	if len(taken) != values-elsewhere {
		t.Errorf("%d of %d values are filled in", len(taken)+elsewhere, values)
	}
}

func TestSocketRates(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		net := filepath.Join(dir, "proc/net")
		collect := NewSockets()
		readSockets(t, collect, ctx)
		time.Sleep(2 * time.Second)
		rewrite(t, filepath.Join(net, "snmp"), "18 800000 640000 1200 5 310 2", "17 800400 640060 1240 5 310 2")
		rewrite(t, filepath.Join(net, "snmp"), "Udp: 52000 60 21", "Udp: 52010 59 21")
		rewrite(t, filepath.Join(net, "snmp6"), "\t3000\n", "\t3030\n")
		rewrite(t, filepath.Join(net, "netstat"), "900000000 300000000", "900500000 300000000")
		s, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "in segments", s.TCP.InSegmentRate, 200)
		wantNumber(t, "out segments", s.TCP.OutSegmentRate, 30)
		wantNumber(t, "retransmits", s.TCP.RetransmitRate, 20)
		wantNumber(t, "retransmits of those sent", s.TCP.RetransmitPercent, 40)
		wantNumber(t, "in errors", s.TCP.InErrorRate, 0)
		wantNumber(t, "established", s.TCP.Established, 17)
		wantNumber(t, "datagrams of both versions", s.UDP.InDatagramRate, 20)
		wantNumber(t, "in bytes", s.IP.InByteRate, 250000)
		wantMissing(t, "no ports, which went backwards", s.UDP.NoPortRate, NoBaseline)
		time.Sleep(time.Second)
		s = readSockets(t, collect, ctx)
		wantNumber(t, "no ports a tick later", s.UDP.NoPortRate, 0)
		wantMissing(t, "retransmits of none sent", s.TCP.RetransmitPercent, Idle)
	})
}

func TestNetstatForMonitoring(t *testing.T) {
	ctx, _ := fixture(t, "net-sockets")
	collect := NewSockets()
	s := readSockets(t, collect, ctx)
	want := map[string]float64{
		"Icmp6_InErrors": 1, "Icmp6_InMsgs": 80, "Icmp6_OutMsgs": 95, "Icmp_InErrors": 4, "Icmp_InMsgs": 120, "Icmp_OutMsgs": 115,
		"Ip6_InOctets": 6000000, "Ip6_OutOctets": 2000000, "IpExt_InOctets": 900000000, "IpExt_OutOctets": 300000000, "Ip_Forwarding": 1,
		"TcpExt_ListenDrops": 19, "TcpExt_ListenOverflows": 17, "TcpExt_SyncookiesFailed": 2, "TcpExt_SyncookiesRecv": 38,
		"TcpExt_SyncookiesSent": 40, "TcpExt_TCPOFOQueue": 4500, "TcpExt_TCPRcvQDrop": 1, "TcpExt_TCPSynRetrans": 220, "TcpExt_TCPTimeouts": 350,
		"Tcp_ActiveOpens": 1500, "Tcp_CurrEstab": 18, "Tcp_InErrs": 5, "Tcp_InSegs": 800000, "Tcp_OutRsts": 310, "Tcp_OutSegs": 640000,
		"Tcp_PassiveOpens": 2600, "Tcp_RetransSegs": 1200,
		"Udp6_InDatagrams": 3000, "Udp6_InErrors": 9, "Udp6_NoPorts": 5, "Udp6_OutDatagrams": 2900, "Udp6_RcvbufErrors": 8, "Udp6_SndbufErrors": 1,
		"UdpLite6_InErrors": 0, "UdpLite_InErrors": 0, "Udp_InDatagrams": 52000, "Udp_InErrors": 21, "Udp_NoPorts": 60, "Udp_OutDatagrams": 51000,
		"Udp_RcvbufErrors": 15, "Udp_SndbufErrors": 3,
	}
	if got := maps.Collect(s.Netstat.All()); !maps.Equal(got, want) {
		t.Errorf("netstat is %v", got)
	}
	page := float64(os.Getpagesize())
	want = map[string]float64{
		"sockets_used": 412, "TCP_inuse": 14, "TCP_orphan": 2, "TCP_tw": 33, "TCP_alloc": 40, "TCP_mem": 9, "TCP_mem_bytes": 9 * page,
		"UDP_inuse": 6, "UDP_mem": 4, "UDP_mem_bytes": 4 * page, "UDPLITE_inuse": 0, "RAW_inuse": 1, "FRAG_inuse": 0, "FRAG_memory": 0,
		"TCP6_inuse": 7, "UDP6_inuse": 3, "UDPLITE6_inuse": 0, "RAW6_inuse": 1, "FRAG6_inuse": 0, "FRAG6_memory": 0,
	}
	if got := maps.Collect(s.Sockstat.All()); !maps.Equal(got, want) {
		t.Errorf("sockstat is %v", got)
	}
	if later := readSockets(t, collect, ctx); &later.Netstat.names[0] != &s.Netstat.names[0] || &later.Netstat.numbers[0] == &s.Netstat.numbers[0] {
		t.Error("two readings do not share their names, or share their numbers")
	}
}

// TestSocketsOfAnotherKernel: columns are found by their names, even when they
// move while this runs, as they do with a module.
func TestSocketsOfAnotherKernel(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	net := filepath.Join(dir, "proc/net")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewSockets()
		earlier := readSockets(t, collect, ctx)
		rewrite(t, filepath.Join(net, "snmp"), "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn", "Tcp: RtoAlgorithm Novel RtoMin RtoMax MaxConn")
		rewrite(t, filepath.Join(net, "snmp"), "Tcp: 1 200 120000 -1", "Tcp: 1 77 200 120000 -1")
		rewrite(t, filepath.Join(net, "netstat"), "TCPSynRetrans", "Unheard")
		time.Sleep(time.Second)
		s := readSockets(t, collect, ctx)
		wantNumber(t, "active opens", s.TCP.ActiveOpens, 1500)
		wantNumber(t, "active opens per second", s.TCP.ActiveOpenRate, 0)
		wantMissing(t, "a counter that this kernel lacks", s.TCP.SYNRetransmits, Unsupported)
		wantMissing(t, "its rate", s.TCP.SYNRetransmitRate, Unsupported)
		if _, found := s.Netstat.Get("TcpExt_TCPSynRetrans"); found {
			t.Error("it is still in Netstat")
		}
		if number, found := earlier.Netstat.Get("TcpExt_TCPSynRetrans"); !found || number != 220 {
			t.Error("an earlier reading has changed")
		}
		rewrite(t, filepath.Join(net, "netstat"), "Unheard", "TCPSynRetrans")
		time.Sleep(time.Second)
		s = readSockets(t, collect, ctx)
		wantNumber(t, "the counter that came", s.TCP.SYNRetransmits, 220)
		wantMissing(t, "the rate of one that came", s.TCP.SYNRetransmitRate, NoBaseline)
	})
}

func TestSocketsWithoutIPv6(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	net := filepath.Join(dir, "proc/net")
	if err := errors.Join(os.Remove(filepath.Join(net, "snmp6")), os.Remove(filepath.Join(net, "sockstat6"))); err != nil {
		t.Fatal(err)
	}
	s := readSockets(t, NewSockets(), ctx)
	wantNumber(t, "datagrams", s.UDP.InDatagrams, 52000)
	wantNumber(t, "in bytes", s.IP.InBytes, 900000000)
	wantNumber(t, "TCP in use", s.TCP.InUse, 14)
	if _, found := s.Sockstat.Get("TCP6_inuse"); found {
		t.Error("TCP6 is counted")
	}
}

func TestSocketFilesThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		file       string
		spoil      func(t *testing.T, path string)
		want       Status
		lost, kept string
	}{
		"snmp6 denied":       {"snmp6", func(t *testing.T, path string) { deny(t, path) }, Denied, "in datagrams", "established"},
		"snmp6 garbage":      {"snmp6", func(t *testing.T, path string) { writeFile(t, path, "Udp6InDatagrams many\n") }, Failed, "in datagrams", "tcp in use"},
		"snmp6 empty":        {"snmp6", func(t *testing.T, path string) { writeFile(t, path, "") }, Failed, "icmp in", "listen drops"},
		"sockstat missing":   {"sockstat", func(t *testing.T, path string) { os.Remove(path) }, Unsupported, "tcp in use", "established"},
		"sockstat cut short": {"sockstat", func(t *testing.T, path string) { writeFile(t, path, "TCP: inuse 14 orphan 2 tw 3") }, Failed, "time wait", "in segments"},
		"sockstat odd":       {"sockstat", func(t *testing.T, path string) { writeFile(t, path, "TCP: inuse 14 orphan\n") }, Failed, "tcp in use", "in segments"},
		"sockstat6 denied":   {"sockstat6", func(t *testing.T, path string) { deny(t, path) }, Denied, "udp in use", "udp memory"},
		"netstat missing":    {"netstat", func(t *testing.T, path string) { os.Remove(path) }, Unsupported, "in bytes", "forwarded"},
		"netstat unpaired":   {"netstat", func(t *testing.T, path string) { rewrite(t, path, "\nIpExt: 0", "\nMore: 0") }, Failed, "listen drops", "tcp in use"},
		"netstat shifted":    {"netstat", func(t *testing.T, path string) { rewrite(t, path, "TcpExt: 40 ", "TcpExt: ") }, Failed, "timeouts", "tcp in use"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, dir := fixture(t, "net-sockets")
			collect := NewSockets()
			readSockets(t, collect, ctx)
			c.spoil(t, filepath.Join(dir, "proc/net", c.file))
			s, err := collect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			numbers := socketTotals(s)
			wantMissing(t, c.lost, numbers[c.lost], c.want)
			if _, ok := numbers[c.kept].Get(); !ok {
				t.Errorf("%s is lost with it", c.kept)
			}
			for name, number := range s.Netstat.All() {
				if name == "" || number < 0 {
					t.Errorf("%q is %v", name, number)
				}
			}
		})
	}
}

func TestSocketsWithoutSource(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Status
	}{
		"empty":       {"", Failed},
		"garbage":     {"\x00\xff\n", Failed},
		"one line":    {"Tcp: ActiveOpens\n", Failed},
		"cut short":   {"Tcp: ActiveOpens\nTcp: 15", Failed},
		"too large":   {"Tcp: ActiveOpens\nTcp: 99999999999999999999\n", Failed},
		"too small":   {"Tcp: MaxConn\nTcp: -9223372036854775809\n", Failed},
		"no number":   {"Tcp: ActiveOpens\nTcp: -\n", Failed},
		"one too few": {"Tcp: ActiveOpens PassiveOpens\nTcp: 1\n", Failed},
	} {
		ctx, dir := fixture(t, "net-sockets")
		writeFile(t, filepath.Join(dir, "proc/net/snmp"), c.text)
		if _, err := NewSockets()(ctx); (Reading[Sockets]{Err: err}).Status() != c.want || !strings.HasPrefix(err.Error(), "sockets: /proc/net/snmp: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, dir := fixture(t, "net-sockets")
	snmp := filepath.Join(dir, "proc/net/snmp")
	if err := os.Remove(snmp); err != nil {
		t.Fatal(err)
	}
	if _, err := NewSockets()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without snmp: %v", err)
	}
	writeFile(t, snmp, "")
	deny(t, snmp)
	if _, err := NewSockets()(ctx); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("may not read snmp: %v", err)
	}
}

func TestCountBelowZeroIsNone(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	rewrite(t, filepath.Join(dir, "proc/net/snmp"), "44 18 800000", "44 18446744073709551615 800000")
	rewrite(t, filepath.Join(dir, "proc/net/sockstat"), "mem 9", "mem -3")
	s := readSockets(t, NewSockets(), ctx)
	wantNumber(t, "established", s.TCP.Established, 0)
	wantNumber(t, "memory", s.TCP.Memory, 0)
}

func TestConntrack(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	netfilter := filepath.Join(dir, "proc/sys/net/netfilter")
	writeFile(t, filepath.Join(netfilter, "nf_conntrack_count"), "much\n")
	c := readConntrack(ctx)
	wantMissing(t, "garbage", c.Used, Failed)
	wantMissing(t, "percent of garbage", c.Percent, Failed)
	writeFile(t, filepath.Join(netfilter, "nf_conntrack_count"), "300000\n")
	wantNumber(t, "more than the limit", readConntrack(ctx).Percent, 100)
	writeFile(t, filepath.Join(netfilter, "nf_conntrack_max"), "0\n")
	wantMissing(t, "percent without a limit", readConntrack(ctx).Percent, Unsupported)
	if err := os.RemoveAll(netfilter); err != nil {
		t.Fatal(err)
	}
	c = readConntrack(ctx)
	wantMissing(t, "without the module", c.Used, Unsupported)
	wantMissing(t, "limit without the module", c.Limit, Unsupported)
}

func TestSocketsBelowARootAreOfItsProcess1(t *testing.T) {
	ctx, dir := fixture(t, "net-sockets")
	proc := filepath.Join(dir, "proc")
	if err := os.CopyFS(filepath.Join(proc, "1/net"), os.DirFS(filepath.Join(proc, "net"))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(proc, "1/net/dev"), "Inter-|\n face |\n")
	rewrite(t, filepath.Join(proc, "1/net/sockstat"), "orphan 2", "orphan 3")
	rewrite(t, filepath.Join(proc, "1/net/tcp6"), " 0D ", " 01 ")
	wantNumber(t, "orphans", readSockets(t, NewSockets(), ctx).TCP.Orphans, 3)
	if c, err := NewConnections()(ctx); err != nil || c.Other != 0 {
		t.Errorf("connections: %+v, %v", c, err)
	}
	// The table of the packet filter is always of the reader.
	ns := filepath.Join(proc, "1/ns")
	if err := errors.Join(os.Mkdir(ns, 0o700), os.Symlink("net:[1]", filepath.Join(ns, "net"))); err != nil {
		t.Fatal(err)
	}
	wantMissing(t, "conntrack of another namespace", readSockets(t, NewSockets(), ctx).Conntrack.Used, Unsupported)
}

// TestLiveSockets compares with the lines that /proc has before and after.
func TestLiveSockets(t *testing.T) {
	before := liveNetNumbers(t)
	s, err := NewSockets()(t.Context())
	if status := (Reading[Sockets]{Err: err}).Status(); status != NoBaseline {
		t.Fatal(err)
	}
	after := liveNetNumbers(t)
	for name, got := range map[string]Value{
		"Tcp ActiveOpens": s.TCP.ActiveOpens, "Tcp PassiveOpens": s.TCP.PassiveOpens, "Tcp InSegs": s.TCP.InSegments,
		"Tcp OutSegs": s.TCP.OutSegments, "Tcp RetransSegs": s.TCP.Retransmits, "Tcp OutRsts": s.TCP.ResetsSent,
		"TcpExt ListenDrops": s.TCP.ListenDrops, "TcpExt TCPTimeouts": s.TCP.Timeouts,
		"IpExt InOctets": s.IP.InBytes, "Udp InDatagrams": s.UDP.InDatagrams, "Icmp OutMsgs": s.ICMP.OutMessages,
	} {
		group, key, _ := strings.Cut(name, " ")
		least, most := before[name], after[name]
		if six := map[string]string{"IpExt": "Ip6", "Udp": "Udp6", "Icmp": "Icmp6"}[group]; six != "" {
			least, most = least+before[six+key], most+after[six+key]
		}
		if number, ok := got.Get(); !ok || number < least || number > most {
			t.Errorf("%s is %v (%v), directly %v and then %v", name, number, got.Status(), least, most)
		}
	}
	if number, found := s.Netstat.Get("Tcp_InSegs"); !found || number < before["Tcp InSegs"] || number > after["Tcp InSegs"] {
		t.Errorf("for monitoring systems, Tcp_InSegs is %v", number)
	}
}

// liveNetNumbers reads the files of /proc/net by other means than the collector.
func liveNetNumbers(t *testing.T) map[string]float64 {
	t.Helper()
	numbers := make(map[string]float64)
	for _, name := range []string{"snmp", "netstat"} {
		text, err := os.ReadFile("/proc/net/" + name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i := 0; i+1 < len(lines); i += 2 {
			keys, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
			for j := range keys[1:] {
				number, err := strconv.ParseFloat(values[j+1], 64)
				if err != nil {
					t.Fatal(err)
				}
				numbers[strings.TrimSuffix(keys[0], ":")+" "+keys[j+1]] = number
			}
		}
	}
	text, err := os.ReadFile("/proc/net/snmp6")
	if errors.Is(err, fs.ErrNotExist) {
		return numbers
	} else if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var name string
		var number float64
		if _, err := fmt.Sscan(line, &name, &number); err != nil {
			t.Fatal(err)
		}
		numbers[name] = number
	}
	return numbers
}

func FuzzNumberTable(f *testing.F) {
	for file, name := range netFileNames {
		text, err := os.ReadFile(filepath.Join("testdata/net-sockets/proc/net", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(file), text, text)
		f.Add(uint8(file), text, []byte("A: b c\nA: 1 -2\n"))
		f.Add(uint8(file), text[:len(text)/2], text)
		f.Add(uint8(file), text, append(bytes.Clone(text), "A: b c\nA: 1 x\n"...))
	}
	f.Fuzz(func(t *testing.T, file uint8, first, second []byte) {
		format := netFileFormats[file%uint8(netFiles)]
		var used, fresh numberTable
		used.parse(first, format)
		used.settle()
		used.reset()
		err := used.parse(second, format)
		used.settle()
		if again := fresh.parse(second, format); (err == nil) != (again == nil) {
			t.Fatalf("%v, and by a fresh table %v", err, again)
		}
		fresh.settle()
		if !slices.Equal(used.names, fresh.names) || !slices.Equal(used.numbers, fresh.numbers) {
			t.Fatalf("%v %v, by a fresh table %v %v", used.names, used.numbers, fresh.names, fresh.numbers)
		}
		if len(used.names) != len(used.numbers) || err != nil && len(used.names) > 0 {
			t.Fatalf("%d names of %d numbers, %v", len(used.names), len(used.numbers), err)
		}
	})
}

func FuzzSigned(f *testing.F) {
	for _, text := range []string{"0", "-1", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "", "-", "+1", "1 "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseSigned([]byte(text))
		want, signed := strconv.ParseInt(text, 10, 64)
		unsigned, err2 := strconv.ParseUint(text, 10, 64)
		if strings.HasPrefix(text, "+") {
			signed, err2 = strconv.ErrSyntax, strconv.ErrSyntax
		}
		if signed != nil && err2 == nil {
			want, signed = int64(unsigned), nil
		}
		if (err == nil) != (signed == nil) || err == nil && got != want {
			t.Fatalf("%q is %d (%v), by strconv %d (%v)", text, got, err, want, signed)
		}
	})
}
