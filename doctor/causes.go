package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// absent makes a judge of what is no fault where it is not there.
func absent(why string) func(*examination) Finding {
	return func(*examination) Finding { return Finding{Status: Absent, Why: why} }
}

// noPressure tells why the kernel has no PSI.
func noPressure(x *examination) Finding {
	built := x.buildOption("CONFIG_PSI")
	isOffByDefault := x.buildOption("CONFIG_PSI_DEFAULT_DISABLED") == "y"
	switch {
	case x.isBefore(4, 20):
		return Finding{Status: Absent, Why: "Linux counts pressure from 4.20 on"}
	case built == "n":
		return Finding{Status: Missing, Why: "this kernel was built without CONFIG_PSI",
			Mends: []Mend{{Kind: "note", Text: "run a kernel that was built with CONFIG_PSI=y"}}}
	case x.bootedWith("psi=0"):
		return Finding{Status: Missing, Why: "psi=0 on the command line of the kernel switches it off",
			Mends: []Mend{{Kind: "note", Text: "take psi=0 from the command line of the kernel and restart the machine"}}}
	case isOffByDefault:
		return Finding{Status: Missing, Why: "this kernel was built with CONFIG_PSI_DEFAULT_DISABLED", Mends: x.withOption("psi=1")}
	case built == "y" && x.Container:
		return Finding{Status: Missing, Why: "the kernel has it, and this container hides it",
			Mends: []Mend{{Kind: "option", Text: "show the container the machine's /proc", Lines: []string{"-v /proc:/host/proc:ro", "-e HOST_PROC=/host/proc"}}}}
	}
	return Finding{Status: Missing, Why: "there is no /proc/pressure: the kernel has PSI switched off, or was built without CONFIG_PSI", Mends: x.withOption("psi=1")}
}

// hiddenProcesses is for a /proc that does not show the processes of others.
func hiddenProcesses(x *examination, _ *tally) (Finding, bool) {
	if !x.snapshot.Processes.Value.Hidden {
		return Finding{}, false
	}
	return Finding{
		Status: Denied, needs: []string{trace}, Mends: showProcesses(x),
		Why: "processes of other users are hidden or closed by the option hidepid of the mount of /proc (in a unit: ProtectProc)",
	}, true
}

// showProcesses mends hidepid: by its group, where it has one.
func showProcesses(x *examination) []Mend {
	group := procGroup(word("/proc/self/mountinfo"), x.Proc, word(x.host("etc/group")))
	switch {
	case x.has(trace):
		return []Mend{refused}
	case x.Service != "" && group != "":
		return []Mend{x.dropIn("put it into the group that may see them", "", "SupplementaryGroups="+group, "ProtectProc=default")}
	case x.Service != "":
		return append([]Mend{x.dropIn("undo ProtectProc, if the unit sets it", "", "ProtectProc=default")}, x.byCapability(trace)...)
	case x.Container:
		return x.byCapability(trace)
	case group != "":
		return []Mend{{Kind: "command", Text: "put the user into the group that may see them, and log in again", Lines: []string{"sudo usermod --append --groups " + quoteShell(group) + ` "$USER"`}}}
	}
	return append(x.byCapability(trace), Mend{
		Kind: "command", Text: "show them to every user; /etc/fstab makes it last", Lines: []string{"sudo mount -o remount,hidepid=0 /proc"},
		Price: "every user then sees the processes of all others",
	})
}

// procGroup is the name of the group that hidepid does not hide processes from,
// its number where it has none, "" without one.
func procGroup(mountinfo, root, groups string) string {
	gid := ""
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 7 || fields[4] != root {
			continue
		}
		gid = ""
		for option := range strings.SplitSeq(fields[len(fields)-1], ",") {
			if value, ok := strings.CutPrefix(option, "gid="); ok {
				gid = value
			}
		}
	}
	for line := range strings.Lines(groups) {
		if fields := strings.Split(line, ":"); gid != "" && len(fields) > 2 && fields[2] == gid {
			return fields[0]
		}
	}
	return gid
}

// noCommandLines: whether they are read is a setting.
func noCommandLines(*examination) Finding {
	return Finding{Status: Absent, Why: "not read: they may hold secrets"}
}

// noShortLived: the kernel counts forks of the whole machine.
func noShortLived(x *examination) Finding {
	return Finding{Status: Absent, Why: "the kernel counts the forks of the whole machine, of which this sees a part"}
}

// noConntrack: the table is there once a rule of the packet filter needs it.
func noConntrack(x *examination) Finding {
	f := Finding{Status: Absent, Why: "nothing on this machine follows connections: the module nf_conntrack is not loaded"}
	if !x.Container {
		f.Mends = []Mend{{Kind: "command", Text: "a rule of the packet filter that needs it loads it; to have it at once", Lines: []string{"sudo modprobe nf_conntrack"}}}
	}
	return f
}

