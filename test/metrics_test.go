package test

import (
	"bufio"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// exposition is what a scrape gives: the number of each series, by its name with
// its labels, of which those that are empty are left out, and the type of each
// family.
type exposition struct {
	series readings
	types  map[string]string
}

var (
	seriesLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"`)
)

func parseExposition(t *testing.T, text string) exposition {
	t.Helper()
	e := exposition{readings{}, map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if fields := strings.Fields(line); strings.HasPrefix(line, "#") {
			if fields[1] == "TYPE" {
				e.types[fields[2]] = fields[3]
			}
			continue
		}
		parts := seriesLine.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("no series: %q", line)
		}
		e.series[series(parts[1], parts[3])] = number(t, parts[4])
	}
	return e
}

// otherLabels are what node_exporter tells of a disk from the database of udev,
// which tacho does not read.
var otherLabels = []string{"path", "revision", "serial", "wwn", "uuid", "vg_name", "lv_name", "lv_layer"}

func series(name, labels string) string {
	var kept []string
	for _, pair := range labelPair.FindAllStringSubmatch(labels, -1) {
		if pair[2] != "" && !(strings.HasPrefix(name, "node_disk_") && slices.Contains(otherLabels, pair[1])) {
			kept = append(kept, pair[0])
		}
	}
	if len(kept) == 0 {
		return name
	}
	return name + "{" + strings.Join(kept, ",") + "}"
}

// nameOf is the name of the family that a series is in.
func nameOf(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return name
}

func scrape(t *testing.T, url string) exposition {
	t.Helper()
	response, text := get(t, url)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", url, response.Status, text)
	}
	return parseExposition(t, text)
}

// scrapeAfter waits for a snapshot that began after a moment.
func scrapeAfter(t *testing.T, url string, moment time.Time) (e exposition) {
	t.Helper()
	eventually(t, func() error {
		e = scrape(t, url)
		if taken := e.series["tacho_snapshot_time_seconds"]; taken <= float64(moment.UnixNano())/1e9 {
			return fmt.Errorf("the snapshot of %f is the newest", taken)
		}
		return nil
	})
	return e
}

// nodeExporter runs node_exporter until the test ends, and returns its address.
// It has the defaults of its authors, from which those of Debian differ, and the
// collectors besides that tacho has families of.
func nodeExporter(t *testing.T) string {
	t.Helper()
	address := freeAddress(t)
	command := exec.Command("prometheus-node-exporter", "--web.listen-address="+address, "--log.level=error",
		"--collector.netdev.device-exclude=", "--collector.processes", "--collector.tcpstat",
		`--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)`)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("%v; test/needs.sh installs it", err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	url := "http://" + address + "/metrics"
	eventually(t, func() error {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
		}
		return err
	})
	return url
}

// covered are the families that tacho has, so that whatever node_exporter has of
// them, tacho must have too.
var covered = regexp.MustCompile(`^node_(cpu_.*|load\d+|memory_.*|vmstat_.*|disk_.*|filesystem_.*|network_.*|netstat_.*|sockstat_.*|softnet_.*|` +
	`nf_conntrack_.*|filefd_.*|entropy_.*|uname_.*|os_.*|time_.*|timex_.*|pressure_.*|hwmon_.*|thermal_zone_.*|power_supply_.*|rapl_.*|md_.*|zfs_.*|` +
	`boot_time_.*|context_switches_.*|forks_.*|intr_total|procs_.*|processes_.*|tcp_connection_states|scrape_collector_success)$`)

