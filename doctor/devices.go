package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

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
	if len(x.snapshot.GPUs.Value.Devices) > 0 {
		return Finding{Status: Absent, Why: "their drivers tell no numbers"}
	}
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

// repairGPUs: in the unit, the library of NVIDIA cannot be loaded; elsewhere it may
// not be there, or not be of the version of the driver.
func repairGPUs(x *examination) []Mend {
	if x.Service != "" {
		return append(openGPUs(x), faulty()...)
	}
	return append([]Mend{{
		Kind: "command", Text: "see whether the library of NVIDIA and its driver are of one version; nvidia-smi fails like tacho where they are not",
		Lines: []string{"cat /proc/driver/nvidia/version", "ldconfig -p | grep libnvidia-ml.so.1", "nvidia-smi"},
	}}, faulty()...)
}

// stuckMounts names what to do about a file server that is gone, or a device that
// is broken.
func stuckMounts(x *examination, t *tally) (Finding, bool) {
	mounts := x.snapshot.Mounts.Value.Mounts
	var stuck, silent, why []string
	for _, m := range mounts {
		switch m.Status {
		case collector.Stale:
			silent = append(silent, m.Mountpoint)
		case collector.Failed:
			why = append(why, m.Mountpoint+" answers with an error ("+m.Error+")")
		default:
			continue
		}
		stuck = append(stuck, m.Mountpoint)
	}
	if len(stuck) == 0 {
		return Finding{}, false
	}
	if len(silent) > 0 {
		why = append([]string{"no answer from " + strings.Join(silent, ", ")}, why...)
	}
	f := Finding{Status: Failing, Affected: len(stuck), Total: len(mounts), Why: strings.Join(why, "; ")}
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