// noInterfaces is for a /sys/class/net of another network namespace.
func noInterfaces(x *examination) Finding {
	if len(x.snapshot.Network.Value) == 0 {
		return Finding{Status: Absent, Why: "there is no interface"}
	}
	return Finding{
		Status: Missing, Why: "/sys is of another network namespace than /proc/net/dev",
		Mends: []Mend{{Kind: "option", Text: "run it in the network of the machine", Lines: []string{"--network=host"}}},
	}
}

// noSensors tells a machine that is not given any from one without drivers.
func noSensors(x *examination) Finding {
	if x.isVirtual() {
		return Finding{Status: Absent, Why: "not given to a " + x.Machine}
	}
	modules := []string{"drivetemp"}
	switch cpuinfo := x.cpuinfo(); {
	case strings.Contains(cpuinfo, "GenuineIntel"):
		modules = []string{"coretemp", "drivetemp"}
	case strings.Contains(cpuinfo, "AuthenticAMD"):
		modules = []string{"k10temp", "drivetemp"}
	}
	return Finding{
		Status: Missing, Why: "the kernel has found none; their drivers may not be loaded",
		Mends: append(x.withModule("load the usual drivers", modules...),
			Mend{Kind: "command", Text: "find out about those of the board", Lines: []string{"sudo apt-get install lm-sensors", "sudo sensors-detect --auto"}}),
	}
}

func (x *examination) cpuinfo() string { return word(x.proc("cpuinfo")) }

// noEnergy: processors with a meter are those of Intel with AVX, and those of AMD
// that say so.
func noEnergy(x *examination) Finding {
	flags := strings.Fields(lineOf(x.cpuinfo(), "flags"))
	isIntel := strings.Contains(x.cpuinfo(), "GenuineIntel")
	if x.isVirtual() || !slices.Contains(flags, "rapl") && !(isIntel && slices.Contains(flags, "avx")) {
		return Finding{Status: Absent, Why: "no energy meter is given to this machine"}
	}
	return Finding{Status: Missing, Why: "the processor has energy meters, and their driver is not loaded", Mends: x.withModule("load it", "intel_rapl_msr")}
}

// lineOf is what follows the colon of the first line of a name in /proc/cpuinfo.
func lineOf(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return value
		}
	}
	return ""
}

// openEnergy: Linux 5.10 closed the meters.
func openEnergy(x *examination) []Mend {
	mends := x.byCapability(readAny)
	if x.has(readAny) || x.Container {
		return mends
	}
	rule := Mend{
		Kind: "command", Text: "open the meters to all users, at each boot",
		Price: "every user can then tell from them what other processes compute, keys among it (CVE-2020-8694): that is why Linux 5.10 closed them",
	}
	var files []string
	for _, m := range x.snapshot.Sensors.Value.EnergyMeters {
		if m.Status == collector.Denied {
			files = append(files, "'z "+filepath.Join("/sys/devices", m.Device, "energy_uj")+" 0444'")
		}
	}
	rule.Lines = []string{
		"printf '%s\\n' " + strings.Join(files, " ") + " | sudo tee /etc/tmpfiles.d/tacho.conf",
		"sudo systemd-tmpfiles --create /etc/tmpfiles.d/tacho.conf",
	}
	return append(mends, rule)
}

// openClock: systemd's ProtectClock refuses even to read the clock's state.
func openClock(x *examination) []Mend {
	switch {
	case x.Service != "":
		return []Mend{x.dropIn("let it ask for the state of the clock", "none: to set the clock takes CAP_SYS_TIME, which the unit does not give",
			"ProtectClock=no", "SystemCallFilter=adjtimex")}
	case x.Container:
		return []Mend{{Kind: "option", Text: "let the filter of system calls pass adjtimex", Lines: []string{"--security-opt seccomp=PROFILE"}}}
	}
	return []Mend{{Kind: "note", Text: "a filter of system calls (seccomp) refuses adjtimex(2): start tacho without it"}}
}

// noZFS: a machine with the cache of pools has had some.
func noZFS(x *examination) Finding {
	if !x.isVirtualContainer() && exists(x.host("etc/zfs/zpool.cache")) {
		return Finding{Status: Missing, Why: "there is /etc/zfs/zpool.cache, and the module zfs is not loaded", Mends: x.withModule("load it", "zfs")}
	}
	return Finding{Status: Absent, Why: "ZFS is not in use"}
}

func (x *examination) isVirtualContainer() bool {
	return strings.Contains(x.Machine, "container") && x.Proc == "/proc"
}