// exceptions are series of node_exporter within those families that tacho does
// not have, or in which it differs. docs/metrics.md lists them for users.
var exceptions = []struct {
	series *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`^node_nf_conntrack_stat_`), "tacho does not read /proc/net/stat/nf_conntrack"},
	{regexp.MustCompile(`^node_network_receive_nohandler_total`), "it is not in /proc/net/dev"},
	{regexp.MustCompile(`^node_timex_pps_`), "without a signal there is nothing to tell, where node_exporter says 0"},
	{regexp.MustCompile(`^node_processes_threads_state`), "tacho does not read the threads of each process"},
	{regexp.MustCompile(`^node_tcp_connection_states\{state="[rt]x_queued_bytes"\}`), "it is no state"},
	{regexp.MustCompile(`^node_cpu_(scaling_frequency_m|frequency_|core_throttles_|package_throttles_|info|isolated)`), "tacho reads the present frequency alone"},
	{regexp.MustCompile(`^node_(hwmon_.*_(alarm|beep|type|enable|offset|pulses|average|cap|hyst).*|hwmon_pwm.*)`), "tacho reads values and limits alone"},
	{regexp.MustCompile(`^node_thermal_zone_temp|^node_cooling_`), "a zone that hwmon has as well is shown there"},
	{regexp.MustCompile(`^node_power_supply_(info|present|authentic|charge_|current_(max|boot)|voltage_(max|min|boot|ocv)|time_to|calibrate|input).*`), "tacho tells charge as energy"},
	{regexp.MustCompile(`^node_zfs_(abd|arc|dbuf|dmu_tx|dnode|fm|vdev|xuio|zfetch|zil|zpool_dataset)`), "tacho keeps few of the counters"},
	{regexp.MustCompile(`^node_disk_.*device="zram\d+"`), "it is a RAM disk; earlier versions of node_exporter have it"},
	{regexp.MustCompile(`^node_filesystem_.*fstype="erofs"`), "it is an image, and full; earlier versions of node_exporter have it"},
	{regexp.MustCompile(`^node_filesystem_.*fstype="(tmpfs|ramfs|fuse[^"]*)"`), "it holds no data on a disk"},
	{regexp.MustCompile(`^node_scrape_collector_success\{collector="(arp|bcache|bonding|btrfs|dmi|edac|fibrechannel|infiniband|ipvs|nfs|nfsd|nvme|` +
		`processes|tcpstat|schedstat|selinux|systemd|tapestats|textfile|udp_queues|xfs)"\}`), "tacho has nothing of it"},
	{regexp.MustCompile(`^node_scrape_collector_success\{collector="(hwmon|powersupplyclass|rapl|thermal_zone|cpufreq)"\}`), "node_exporter has success where it read nothing"},
}

// excepted says why tacho need not have a series, "" when it must.
func excepted(name string, value float64, node, tacho exposition) string {
	for _, e := range exceptions {
		if e.series.MatchString(name) {
			return e.reason
		}
	}
	label := func(of string) string {
		for _, pair := range labelPair.FindAllStringSubmatch(name, -1) {
			if pair[1] == of {
				return pair[2]
			}
		}
		return ""
	}
	switch device := label("device"); {
	case nameOf(name) == "node_network_speed_bytes" && value < 0:
		return "the driver knows no speed"
	case strings.HasPrefix(name, "node_filesystem_") && value == 0 && !strings.Contains(name, "error") && !strings.Contains(name, "readonly"):
		return "the file system has no such number"
	case strings.HasPrefix(name, "node_filesystem_") && otherMountpoint(tacho, device, label("mountpoint")):
		return "the file system is shown where it was mounted first"
	case strings.HasPrefix(name, "node_disk_") && !hasSeries(tacho, `node_disk_reads_completed_total{device="`+device+`"}`) &&
		node.series[`node_disk_reads_completed_total{device="`+device+`"}`]+node.series[`node_disk_writes_completed_total{device="`+device+`"}`] == 0:
		return "there is nothing behind the device"
	}
	return ""
}

func hasSeries(e exposition, name string) bool {
	_, has := e.series[name]
	return has
}

func otherMountpoint(e exposition, device, mountpoint string) bool {
	elsewhere := false
	for name := range e.series {
		if strings.HasPrefix(name, `node_filesystem_size_bytes{device="`+device+`"`) {
			if strings.Contains(name, `mountpoint="`+mountpoint+`"`) {
				return false
			}
			elsewhere = true
		}
	}
	return elsewhere
}

