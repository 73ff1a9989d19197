package doctor

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/collector"
)

// machine makes files below a root, and an environment that reads there as the
// machine's own.
func machine(t *testing.T, files map[string]string) Environment {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Environment{UID: 1000, Kernel: "6.1.0", Executable: "/usr/bin/tacho", Proc: filepath.Join(root, "proc"), Sys: filepath.Join(root, "sys"), Host: root}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// texts is all that a finding says.
func texts(f Finding) string {
	var b strings.Builder
	b.WriteString(string(f.Status) + "\n" + f.Why + "\n")
	for _, m := range f.Mends {
		b.WriteString(m.Kind + ": " + m.Text + "\n" + strings.Join(m.Lines, "\n") + "\n" + m.Price + "\n")
	}
	return b.String()
}

// TestCauses: why nothing was read, and what is said to do about it.
func TestCauses(t *testing.T) {
	const psi = "CONFIG_PSI=y\n# CONFIG_PSI_DEFAULT_DISABLED is not set\n"
	const off = "CONFIG_PSI=y\nCONFIG_PSI_DEFAULT_DISABLED=y\n"
	hierarchy := func(name string) func(*collector.Snapshot) {
		return func(s *collector.Snapshot) {
			s.Cgroups.Value = collector.Cgroups{Hierarchy: name, Cgroups: []*collector.Cgroup{{Path: "/", Kind: "root"}}}
		}
	}
	for _, c := range []struct {
		name     string
		files    map[string]string
		with     func(*Environment)
		snapshot func(*collector.Snapshot)
		judge    func(*examination) Finding
		want     Status
		says     []string
		silent   []string
	}{
		{name: "PSI off by default", files: map[string]string{"boot/config-6.1.0": off, "usr/sbin/update-grub": ""}, judge: noPressure, want: Missing,
			says: []string{"CONFIG_PSI_DEFAULT_DISABLED", `sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&psi=1 /' /etc/default/grub`, "sudo update-grub"}},
		{name: "PSI off by default, of a packed configuration, with grubby", files: map[string]string{"proc/config.gz": gzipped(t, off), "usr/sbin/grubby": "", "usr/sbin/update-grub": ""},
			judge: noPressure, want: Missing, says: []string{"sudo grubby --update-kernel=ALL --args='psi=1'"}, silent: []string{"update-grub"}},
		{name: "a Raspberry Pi", files: map[string]string{"lib/modules/6.1.0/config": off, "boot/firmware/cmdline.txt": ""}, judge: noPressure, want: Missing,
			says: []string{"sudo sed -i '1s/$/ psi=1/' /boot/firmware/cmdline.txt"}},
		{name: "an unknown boot loader", files: map[string]string{"boot/config-6.1.0": off}, judge: noPressure, want: Missing, says: []string{"note: add psi=1 to the command line of the kernel"}},
		{name: "PSI not built", files: map[string]string{"boot/config-6.1.0": "CONFIG_A=y\n# CONFIG_PSI is not set\n"}, judge: noPressure, want: Missing, says: []string{"CONFIG_PSI=y"}, silent: []string{"psi=1"}},
		{name: "PSI switched off", files: map[string]string{"boot/config-6.1.0": psi, "proc/cmdline": "quiet psi=0\n"}, judge: noPressure, want: Missing, says: []string{"take psi=0 from the command line"}},
		{name: "PSI hidden by a container", files: map[string]string{"boot/config-6.1.0": psi}, with: func(e *Environment) { e.Machine = "LXC container" }, judge: noPressure, want: Missing,
			says: []string{"option: ", "HOST_PROC=/host/proc"}},
		{name: "PSI, nothing known", judge: noPressure, want: Missing, says: []string{"psi=1"}},
		{name: "PSI of an old kernel", with: func(e *Environment) { e.Kernel = "4.19.0-20-amd64" }, judge: noPressure, want: Absent, says: []string{"4.20"}},
		{name: "PSI off, seen from a container", files: map[string]string{"boot/config-6.1.0": off}, with: func(e *Environment) { e.Machine = "Docker container" }, judge: noPressure, want: Missing,
			says: []string{"note: on the machine that runs the container, add psi=1"}, silent: []string{"sudo"}},

		{name: "no sensors of a guest", with: func(e *Environment) { e.Machine = "KVM guest" }, judge: noSensors, want: Absent, says: []string{"KVM guest"}},
		{name: "no sensors of AMD", files: map[string]string{"proc/cpuinfo": "vendor_id\t: AuthenticAMD\n"}, judge: noSensors, want: Missing, says: []string{"sudo modprobe k10temp", "drivetemp", "sensors-detect"}, silent: []string{"coretemp"}},
		{name: "no sensors of Intel", files: map[string]string{"proc/cpuinfo": "vendor_id\t: GenuineIntel\n"}, judge: noSensors, want: Missing, says: []string{"sudo modprobe coretemp"}, silent: []string{"k10temp"}},
		{name: "no meter of a guest", files: map[string]string{"proc/cpuinfo": "vendor_id : GenuineIntel\nflags : avx\n"}, with: func(e *Environment) { e.Machine = "KVM guest" }, judge: noEnergy, want: Absent},
		{name: "no meter of Intel", files: map[string]string{"proc/cpuinfo": "vendor_id : GenuineIntel\nflags : sse avx\n"}, judge: noEnergy, want: Missing, says: []string{"sudo modprobe intel_rapl_msr"}},
		{name: "no meter of an old one", files: map[string]string{"proc/cpuinfo": "vendor_id : GenuineIntel\nflags : sse\n"}, judge: noEnergy, want: Absent},
		{name: "no meter of ARM", files: map[string]string{"proc/cpuinfo": "Features : fp asimd\n"}, judge: noEnergy, want: Absent},

		{name: "no conntrack", judge: noConntrack, want: Absent, says: []string{"sudo modprobe nf_conntrack"}},
		{name: "no ZFS", judge: noZFS, want: Absent},
		{name: "ZFS without its module", files: map[string]string{"etc/zfs/zpool.cache": ""}, judge: noZFS, want: Missing, says: []string{"sudo modprobe zfs"}},
		{name: "no GPU", files: map[string]string{"sys/bus/pci/devices/0000:00:01.0/class": "0x020000\n", "sys/bus/pci/devices/0000:00:01.0/vendor": "0x8086\n"}, judge: noGPU, want: Absent},
		{name: "a GPU without its driver", files: map[string]string{"sys/bus/pci/devices/0000:01:00.0/class": "0x030000\n", "sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n"}, judge: noGPU, want: Missing,
			says: []string{"NVIDIA (0000:01:00.0)", "sudo modprobe nvidia"}},

		{name: "no memory controller", files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpuset cpu io pids\n", "usr/sbin/update-grub": ""}, snapshot: hierarchy("v2"),
			judge: noController("memory", "DefaultMemoryAccounting"), want: Missing, says: []string{"&cgroup_enable=memory "}},
		{name: "io not accounted", files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n"}, snapshot: hierarchy("v2"), judge: noController("io", "DefaultIOAccounting"), want: Missing,
			says: []string{"DefaultIOAccounting=yes", "/etc/systemd/system.conf.d/io-accounting.conf"}},
		{name: "io in another hierarchy", files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpu\n", "run/systemd/system/x": ""}, snapshot: hierarchy("v2"), judge: noController("io", "DefaultIOAccounting"), want: Missing,
			says: []string{"systemd.unified_cgroup_hierarchy=1"}},
		{name: "io of version 1 without groups", files: map[string]string{"sys/fs/cgroup/blkio/tasks": ""}, snapshot: hierarchy("v1"), judge: noController("io", "DefaultIOAccounting"), want: Absent},
		{name: "memory of version 1 not mounted", snapshot: hierarchy("v1"), judge: noController("memory", "DefaultMemoryAccounting"), want: Missing, says: []string{"version 1"}},
		{name: "no groups", judge: noController("io", "DefaultIOAccounting"), want: Absent},
		{name: "pressure of version 1", files: map[string]string{"run/systemd/system/x": ""}, snapshot: func(s *collector.Snapshot) {
			hierarchy("v1")(s)
			s.Pressure.At = s.Time.AddDate(0, 0, 1)
		}, judge: noGroupPressure, want: Missing, says: []string{"systemd.unified_cgroup_hierarchy=1"}},
		{name: "pressure of groups without PSI", snapshot: hierarchy("v2"), judge: noGroupPressure, want: Missing, says: []string{"psi=1"}},
		{name: "control groups hidden from a container", with: func(e *Environment) { e.Machine = "Docker container" }, judge: noCgroups, want: Missing, says: []string{"/sys/fs/cgroup:/sys/fs/cgroup:ro"}},
		{name: "control groups not mounted", judge: noCgroups, want: Missing, says: []string{"sudo mount -t cgroup2"}},
		{name: "interfaces of elsewhere", snapshot: func(s *collector.Snapshot) { s.Network.Value = make([]collector.Interface, 1) }, judge: noInterfaces, want: Missing, says: []string{"--network=host"}},
		{name: "no interface", judge: noInterfaces, want: Absent},
	} {
		x := newExamination(new(collector.Snapshot), machine(t, c.files))
		if c.with != nil {
			c.with(&x.Environment)
			x.Container = strings.Contains(x.Machine, "container")
		}
		if c.snapshot != nil {
			c.snapshot(x.snapshot)
		}
		f := c.judge(x)
		if f.Status != c.want || f.Why == "" {
			t.Errorf("%s: %+v, want it %s", c.name, f, c.want)
		}
		if f.Status.isFault() && len(f.Mends) == 0 {
			t.Errorf("%s: no mend", c.name)
		}
		said := texts(f)
		for _, want := range c.says {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %q:\n%s", c.name, want, said)
			}
		}
		for _, not := range c.silent {
			if strings.Contains(said, not) {
				t.Errorf("%s: says %q:\n%s", c.name, not, said)
			}
		}
	}
}

