package test

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What tacho says of the kernel, its sockets, what tasks waited for, and the
// clock is what the kernel says.
func TestTruthOfTheKernel(t *testing.T) {
	const listeners, pairs = 30, 40
	connect(t, listeners, pairs)
	load(t)
	t.Run("served", func(t *testing.T) {
		p := start(t, "--interval=200ms")
		prove(t, directKernel, func(began time.Time) (said, error) { return kernelServed(p.URL, began) })
	})
	t.Run("printed", func(t *testing.T) {
		// A program that ends has threads and files of its own meanwhile.
		others := func(t *testing.T) said {
			out := directKernel(t)
			delete(out.numbers, "kernel.limits.tasks")
			delete(out.numbers, "kernel.limits.open_files")
			return out
		}
		prove(t, others, func(time.Time) (said, error) {
			got := run(t, t.TempDir(), nil, "snapshot", "--json", "--interval=100ms")
			return flatten([]byte(got.stdout), kernelSections...)
		})
	})
	t.Run("rates", func(t *testing.T) { wantKernelRates(t, start(t, "--interval=500ms").URL) })
}

var kernelSections = []string{"kernel", "pressure", "sockets", "connections", "clock"}

// connect opens listeners, and pairs of connections to one of them, until the
// test ends.
func connect(t *testing.T, listeners, pairs int) {
	t.Helper()
	var open []net.Listener
	for range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		open = append(open, l)
	}
	for range pairs {
		near, err := net.Dial("tcp", open[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		far, err := open[0].Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			near.(*net.TCPConn).SetLinger(0)
			near.Close()
			far.Close()
		})
	}
	if n := directKernel(t).numbers["connections.established"]; n < float64(2*pairs) {
		t.Fatalf("%v connections, of which %d are open here", n, 2*pairs)
	}
}

// said is what tacho or the kernel says: numbers and words by name.
type said struct {
	numbers readings
	words   map[string]string
}

func nothing() said { return said{readings{}, map[string]string{}} }

// prove wants each number of tacho to lie between a direct reading before it and
// one after it, to 1 % or one unit, and each word to be that of one of them. What
// rises and falls between the two, or may be of some seconds ago, can miss that:
// it is right once it was seen to be.
func prove(t *testing.T, direct func(*testing.T) said, ask func(began time.Time) (said, error)) {
	t.Helper()
	var unproven map[string]bool
	eventually(t, func() error {
		before, began := direct(t), time.Now()
		var now said
		eventually(t, func() (err error) {
			now, err = ask(began)
			return err
		})
		wrong := now.against(before, direct(t))
		for name := range wrong {
			if unproven != nil && !unproven[name] {
				delete(wrong, name)
			}
		}
		unproven = map[string]bool{}
		for name := range wrong {
			unproven[name] = true
		}
		if len(wrong) > 0 {
			return fmt.Errorf("%d are wrong, as %s", len(wrong), firstOf(wrong))
		}
		return nil
	})
}

func firstOf(wrong map[string]string) string {
	var all []string
	for _, complaint := range wrong {
		all = append(all, complaint)
	}
	slices.Sort(all)
	return strings.Join(all[:min(len(all), 5)], "\n")
}

// against says what is wrong, by name.
func (s said) against(before, after said) map[string]string {
	wrong := map[string]string{}
	for name, start := range before.numbers {
		end, still := after.numbers[name]
		if !still {
			continue
		}
		low, high := min(start, end), max(start, end)
		slack := max(step(name), math.Abs(high)/100)
		if number, ok := s.numbers[name]; !ok {
			wrong[name] = fmt.Sprintf("%s is %v and missing", name, high)
		} else if number < low-slack || number > high+slack {
			wrong[name] = fmt.Sprintf("%s is %v, directly %v to %v", name, number, low, high)
		}
	}
	for name, start := range before.words {
		if end, still := after.words[name]; still && s.words[name] != start && s.words[name] != end {
			wrong[name] = fmt.Sprintf("%s is %q, directly %q", name, s.words[name], start)
		}
	}
	return wrong
}

// step is that in which the kernel counts.
func step(name string) float64 {
	switch {
	case strings.HasSuffix(name, "avg10_percent"), strings.HasSuffix(name, "avg60_percent"), strings.HasSuffix(name, "avg300_percent"):
		return 0.01
	case strings.HasPrefix(name, "pressure."), strings.HasPrefix(name, "clock."):
		return 1e-6
	case strings.HasPrefix(name, "process.") && strings.HasSuffix(name, "seconds_total"):
		return 0.02 // the kernel rounds two parts
	}
	return unit(name)
}