// slack is by how much numbers may differ that are not read in the same moment:
// 1 %, or one of what is counted.
func slack(name string, value float64) float64 {
	percent := math.Abs(value) / 100
	switch {
	case value == math.Trunc(value):
		return max(1, percent)
	case strings.HasSuffix(name, "seconds_total"):
		return max(0.03, percent)
	}
	return percent
}

// TestMetricsBesideNodeExporter wants of tacho what node_exporter says of this
// machine: each series with the same type, and its number between those of the
// scrapes of tacho before and after.
func TestMetricsBesideNodeExporter(t *testing.T) {
	t.Parallel()
	beside, own := nodeExporter(t), start(t).URL+"metrics"
	agreed := map[string]bool{}
	eventually(t, func() error {
		before := scrape(t, own)
		node := scrape(t, beside)
		after := scrapeAfter(t, own, time.Now())
		var faults []string
		for name, want := range node.series {
			if !covered.MatchString(nameOf(name)) || agreed[name] || excepted(name, want, node, after) != "" {
				continue
			}
			if fault := disagree(name, want, node, before, after); fault != "" {
				faults = append(faults, fault)
				continue
			}
			agreed[name] = true
		}
		if slices.Sort(faults); len(faults) > 0 {
			return fmt.Errorf("%d of %d differ:\n%s", len(faults), len(faults)+len(agreed), strings.Join(faults, "\n"))
		}
		return nil
	})
	if len(agreed) < 200 {
		t.Errorf("only %d series were compared", len(agreed))
	}
}

// disagree says how tacho differs from what node_exporter has of one series.
func disagree(name string, want float64, node, before, after exposition) string {
	family := nameOf(name)
	low, has := after.series[name]
	high := low
	if !has {
		return name + " is not there"
	}
	if first, has := before.series[name]; has {
		low, high = min(low, first), max(high, first)
	}
	if got, want := after.types[family], node.types[family]; got != want {
		return fmt.Sprintf("%s is a %s, to node_exporter a %s", family, got, want)
	}
	if margin := slack(family, want); want < low-margin || want > high+margin {
		return fmt.Sprintf("%s is %v to %v, to node_exporter %v", name, low, high, want)
	}
	return ""
}

// TestMetricsAreTrue wants the numbers to lie between what the kernel says before
// the snapshot and after it.
func TestMetricsAreTrue(t *testing.T) {
	t.Parallel()
	own := start(t).URL + "metrics"
	agreed := map[string]bool{}
	eventually(t, func() error {
		before := directMetrics(t)
		tacho := scrapeAfter(t, own, time.Now())
		after := directMetrics(t)
		var faults []string
		for name, first := range before {
			last, still := after[name]
			got, has := tacho.series[name]
			// A tick is read within some milliseconds of the time that it bears.
			margin := 0.02 + math.Abs(first)*1e-9
			switch {
			case agreed[name] || !still:
			case !has:
				faults = append(faults, name+" is not there")
			case got < min(first, last)-margin || got > max(first, last)+margin:
				faults = append(faults, fmt.Sprintf("%s is %v, to the kernel %v to %v", name, got, first, last))
			default:
				agreed[name] = true
			}
		}
		if slices.Sort(faults); len(faults) > 0 {
			return fmt.Errorf("%d of %d differ:\n%s", len(faults), len(before), strings.Join(faults, "\n"))
		}
		return nil
	})
	for _, prefix := range []string{"node_cpu_", "node_load", "node_memory_", "node_vmstat_", "node_disk_", "node_network_", "node_netstat_", "node_sockstat_",
		"node_softnet_", "node_filefd_", "node_entropy_", "node_uname_", "node_os_", "node_processes_", "node_intr", "node_filesystem_"} {
		if !slices.ContainsFunc(keys(agreed), func(name string) bool { return strings.HasPrefix(name, prefix) }) {
			t.Errorf("nothing of %s was compared", prefix)
		}
	}
}

func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for key := range m {
		all = append(all, key)
	}
	return all
}