// TestMendsFitTheEnvironment: what opens /proc/PID/io to whom.
func TestMendsFitTheEnvironment(t *testing.T) {
	both := []string{readAny, trace}
	for _, c := range []struct {
		name   string
		e      Environment
		lines  []string
		silent string
	}{
		{"a user", Environment{UID: 1000, Executable: "/usr/local/bin/ta cho"},
			[]string{"sudo setcap cap_dac_read_search,cap_sys_ptrace+ep '/usr/local/bin/ta cho'", "sudo '/usr/local/bin/ta cho'"}, "systemctl"},
		{"a user with one of them", Environment{UID: 1000, Executable: "/usr/bin/tacho", Capabilities: []string{trace}},
			[]string{"sudo setcap cap_dac_read_search,cap_sys_ptrace+ep /usr/bin/tacho"}, "systemctl"},
		{"a user who may gain nothing", Environment{UID: 1000, Executable: "/usr/bin/tacho", NoNewPrivs: true}, []string{"sudo /usr/bin/tacho"}, "setcap"},
		{"the service", Environment{UID: 61190, Service: "tacho.service", NoNewPrivs: true},
			[]string{"[Service]", "CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE", "AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE"}, "setcap"},
		{"the service with one of them", Environment{UID: 61190, Service: "tacho.service", Capabilities: []string{trace}},
			[]string{"CapabilityBoundingSet=CAP_DAC_READ_SEARCH", "AmbientCapabilities=CAP_DAC_READ_SEARCH"}, "CAP_SYS_PTRACE"},
		{"a container", Environment{UID: 0, Machine: "Docker container", Container: true}, []string{"--cap-add=DAC_READ_SEARCH", "--cap-add=SYS_PTRACE"}, "sudo"},
		{"root with all", Environment{Capabilities: []string{"all"}}, []string{"sudo journalctl --dmesg --grep='avc|apparmor'"}, "setcap"},
	} {
		c.e.Proc = "/proc"
		x := newExamination(new(collector.Snapshot), c.e)
		findings := []Finding{{Status: Denied, Mends: x.byCapability(both...), needs: both}, {Status: OK}}
		addFileCapabilities(findings, c.e)
		var lines []string
		for _, m := range findings[0].Mends {
			lines = append(lines, m.Lines...)
		}
		for _, want := range c.lines {
			if !slices.Contains(lines, want) {
				t.Errorf("%s: no line %q in %q", c.name, want, lines)
			}
		}
		if said := texts(findings[0]); strings.Contains(said, c.silent) {
			t.Errorf("%s: says %q:\n%s", c.name, c.silent, said)
		}
		if len(findings[1].Mends) > 0 {
			t.Errorf("%s: mends for what is well: %+v", c.name, findings[1])
		}
	}
}