func kernelServed(url string, began time.Time) (said, error) {
	response, err := http.Get(url + "api/v1/snapshot?channels=" + strings.Join(kernelSections, ","))
	if err != nil {
		return said{}, err
	}
	defer response.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil {
		return said{}, err
	}
	var s struct{ Time time.Time }
	if err := json.Unmarshal(raw, &s); err != nil || s.Time.Before(began) {
		return said{}, fmt.Errorf("no tick since %s: %v", began, err)
	}
	return flatten(raw, kernelSections...)
}

// flatten names what sections of a snapshot say: "kernel.limits.tasks".
func flatten(snapshot []byte, sections ...string) (said, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(snapshot, &all); err != nil {
		return said{}, err
	}
	out := nothing()
	for _, name := range sections {
		var s section[any]
		if err := json.Unmarshal(all[name], &s); err != nil {
			return said{}, err
		}
		if s.Status != "ok" {
			return said{}, fmt.Errorf("%s is %s", name, s.Status)
		}
		out.put(name, s.Data)
	}
	return out, nil
}

func (s said) put(name string, value any) {
	switch value := value.(type) {
	case float64:
		s.numbers[name] = value
	case string:
		s.words[name] = value
	case map[string]any:
		for key, member := range value {
			s.put(name+"."+key, member)
		}
	}
}

func directKernel(t *testing.T) said {
	t.Helper()
	out := nothing()
	directCounters(t, out.numbers)
	directLimits(t, out.numbers)
	directStalls(t, out.numbers)
	directSockets(t, out.numbers)
	directConnections(t, out.numbers)
	directClock(t, out)
	return out
}

// pick puts the numbers of a file of "name number" lines.
func pick(t *testing.T, out readings, path string, factor float64, names map[string]string) {
	t.Helper()
	for _, row := range table(t, path) {
		if name, ok := names[strings.TrimSuffix(row[0], ":")]; ok {
			out[name] = factor * number(t, row[1])
		}
	}
}

func directCounters(t *testing.T, out readings) {
	pick(t, out, "/proc/stat", 1, map[string]string{
		"ctxt": "kernel.context_switches_total", "intr": "kernel.interrupts_total",
		"processes": "kernel.forks_total", "softirq": "kernel.softirqs_total",
	})
	pick(t, out, "/proc/vmstat", 1, map[string]string{
		"pgfault": "kernel.paging.faults_total", "pgmajfault": "kernel.paging.major_faults_total",
		"pswpin": "kernel.paging.swap_in_pages_total", "pswpout": "kernel.paging.swap_out_pages_total",
		"oom_kill": "kernel.paging.oom_kills_total", "compact_stall": "kernel.paging.compact_stalls_total",
	})
	pick(t, out, "/proc/vmstat", 1024, map[string]string{
		"pgpgin": "kernel.paging.in_bytes_total", "pgpgout": "kernel.paging.out_bytes_total",
	})
	for i, name := range []string{"processed", "dropped", "squeezed"} {
		sum := 0.0
		for _, row := range table(t, "/proc/net/softnet_stat") {
			n, err := strconv.ParseUint(row[i], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += float64(n)
		}
		out["kernel.softnet."+name+"_total"] = sum
	}
}

func directLimits(t *testing.T, out readings) {
	for file, names := range map[string][]string{
		"sys/fs/file-nr":                  {"open_files", "", "open_files_max"},
		"sys/fs/inode-nr":                 {"inodes", "inodes_free"},
		"sys/kernel/random/entropy_avail": {"entropy_bits"},
		"sys/kernel/random/poolsize":      {"entropy_pool_bits"},
		"sys/kernel/threads-max":          {"threads_max"},
		"sys/kernel/pid_max":              {"pid_max"},
	} {
		row := table(t, "/proc/"+file)[0]
		for i, name := range names {
			if name != "" {
				out["kernel.limits."+name] = number(t, row[i])
			}
		}
	}
	_, tasks, _ := strings.Cut(table(t, "/proc/loadavg")[0][3], "/")
	out["kernel.limits.tasks"] = number(t, tasks)
}

// directStalls takes the resources that this kernel tells of.
func directStalls(t *testing.T, out readings) {
	files, err := filepath.Glob("/proc/pressure/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pressure in /proc: %v", err)
	}
	for _, file := range files {
		for _, row := range table(t, file) {
			prefix := "pressure." + filepath.Base(file) + "." + row[0] + "."
			for _, field := range row[1:] {
				key, text, _ := strings.Cut(field, "=")
				if key == "total" {
					out[prefix+"stalled_seconds_total"] = number(t, text) / 1e6
				} else {
					out[prefix+key+"_percent"] = number(t, text)
				}
			}
		}
	}
}