// directMetrics reads the kernel's own numbers, by the names of series.
func directMetrics(t *testing.T) readings {
	t.Helper()
	out := readings{}
	for _, part := range []func(*testing.T, readings){directStat, directLines, directDiskMetrics, directNetMetrics, directSocketMetrics,
		directFilesystemMetrics, directIdentity, directPressure, directKernelLimits} {
		part(t, out)
	}
	return out
}

func directStat(t *testing.T, out readings) {
	modes := []string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}
	totals := map[string]string{"ctxt": "node_context_switches_total", "intr": "node_intr_total", "processes": "node_forks_total",
		"procs_blocked": "node_procs_blocked", "btime": "node_boot_time_seconds"}
	for _, row := range table(t, "/proc/stat") {
		if name := totals[row[0]]; name != "" {
			out[name] = number(t, row[1])
		}
		if core, of := strings.CutPrefix(row[0], "cpu"); of && core != "" {
			for i, mode := range modes[:min(len(modes), len(row)-1)] {
				out[fmt.Sprintf(`node_cpu_seconds_total{cpu=%q,mode=%q}`, core, mode)] = number(t, row[i+1]) / 100
			}
		}
	}
	load := table(t, "/proc/loadavg")[0]
	out["node_load1"], out["node_load5"], out["node_load15"] = number(t, load[0]), number(t, load[1]), number(t, load[2])
}

var unsafeInName = regexp.MustCompile(`[^a-zA-Z0-9_]+`)

func directLines(t *testing.T, out readings) {
	for _, row := range table(t, "/proc/meminfo") {
		name := "node_memory_" + strings.TrimSuffix(unsafeInName.ReplaceAllString(strings.TrimSuffix(row[0], ":"), "_"), "_")
		if len(row) == 3 {
			out[name+"_bytes"] = 1024 * number(t, row[1])
		} else {
			out[name] = number(t, row[1])
		}
	}
	for _, row := range table(t, "/proc/vmstat") {
		if slices.Contains([]string{"pgpgin", "pgpgout", "pswpin", "pswpout", "pgfault", "pgmajfault", "oom_kill"}, row[0]) {
			out["node_vmstat_"+row[0]] = number(t, row[1])
		}
	}
}

var partOrLoop = regexp.MustCompile(`^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`)

func directDiskMetrics(t *testing.T, out readings) {
	columns := []struct {
		name string
		unit float64
	}{3: {"reads_completed_total", 1}, {"reads_merged_total", 1}, {"read_bytes_total", 512}, {"read_time_seconds_total", 1e-3},
		{"writes_completed_total", 1}, {"writes_merged_total", 1}, {"written_bytes_total", 512}, {"write_time_seconds_total", 1e-3},
		{"io_now", 1}, {"io_time_seconds_total", 1e-3}, {"io_time_weighted_seconds_total", 1e-3},
		{"discards_completed_total", 1}, {"discards_merged_total", 1}, {"discarded_sectors_total", 1}, {"discard_time_seconds_total", 1e-3},
		{"flush_requests_total", 1}, {"flush_requests_time_seconds_total", 1e-3}}
	for _, row := range table(t, "/proc/diskstats") {
		if partOrLoop.MatchString(row[2]) || number(t, row[3])+number(t, row[7]) == 0 {
			continue
		}
		for i, column := range columns {
			if column.name != "" && i < len(row) {
				out[fmt.Sprintf("node_disk_%s{device=%q}", column.name, row[2])] = number(t, row[i]) * column.unit
			}
		}
	}
}

func directNetMetrics(t *testing.T, out readings) {
	columns := strings.Fields("receive_bytes receive_packets receive_errs receive_drop receive_fifo receive_frame receive_compressed receive_multicast " +
		"transmit_bytes transmit_packets transmit_errs transmit_drop transmit_fifo transmit_colls transmit_carrier transmit_compressed")
	files := map[string]string{"mtu": "mtu_bytes", "ifindex": "iface_id", "iflink": "iface_link", "carrier_changes": "carrier_changes_total",
		"tx_queue_len": "transmit_queue_length", "type": "protocol_type", "netdev_group": "net_dev_group"}
	for _, row := range table(t, "/proc/net/dev")[2:] {
		device := strings.TrimSuffix(row[0], ":")
		put := func(name string, value float64) { out[fmt.Sprintf("node_network_%s{device=%q}", name, device)] = value }
		for i, column := range columns {
			put(column+"_total", number(t, row[i+1]))
		}
		for file, name := range files {
			if text, err := os.ReadFile(filepath.Join("/sys/class/net", device, file)); err == nil {
				put(name, number(t, strings.TrimSpace(string(text))))
			}
		}
	}
}