// TestOneCommandGivesAllCapabilities: setcap replaces what a file had, so two
// commands would undo each other.
func TestOneCommandGivesAllCapabilities(t *testing.T) {
	e := Environment{UID: 1000, Executable: "/usr/bin/tacho", Proc: "/proc", Capabilities: []string{"CAP_NET_BIND_SERVICE"}}
	findings := []Finding{{needs: []string{trace}}, {needs: []string{readAny}}}
	addFileCapabilities(findings, e)
	for _, f := range findings {
		if got := f.Mends[0].Lines[0]; got != "sudo setcap cap_dac_read_search,cap_net_bind_service,cap_sys_ptrace+ep /usr/bin/tacho" {
			t.Error(got)
		}
	}
}

func TestOpenEnergy(t *testing.T) {
	s := new(collector.Snapshot)
	s.Sensors.Value.EnergyMeters = []collector.EnergyMeter{
		{Meter: "intel-rapl:0", Device: "virtual/powercap/intel-rapl/intel-rapl:0", Status: collector.Denied},
		{Meter: "energy1", Device: "platform/x", Status: collector.OK},
		{Meter: "intel-rapl:0:1", Device: "virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:1", Status: collector.Denied},
	}
	x := newExamination(s, Environment{UID: 1000, Proc: "/proc"})
	said := texts(Finding{Mends: openEnergy(x)})
	for _, want := range []string{
		"printf '%s\\n' 'z /sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/energy_uj 0444' 'z /sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:1/energy_uj 0444' | sudo tee /etc/tmpfiles.d/tacho.conf",
		"sudo systemd-tmpfiles --create /etc/tmpfiles.d/tacho.conf", "CVE-2020-8694",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
}

func TestOpenClock(t *testing.T) {
	x := newExamination(new(collector.Snapshot), Environment{UID: 61190, Service: "tacho.service"})
	if got := openClock(x)[0]; got.Kind != "unit" || !slices.Equal(got.Lines, []string{"[Service]", "ProtectClock=no", "SystemCallFilter=adjtimex"}) {
		t.Errorf("in the unit: %+v", got)
	}
	x.Service = ""
	x.Proc = "/proc"
	if got := openClock(x)[0]; got.Kind != "note" || !strings.Contains(got.Text, "seccomp") {
		t.Errorf("by hand: %+v", got)
	}
}

func TestHiddenProcesses(t *testing.T) {
	const mount = "26 1 0:24 / /proc rw,nosuid - proc proc rw,hidepid=invisible"
	for _, c := range []struct{ mountinfo, want string }{
		{mount + ",gid=4\n", "adm"}, {mount + ",gid=77\n", "77"}, {mount + "\n", ""}, {"", ""}, {"x\n", ""},
		{mount + ",gid=4\n" + mount + "\n", ""}, // the later one lies over the earlier
		{strings.Replace(mount, "/proc ", "/srv ", 1) + ",gid=4\n", ""},
	} {
		if got := procGroup(c.mountinfo, "/proc", "root:x:0:\nadm:x:4:alice\n"); got != c.want {
			t.Errorf("the group of %q is %q, want %q", c.mountinfo, got, c.want)
		}
	}
	s := new(collector.Snapshot)
	s.Processes.At = s.Time.AddDate(1, 0, 0)
	s.Processes.Value = collector.Processes{Hidden: true, Total: 9, Denied: 4}
	r := Examine(s, Environment{UID: 1000, Executable: "/usr/bin/tacho", Proc: "/proc", Host: "/"})
	for _, source := range []string{"/proc", "/proc/PID/stat"} {
		if f := findingOf(t, r, "processes", source); f.Status != Denied || !strings.Contains(texts(f), "cap_sys_ptrace") {
			t.Errorf("%s: %s", source, texts(f))
		}
	}
}

func TestStuckMounts(t *testing.T) {
	s := new(collector.Snapshot)
	s.Mounts.At = s.Time.AddDate(1, 0, 0)
	s.Mounts.Value.Mounts = []collector.Mount{
		{Mountpoint: "/", Status: collector.OK, Size: collector.Of(1)},
		{Mountpoint: "/mnt/a b", Status: collector.Stale, Size: collector.Missing(collector.Stale)},
		{Mountpoint: "/home/alice", Status: collector.Denied, Size: collector.Missing(collector.Denied)},
		{Mountpoint: "/data", Status: collector.Failed, Error: "statfs: input/output error", Size: collector.Missing(collector.Failed)},
	}
	f := findingOf(t, Examine(s, Environment{UID: 1000, Executable: "/usr/bin/tacho", Proc: "/proc"}), "mounts", "statfs(2)")
	said := texts(f)
	for _, want := range []string{"no answer from /mnt/a b; /data answers with an error (statfs: input/output error); 1 of 4 denied",
		"sudo umount --lazy /data", "sudo umount --lazy '/mnt/a b'", "setcap cap_dac_read_search"} {
		if f.Status != Failing || !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
}

// A device that sleeps is left alone on purpose.
func TestSleepingDeviceIsWell(t *testing.T) {
	s := new(collector.Snapshot)
	s.Sensors.At = s.Time.AddDate(1, 0, 0)
	sensor := collector.Sensor{Chip: "drivetemp", Label: "temp1", Status: collector.Stale, Value: collector.Missing(collector.Stale), Error: "the device sleeps, and reading it would wake it"}
	s.Sensors.Value.Temperatures = []collector.Sensor{sensor}
	judge := func() Finding {
		return findingOf(t, Examine(s, Environment{}), "sensors", "/sys/class/hwmon, /sys/class/thermal")
	}
	if f := judge(); f.Status != OK {
		t.Errorf("asleep: %s", texts(f))
	}
	s.Sensors.Value.Temperatures[0].Error = "no answer for 3s"
	if f := judge(); f.Status != Failing || f.Why != "1 of 1 sensors: drivetemp temp1 (no answer for 3s)" {
		t.Errorf("stuck: %s", texts(f))
	}
}

func FuzzParseOption(f *testing.F) {
	f.Add("CONFIG_A=y\nCONFIG_PSI=y\n", "CONFIG_PSI")
	f.Add("# CONFIG_PSI is not set\n", "CONFIG_PSI")
	f.Fuzz(func(t *testing.T, text, name string) {
		value, err := parseOption(strings.NewReader(text), name)
		if err == nil && value != "n" && !strings.Contains(text, name+"="+value) {
			t.Errorf("%s is %q in %q", name, value, text)
		}
	})
}

// TestGPUs: in the unit nothing of NVIDIA can be loaded or opened.
func TestGPUs(t *testing.T) {
	s := new(collector.Snapshot)
	s.GPUs.At = s.Time.AddDate(1, 0, 0)
	judge := func(why collector.Status, e Environment) string {
		s.GPUs.Value.Devices = []collector.GPU{{Name: "H200", Device: "0000:01:00.0", Error: "nvml: what it says", Usage: collector.Missing(why)}}
		return texts(findingOf(t, Examine(s, e), "gpus", "/sys/class/drm, libnvidia-ml.so.1"))
	}
	service, hand := Environment{UID: 61190, Service: "tacho.service"}, Environment{UID: 1000, Proc: "/proc"}
	for name, c := range map[string]struct{ said, want string }{
		"denied in the unit":     {judge(collector.Denied, service), "/etc/systemd/system/tacho.service.d/nvidia.conf"},
		"failing in the unit":    {judge(collector.Failed, service), "/etc/systemd/system/tacho.service.d/nvidia.conf"},
		"denied to a user":       {judge(collector.Denied, hand), "--groups video,render"},
		"failing for a user":     {judge(collector.Failed, hand), "nvidia-smi"},
		"the reason":             {judge(collector.Failed, hand), "1 of 1 GPUs: H200 (nvml: what it says)"},
		"one that is suspended":  {judge(collector.Idle, hand), "ok\n"},
		"one that tells nothing": {judge(collector.Unsupported, hand), "absent\ntheir drivers"},
	} {
		if !strings.Contains(c.said, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, c.said)
		}
	}
}

// A file is read once for all who ask of it, and anew for the next examination.
func TestFilesAreReadOnce(t *testing.T) {
	e := machine(t, map[string]string{"proc/cpuinfo": "vendor_id : GenuineIntel\n", "boot/config-6.1.0": "CONFIG_PSI=y\n"})
	x := newExamination(new(collector.Snapshot), e)
	before, built := x.cpuinfo(), x.buildOption("CONFIG_PSI")
	for _, path := range []string{e.proc("cpuinfo"), e.host("boot/config-6.1.0")} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if before == "" || x.cpuinfo() != before {
		t.Errorf("/proc/cpuinfo is %q, before it was %q", x.cpuinfo(), before)
	}
	if built != "y" || x.buildOption("CONFIG_PSI") != "y" || x.buildOption("CONFIG_PSI_DEFAULT_DISABLED") != "n" {
		t.Errorf("the build is %q, before it was %q", x.buildOption("CONFIG_PSI"), built)
	}
	if x = newExamination(new(collector.Snapshot), e); x.cpuinfo() != "" || x.buildOption("CONFIG_PSI") != "" {
		t.Error("read of another examination")
	}
}

// Command lines are left out by a setting, so it is named, with its price.
func TestCommandLinesAreASetting(t *testing.T) {
	f := noCommandLines(nil)
	for _, want := range []string{"processes.command_line: true", "secrets", "everyone who sees the page"} {
		if f.Status != Absent || !strings.Contains(texts(f), want) {
			t.Errorf("does not say %q:\n%s", want, texts(f))
		}
	}
}