// pairs reads a file of /proc/net that has a line of names above one of numbers.
func pairs(t *testing.T, path string) readings {
	t.Helper()
	out := readings{}
	rows := table(t, path)
	for i := 0; i+1 < len(rows); i += 2 {
		for k, name := range rows[i][1:] {
			out[strings.TrimSuffix(rows[i][0], ":")+" "+name] = number(t, rows[i+1][k+1])
		}
	}
	return out
}

var socketCounters = map[string]string{
	"Tcp ActiveOpens": "tcp.active_opens_total", "Tcp PassiveOpens": "tcp.passive_opens_total",
	"Tcp AttemptFails": "tcp.failed_opens_total", "Tcp EstabResets": "tcp.established_resets_total",
	"Tcp OutRsts": "tcp.resets_sent_total", "Tcp InSegs": "tcp.in_segments_total", "Tcp InErrs": "tcp.in_errors_total",
	"Tcp OutSegs": "tcp.out_segments_total", "Tcp RetransSegs": "tcp.retransmitted_segments_total", "Tcp CurrEstab": "tcp.established",
	"TcpExt ListenOverflows": "tcp.listen_overflows_total", "TcpExt ListenDrops": "tcp.listen_drops_total",
	"TcpExt TCPSynRetrans": "tcp.syn_retransmits_total", "TcpExt TCPTimeouts": "tcp.timeouts_total",
	"Udp InDatagrams": "udp.in_datagrams_total", "Udp OutDatagrams": "udp.out_datagrams_total",
	"Udp NoPorts": "udp.no_ports_total", "Udp InErrors": "udp.in_errors_total",
	"Udp RcvbufErrors": "udp.receive_buffer_errors_total", "Udp SndbufErrors": "udp.send_buffer_errors_total",
	"IpExt InOctets": "ip.in_bytes_total", "IpExt OutOctets": "ip.out_bytes_total",
	"Icmp InMsgs": "icmp.in_messages_total", "Icmp OutMsgs": "icmp.out_messages_total", "Icmp InDestUnreachs": "icmp.in_unreachable_total",
}

// sixth are the numbers of IP version 6 that are part of the same.
var sixth = map[string]string{
	"Udp6InDatagrams": "udp.in_datagrams_total", "Udp6OutDatagrams": "udp.out_datagrams_total",
	"Udp6NoPorts": "udp.no_ports_total", "Udp6InErrors": "udp.in_errors_total",
	"Udp6RcvbufErrors": "udp.receive_buffer_errors_total", "Udp6SndbufErrors": "udp.send_buffer_errors_total",
	"Ip6InOctets": "ip.in_bytes_total", "Ip6OutOctets": "ip.out_bytes_total",
	"Icmp6InMsgs": "icmp.in_messages_total", "Icmp6OutMsgs": "icmp.out_messages_total", "Icmp6InDestUnreachs": "icmp.in_unreachable_total",
}

func directSockets(t *testing.T, out readings) {
	for _, path := range []string{"/proc/net/snmp", "/proc/net/netstat"} {
		for name, value := range pairs(t, path) {
			if member, ok := socketCounters[name]; ok {
				out["sockets."+member] = value
			}
		}
	}
	if exists("/proc/net/snmp6") {
		for _, row := range table(t, "/proc/net/snmp6") {
			if member, ok := sixth[row[0]]; ok {
				out["sockets."+member] += number(t, row[1])
			}
		}
	}
	directSockstat(t, out)
	if exists("/proc/sys/net/netfilter/nf_conntrack_count") {
		out["sockets.conntrack.used"] = number(t, table(t, "/proc/sys/net/netfilter/nf_conntrack_count")[0][0])
		out["sockets.conntrack.limit"] = number(t, table(t, "/proc/sys/net/netfilter/nf_conntrack_max")[0][0])
	}
}