// directSocketMetrics takes the counters of all protocols that node_exporter keeps.
func directSocketMetrics(t *testing.T, out readings) {
	kept := regexp.MustCompile(`^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip6?(Ext)?_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|` +
		`TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|` +
		`Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$`)
	for _, path := range []string{"/proc/net/snmp", "/proc/net/netstat"} {
		rows := table(t, path)
		for i := 0; i+1 < len(rows); i += 2 {
			for k := 1; k < len(rows[i]); k++ {
				if name := strings.TrimSuffix(rows[i][0], ":") + "_" + rows[i][k]; kept.MatchString(name) {
					out["node_netstat_"+name] = number(t, rows[i+1][k])
				}
			}
		}
	}
	for _, path := range []string{"/proc/net/sockstat", "/proc/net/sockstat6"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		for _, row := range table(t, path) {
			for k := 1; k+1 < len(row); k += 2 {
				out["node_sockstat_"+strings.TrimSuffix(row[0], ":")+"_"+row[k]] = number(t, row[k+1])
			}
		}
	}
	columns := []string{"node_softnet_processed_total", "node_softnet_dropped_total", "node_softnet_times_squeezed_total"}
	for core, row := range table(t, "/proc/net/softnet_stat") {
		for i, name := range columns {
			count, err := strconv.ParseUint(row[i], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			out[fmt.Sprintf(`%s{cpu="%d"}`, name, core)] = float64(count)
		}
	}
}

func directFilesystemMetrics(t *testing.T, out readings) {
	seen := map[string]bool{}
	for _, row := range table(t, "/proc/self/mounts") {
		var fs unix.Statfs_t
		if !strings.HasPrefix(row[0], "/dev/") || strings.Contains(row[1], `\`) || seen[row[0]] || unix.Statfs(row[1], &fs) != nil {
			continue
		}
		seen[row[0]] = true
		put := func(name string, value uint64) {
			out[fmt.Sprintf("node_filesystem_%s{device=%q,fstype=%q,mountpoint=%q}", name, row[0], row[2], row[1])] = float64(value)
		}
		unit := uint64(fs.Frsize)
		put("size_bytes", fs.Blocks*unit)
		put("free_bytes", fs.Bfree*unit)
		put("avail_bytes", fs.Bavail*unit)
		put("device_error", 0)
		if fs.Files > 0 {
			put("files", fs.Files)
			put("files_free", fs.Ffree)
		}
	}
}

func directIdentity(t *testing.T, out readings) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	text := unix.ByteSliceToString
	out[series("node_uname_info", fmt.Sprintf("domainname=%q,machine=%q,nodename=%q,release=%q,sysname=%q,version=%q", text(name.Domainname[:]),
		text(name.Machine[:]), text(name.Nodename[:]), text(name.Release[:]), text(name.Sysname[:]), text(name.Version[:])))] = 1
	release, err := os.Open("/etc/os-release")
	if err != nil {
		t.Fatal(err)
	}
	defer release.Close()
	values := map[string]string{}
	for lines := bufio.NewScanner(release); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		values[key] = strings.Trim(value, `"`)
	}
	var labels []string
	for _, key := range []string{"BUILD_ID", "ID", "ID_LIKE", "IMAGE_ID", "IMAGE_VERSION", "NAME", "PRETTY_NAME", "VARIANT", "VARIANT_ID",
		"VERSION", "VERSION_CODENAME", "VERSION_ID"} {
		labels = append(labels, fmt.Sprintf("%s=%q", strings.ToLower(key), values[key]))
	}
	out[series("node_os_info", strings.Join(labels, ","))] = 1
}

func directPressure(t *testing.T, out readings) {
	for resource, kinds := range map[string]map[string]string{
		"cpu":    {"some": "waiting"},
		"memory": {"some": "waiting", "full": "stalled"},
		"io":     {"some": "waiting", "full": "stalled"},
	} {
		if _, err := os.ReadFile("/proc/pressure/" + resource); err != nil {
			continue // a kernel that has it switched off
		}
		for _, row := range table(t, "/proc/pressure/"+resource) {
			if kind := kinds[row[0]]; kind != "" {
				microseconds := number(t, strings.TrimPrefix(row[len(row)-1], "total="))
				out["node_pressure_"+resource+"_"+kind+"_seconds_total"] = microseconds / 1e6
			}
		}
	}
}

func directKernelLimits(t *testing.T, out readings) {
	first := func(name, path string, column int) {
		if _, err := os.Stat(path); err == nil {
			out[name] = number(t, table(t, path)[0][column])
		}
	}
	first("node_filefd_allocated", "/proc/sys/fs/file-nr", 0)
	first("node_filefd_maximum", "/proc/sys/fs/file-nr", 2)
	first("node_entropy_available_bits", "/proc/sys/kernel/random/entropy_avail", 0)
	first("node_entropy_pool_size_bits", "/proc/sys/kernel/random/poolsize", 0)
	first("node_processes_max_threads", "/proc/sys/kernel/threads-max", 0)
	first("node_processes_max_processes", "/proc/sys/kernel/pid_max", 0)
	first("node_nf_conntrack_entries", "/proc/sys/net/netfilter/nf_conntrack_count", 0)
	first("node_nf_conntrack_entries_limit", "/proc/sys/net/netfilter/nf_conntrack_max", 0)
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	out["node_processes_pids"] = float64(len(processes))
}

// TestMetricsOfWellKnownDashboard wants what the panels of the dashboard Node
// Exporter Full ask for on processors, memory, disks, network and pressure, by
// name and by the labels that they choose and group by.
func TestMetricsOfWellKnownDashboard(t *testing.T) {
	t.Parallel()
	tacho := scrape(t, start(t).URL+"metrics")
	for _, c := range []struct{ names, labels string }{
		{"cpu_seconds_total", "cpu mode"},
		{"cpu_guest_seconds_total", "cpu mode"},
		{"load1 load5 load15 procs_running procs_blocked context_switches_total intr_total forks_total boot_time_seconds time_seconds", ""},
		{"memory_MemTotal_bytes memory_MemFree_bytes memory_MemAvailable_bytes memory_Buffers_bytes memory_Cached_bytes memory_SReclaimable_bytes " +
			"memory_SwapTotal_bytes memory_SwapFree_bytes memory_SwapCached_bytes memory_Slab_bytes memory_SUnreclaim_bytes memory_PageTables_bytes " +
			"memory_Active_bytes memory_Inactive_bytes memory_Active_anon_bytes memory_Active_file_bytes memory_Inactive_anon_bytes memory_Inactive_file_bytes " +
			"memory_Committed_AS_bytes memory_CommitLimit_bytes memory_Mapped_bytes memory_Shmem_bytes memory_AnonPages_bytes memory_Dirty_bytes " +
			"memory_Writeback_bytes memory_WritebackTmp_bytes memory_KernelStack_bytes memory_Percpu_bytes memory_VmallocTotal_bytes memory_VmallocUsed_bytes " +
			"memory_Bounce_bytes memory_Unevictable_bytes memory_Mlocked_bytes memory_NFS_Unstable_bytes", ""},
		{"vmstat_pgpgin vmstat_pgpgout vmstat_pswpin vmstat_pswpout vmstat_pgfault vmstat_pgmajfault vmstat_oom_kill", ""},
		{"disk_reads_completed_total disk_writes_completed_total disk_read_bytes_total disk_written_bytes_total disk_reads_merged_total disk_writes_merged_total " +
			"disk_read_time_seconds_total disk_write_time_seconds_total disk_io_time_seconds_total disk_io_time_weighted_seconds_total disk_io_now " +
			"disk_discards_completed_total disk_discards_merged_total", "device"},
		{"filesystem_size_bytes filesystem_free_bytes filesystem_avail_bytes filesystem_files filesystem_files_free filesystem_readonly filesystem_device_error",
			"device fstype mountpoint"},
		{"filefd_allocated filefd_maximum entropy_available_bits", ""},
		{"network_receive_bytes_total network_transmit_bytes_total network_receive_packets_total network_transmit_packets_total network_receive_errs_total " +
			"network_transmit_errs_total network_receive_drop_total network_transmit_drop_total network_receive_compressed_total network_transmit_compressed_total " +
			"network_receive_multicast_total network_receive_fifo_total network_transmit_fifo_total network_receive_frame_total network_transmit_carrier_total " +
			"network_transmit_colls_total network_mtu_bytes network_up network_transmit_queue_length", "device"},
		{"sockstat_TCP_alloc sockstat_TCP_inuse sockstat_TCP_mem sockstat_TCP_mem_bytes sockstat_TCP_orphan sockstat_TCP_tw sockstat_UDP_inuse sockstat_UDP_mem " +
			"sockstat_sockets_used sockstat_FRAG_inuse sockstat_RAW_inuse", ""},
		{"netstat_IpExt_InOctets netstat_IpExt_OutOctets netstat_Icmp_InMsgs netstat_Icmp_OutMsgs netstat_Icmp_InErrors netstat_Udp_InDatagrams netstat_Udp_OutDatagrams " +
			"netstat_Udp_InErrors netstat_Udp_NoPorts netstat_Tcp_InSegs netstat_Tcp_OutSegs netstat_Tcp_RetransSegs netstat_Tcp_CurrEstab netstat_Tcp_ActiveOpens " +
			"netstat_Tcp_PassiveOpens netstat_Tcp_InErrs netstat_Tcp_OutRsts netstat_TcpExt_ListenOverflows netstat_TcpExt_ListenDrops netstat_TcpExt_TCPSynRetrans", ""},
		{"softnet_processed_total softnet_dropped_total softnet_times_squeezed_total", "cpu"},
		{"uname_info", "nodename release machine sysname version"},
		{"timex_sync_status timex_estimated_error_seconds timex_maxerror_seconds timex_offset_seconds timex_frequency_adjustment_ratio timex_tick_seconds", ""},
		{"scrape_collector_success", "collector"},
	} {
		for name := range strings.FieldsSeq(c.names) {
			wantSeries(t, tacho, "node_"+name, strings.Fields(c.labels))
		}
	}
	if _, err := os.ReadFile("/proc/pressure/cpu"); err == nil {
		for _, name := range []string{"cpu_waiting", "memory_waiting", "memory_stalled", "io_waiting", "io_stalled"} {
			wantSeries(t, tacho, "node_pressure_"+name+"_seconds_total", nil)
		}
	}
}

func wantSeries(t *testing.T, e exposition, name string, labels []string) {
	t.Helper()
	for series := range e.series {
		if nameOf(series) != name {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(series, label+"=") {
				t.Errorf("%s has no label %s", series, label)
			}
		}
		return
	}
	t.Errorf("%s is not there", name)
}

// TestMetricsFormats asks as Prometheus does.
func TestMetricsFormats(t *testing.T) {
	t.Parallel()
	url := start(t).URL + "metrics"
	for accept, want := range map[string]struct{ kind, end string }{
		"": {"text/plain; version=0.0.4", "\n"},
		"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2": {
			"application/openmetrics-text; version=1.0.0", "\n# EOF\n"},
	} {
		response, text := get(t, url, func(r *http.Request) { r.Header.Set("Accept", accept) })
		if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, want.kind) || !strings.HasSuffix(text, want.end) {
			t.Errorf("%q gets %s that ends in %q", accept, kind, text[max(0, len(text)-20):])
		}
	}
}