// noGPU: a card of the PCI bus may lack its driver.
func noGPU(x *examination) Finding {
	vendors := map[string]string{"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
	drivers := map[string]string{"0x10de": "nvidia", "0x1002": "amdgpu", "0x8086": "i915"}
	devices, _ := filepath.Glob(x.sys("bus/pci/devices/*"))
	for _, device := range devices {
		vendor := word(filepath.Join(device, "vendor"))
		isDisplay := strings.HasPrefix(word(filepath.Join(device, "class")), "0x03")
		if !isDisplay || vendors[vendor] == "" {
			continue
		}
		return Finding{
			Status: Missing, Why: "a GPU of " + vendors[vendor] + " (" + filepath.Base(device) + ") without a driver that tells its numbers",
			Mends: []Mend{{Kind: "command", Text: "install the driver of its maker, and load it", Lines: []string{"sudo modprobe " + drivers[vendor]}}},
		}
	}
	return Finding{Status: Absent, Why: "no GPU of AMD, Intel or NVIDIA"}
}

// openGPUs: NVIDIA's numbers take its device files.
func openGPUs(x *examination) []Mend {
	switch {
	case x.Service != "":
		return []Mend{{
			Kind: "command", Text: "let the service open the device files of NVIDIA: install the drop-in of the repository",
			Lines: []string{
				"sudo install -D -m 644 systemd/tacho-nvidia.conf /etc/systemd/system/" + x.Service + ".d/nvidia.conf",
				"sudo systemctl daemon-reload", "sudo systemctl restart " + x.Service,
			},
		}}
	case x.Container:
		return []Mend{{Kind: "option", Text: "give the container the GPUs", Lines: []string{"--gpus=all"}}}
	}
	return []Mend{{Kind: "command", Text: "put the user into the groups of the device files, and log in again", Lines: []string{`sudo usermod --append --groups video,render "$USER"`}}}
}

// noController judges a controller of control groups that no group has. Accounting
// is what systemd calls to have it everywhere, "" for what is always on.
func noController(controller, accounting string) func(*examination) Finding {
	return func(x *examination) Finding {
		if len(x.snapshot.Cgroups.Value.Cgroups) == 0 {
			return Finding{Status: Absent, Why: "no control groups are seen"}
		}
		f := Finding{Status: Missing}
		controllers := strings.Fields(word(x.sys("fs/cgroup/cgroup.controllers")))
		switch {
		case x.snapshot.Cgroups.Value.Hierarchy != "v2" && exists(x.sys("fs/cgroup", versionOne(controller))):
			f.Status, f.Why = Absent, "no group but the root is in the hierarchy of the controller "+controller
		case x.snapshot.Cgroups.Value.Hierarchy != "v2":
			f.Why = "the controller " + controller + " of version 1 is not mounted"
			f.Mends = x.unified()
		case !slices.Contains(controllers, controller) && controller == "memory":
			f.Why = "the kernel has no controller memory: it is switched off at boot, as on a Raspberry Pi, or used by version 1"
			f.Mends = x.withOption("cgroup_enable=memory")
		case !slices.Contains(controllers, controller):
			f.Why = "the kernel does not give the controller " + controller + " to control groups of version 2"
			f.Mends = x.unified()
		case accounting != "":
			f.Why = "the controller " + controller + " is not enabled in any group"
			f.Mends = []Mend{{
				Kind: "command", Text: "have systemd enable it for every unit; a restart of the machine reaches those that run",
				Lines: []string{
					"sudo mkdir -p /etc/systemd/system.conf.d",
					"printf '%s\\n' '[Manager]' " + accounting + "=yes | sudo tee /etc/systemd/system.conf.d/" + controller + "-accounting.conf",
					"sudo systemctl daemon-reexec",
				},
			}}
		default:
			f.Status, f.Why = Absent, "no group has a file of the controller "+controller
		}
		return f
	}
}

// versionOne is what version 1 calls a controller.
func versionOne(controller string) string {
	if controller == "io" {
		return "blkio"
	}
	return controller
}

// unified has control groups of version 2 alone.
func (x *examination) unified() []Mend {
	if exists(x.host("run/systemd/system")) {
		return x.withOption("systemd.unified_cgroup_hierarchy=1 cgroup_no_v1=all")
	}
	return []Mend{{Kind: "note", Text: "have the init system mount control groups of version 2 alone, with cgroup_no_v1=all on the command line of the kernel"}}
}

// noGroupPressure: version 2 alone has it, and only with PSI.
func noGroupPressure(x *examination) Finding {
	switch {
	case x.snapshot.Pressure.Status() == collector.Unsupported:
		return noPressure(x)
	case len(x.snapshot.Cgroups.Value.Cgroups) == 0:
		return Finding{Status: Absent, Why: "no control groups are seen"}
	case x.snapshot.Cgroups.Value.Hierarchy == "v1":
		return Finding{Status: Missing, Why: "control groups of version 1 have none", Mends: x.unified()}
	case x.bootedWith("cgroup_disable=pressure"):
		return Finding{Status: Missing, Why: "cgroup_disable=pressure on the command line of the kernel switches it off",
			Mends: []Mend{{Kind: "note", Text: "take it from the command line of the kernel and restart the machine"}}}
	case x.snapshot.Cgroups.Value.Hierarchy == "hybrid":
		return Finding{Status: Missing, Why: "with controllers of version 1 it is not counted", Mends: x.unified()}
	case x.isBefore(5, 2):
		return Finding{Status: Absent, Why: "the kernel is too old to count it"}
	}
	return Finding{Status: Absent, Why: "the kernel does not count it in any group"}
}

// noCgroups: a container may not be given any.
func noCgroups(x *examination) Finding {
	if x.Container {
		return Finding{Status: Missing, Why: "no control groups are mounted in this container",
			Mends: []Mend{{Kind: "option", Text: "show them to the container", Lines: []string{"-v /sys/fs/cgroup:/sys/fs/cgroup:ro", "--cgroupns=host"}}}}
	}
	return Finding{Status: Missing, Why: "no control groups are mounted",
		Mends: []Mend{{Kind: "command", Text: "mount them", Lines: []string{"sudo mount -t cgroup2 none /sys/fs/cgroup"}}}}
}

// noText is for what is a text, and "" where it cannot be read.
func noText(file func(*Environment) string, text func(*collector.Snapshot) string, why string) func(*examination, *tally) (Finding, bool) {
	return func(x *examination, _ *tally) (Finding, bool) {
		if f, ok := x.closed(file(&x.Environment)); ok {
			return f, true
		}
		return Finding{Status: Absent, Why: why}, text(x.snapshot) == ""
	}
}

// noNames: without /etc/passwd, users are shown by their numbers.
func noNames(x *examination, _ *tally) (Finding, bool) {
	path := x.etc("passwd")
	if f, ok := x.closed(path); ok {
		return f, true
	}
	return Finding{Status: Absent, Why: "there is none, so users are shown by their numbers"}, !exists(path)
}

// closed tries a file whose text a page can do without, so that the snapshot does
// not tell why it is missing.
func (x *examination) closed(path string) (Finding, bool) {
	file, err := os.Open(path)
	if err == nil {
		file.Close()
	}
	if !errors.Is(err, fs.ErrPermission) {
		return Finding{}, false
	}
	return Finding{Status: Denied, Why: err.Error(), Mends: x.byCapability(readAny), needs: []string{readAny}}, true
}

// deniedProcesses is for a hidepid that shows names and no numbers.
func deniedProcesses(x *examination, t *tally) (Finding, bool) {
	p := x.snapshot.Processes.Value
	switch {
	case p.Unreadable > 0:
		return Finding{Status: Failing, Affected: p.Unreadable, Total: p.Total, Why: countOf(p.Unreadable, p.Total) + " are not what a kernel writes",
			Mends: []Mend{{Kind: "note", Text: "what gives this /proc is not Linux as this program knows it"}}}, true
	case p.Hidden:
		f, _ := hiddenProcesses(x, t)
		f.Affected, f.Total = p.Denied, p.Total
		return f, true
	}
	return Finding{}, false
}

func countOf(some, of int) string {
	return strconv.Itoa(some) + " of " + strconv.Itoa(of)
}

// stuckMounts names what to do about a file server that is gone.
func stuckMounts(x *examination, t *tally) (Finding, bool) {
	var stuck []string
	for _, m := range x.snapshot.Mounts.Value.Mounts {
		if m.Status == collector.Stale || m.Status == collector.Failed {
			stuck = append(stuck, m.Mountpoint)
		}
	}
	if len(stuck) == 0 {
		return Finding{}, false
	}
	f := Finding{Status: Failing, Affected: len(stuck), Total: len(x.snapshot.Mounts.Value.Mounts), Why: "no answer from " + strings.Join(stuck, ", ")}
	unmount := Mend{Kind: "command", Text: "bring back what is behind it, or take it out of sight (mounts.exclude), or unmount it"}
	for _, path := range stuck {
		unmount.Lines = append(unmount.Lines, "sudo umount --lazy "+quoteShell(path))
	}
	f.Mends = []Mend{unmount}
	if t != nil && t.count[denied] > 0 {
		f.Why += "; " + countOf(t.count[denied], f.Total) + " denied"
		f.Mends, f.needs = append(f.Mends, x.byCapability(readAny)...), []string{readAny}
	}
	return f, true
}