func directSockstat(t *testing.T, out readings) {
	names := map[string]string{
		"sockets used": "used", "TCP inuse": "tcp.in_use", "TCP6 inuse": "tcp.in_use", "TCP orphan": "tcp.orphans",
		"TCP tw": "tcp.time_wait", "TCP alloc": "tcp.allocated", "UDP inuse": "udp.in_use", "UDP6 inuse": "udp.in_use",
	}
	for _, path := range []string{"/proc/net/sockstat", "/proc/net/sockstat6"} {
		if !exists(path) {
			continue
		}
		for _, row := range table(t, path) {
			for i := 1; i+1 < len(row); i += 2 {
				if name, ok := names[strings.TrimSuffix(row[0], ":")+" "+row[i]]; ok {
					out["sockets."+name] += number(t, row[i+1])
				}
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// connectionStates are the numbers of the kernel for them.
var connectionStates = map[string]string{
	"01": "established", "02": "syn_sent", "03": "syn_recv", "04": "fin_wait1", "05": "fin_wait2", "06": "time_wait",
	"07": "close", "08": "close_wait", "09": "last_ack", "0A": "listen", "0B": "closing", "0C": "new_syn_recv",
}

func directConnections(t *testing.T, out readings) {
	for _, name := range connectionStates {
		out["connections."+name] = 0
	}
	ports := map[string]bool{}
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if !exists(path) {
			continue
		}
		for _, row := range table(t, path)[1:] {
			state := connectionStates[row[3]]
			out["connections."+state]++
			out["connections.all"]++
			if state == "listen" {
				ports[row[1][strings.LastIndex(row[1], ":"):]] = true
			}
		}
	}
	out["connections.listening_ports"] = float64(len(ports))
}

func directClock(t *testing.T, out said) {
	var state unix.Timex
	code, err := unix.Adjtimex(&state)
	if err != nil {
		t.Fatal(err)
	}
	second := 1e-6
	if state.Status&unix.STA_NANO != 0 {
		second = 1e-9
	}
	synchronized := 1.0
	if code == unix.TIME_ERROR {
		synchronized = 0
	}
	for name, value := range map[string]float64{
		"synchronized": synchronized, "offset_seconds": second * float64(state.Offset),
		"max_error_seconds": float64(state.Maxerror) / 1e6, "estimated_error_seconds": float64(state.Esterror) / 1e6,
		"frequency_ppm": float64(state.Freq) / 65536, "tai_offset_seconds": float64(state.Tai),
		"tick_seconds": float64(state.Tick) / 1e6, "status_bits": float64(state.Status),
	} {
		out.numbers["clock."+name] = value
	}
	out.words["clock.clock_source"] = table(t, "/sys/devices/system/clocksource/clocksource0/current_clocksource")[0][0]
}

// wantKernelRates wants what was done in all of some ticks, by the rates of each,
// to be what the counters say of them.
func wantKernelRates(t *testing.T, url string) {
	rates := map[string]string{
		"kernel.context_switches_per_second": "kernel.context_switches_total",
		"kernel.interrupts_per_second":       "kernel.interrupts_total",
		"kernel.paging.faults_per_second":    "kernel.paging.faults_total",
		"kernel.paging.out_bytes_per_second": "kernel.paging.out_bytes_total",
		"sockets.tcp.in_segments_per_second": "sockets.tcp.in_segments_total",
		"sockets.ip.in_bytes_per_second":     "sockets.ip.in_bytes_total",
		"pressure.cpu.some.share_percent":    "pressure.cpu.some.stalled_seconds_total",
		"pressure.io.some.share_percent":     "pressure.io.some.stalled_seconds_total",
	}
	channels := []string{"kernel", "pressure", "sockets"}
	events := take(t, parse(curl(t, url+"api/v1/stream/"+strings.Join(channels, ","))), 8)[2:]
	done, last := readings{}, time.Time{}
	var first, final said
	for i, e := range events {
		s, err := flatten([]byte(e.data), channels...)
		if err != nil {
			t.Fatal(err)
		}
		at := decode[snapshot](t, e.data).Time
		if i == 0 {
			first = s
		}
		for rate := range rates {
			if i > 0 {
				done[rate] += s.numbers[rate] * at.Sub(last).Seconds()
			}
		}
		last, final = at, s
	}
	for rate, counter := range rates {
		want := final.numbers[counter] - first.numbers[counter]
		if strings.HasSuffix(rate, "_percent") {
			want *= 100
		}
		// The time of a tick is that of its beginning, not of each reading in it.
		if got := done[rate]; math.Abs(got-want) > max(want/10, 1) {
			t.Errorf("%s adds up to %v, %s has risen by %v", rate, got, counter, want)
		}
	}
}
