package collector

import (
	"context"
	"slices"
	"strings"
)

// virtualization names the container and the hypervisor that the machine runs
// in, as "Docker container, KVM guest"; "" for neither. The guest of one without
// a name is a "hypervisor guest".
//
// It reads the few files itself: gopsutil's host.Virtualization takes a machine
// with /.dockerenv for a container and one that has the module kvm for virtual,
// and has one name for both a container and the machine below it.
func virtualization(ctx context.Context) string {
	var kinds []string
	if name := containerName(ctx); name != "" {
		kinds = append(kinds, name+" container")
	}
	if name := hypervisorName(ctx); name != "" {
		kinds = append(kinds, name+" guest")
	}
	return strings.Join(kinds, ", ")
}

// containerName believes process 1 (its environment, its cgroup) before files,
// and files not at all where they may have been left by what a disk was copied
// from.
func containerName(ctx context.Context) string {
	if environ, err := readText(procPath(ctx, "1", "environ")); err == nil {
		for variable := range strings.SplitSeq(environ, "\x00") {
			if name, ok := strings.CutPrefix(variable, "container="); ok && name != "" {
				return properName(name)
			}
		}
	}
	if cgroup, err := readText(procPath(ctx, "1", "cgroup")); err == nil {
		if name := containerOfCgroup(cgroup); name != "" {
			return name
		}
	}
	if rootIsDisk(ctx) {
		return ""
	}
	return containerOfFiles(ctx)
}

// containerOfCgroup goes by the path of a cgroup, which a container in a cgroup
// namespace does not see.
func containerOfCgroup(text string) string {
	for _, sign := range []struct{ path, name string }{
		{"/docker", "Docker"}, {"/libpod", "Podman"}, {"/lxc", "LXC"}, {"/kubepods", "Kubernetes"},
	} {
		if strings.Contains(text, sign.path) {
			return sign.name
		}
	}
	return ""
}

// rootIsDisk reports whether process 1 has the whole of a block device for its
// root, and when that cannot be told.
func rootIsDisk(ctx context.Context) bool {
	text, err := readText(procPath(ctx, "1", "mountinfo"))
	if err != nil {
		if text, err = readText(procPath(ctx, "self", "mountinfo")); err != nil {
			return true
		}
	}
	entries, err := parseMountinfo(text)
	if err != nil {
		return true
	}
	for _, e := range entries {
		if e.mountpoint == "/" && e.major != 0 && e.root == "/" {
			return true
		}
	}
	return false
}

func containerOfFiles(ctx context.Context) string {
	if sameMachine := (procPath(ctx) == procRoot) == (hostPath(ctx) == "/"); !sameMachine {
		return ""
	}
	if name, err := readWord(runPath(ctx, "systemd", "container")); err == nil && name != "" {
		return properName(name)
	}
	switch {
	case exists(runPath(ctx, ".containerenv")):
		return "Podman"
	case exists(hostPath(ctx, ".dockerenv")):
		return "Docker"
	}
	return ""
}

// properName is how what calls itself by a word spells its name.
func properName(word string) string {
	switch word {
	case "docker":
		return "Docker"
	case "lxc", "lxc-libvirt":
		return "LXC"
	case "podman":
		return "Podman"
	case "openvz":
		return "OpenVZ"
	case "oci":
		return "OCI"
	}
	return word
}

// hypervisorName asks the firmware before the kernel, for some hypervisors
// pretend to the kernel to be another one, whose clock it then uses.
func hypervisorName(ctx context.Context) string {
	if capabilities, err := readText(procPath(ctx, "xen", "capabilities")); err == nil && strings.Contains(capabilities, "control_d") {
		return "" // the domain that runs the others has the hardware
	}
	firmware := readFirmware(ctx)
	for _, sign := range []struct{ text, name string }{
		{"VMware", "VMware"}, {"VirtualBox", "VirtualBox"}, {"innotek", "VirtualBox"}, {"Parallels", "Parallels"},
		{"Microsoft Corporation Virtual Machine", "Hyper-V"}, {"BHYVE", "bhyve"}, {"Apple Virtualization", "Apple"},
	} {
		if strings.Contains(firmware, sign.text) {
			return sign.name
		}
	}
	if name := hypervisorOfClocks(ctx); name != "" {
		return name
	}
	if strings.Contains(firmware, "QEMU") {
		return "QEMU"
	}
	return hypervisorOfKernel(ctx)
}

// readFirmware returns maker and product of the machine, by DMI.
func readFirmware(ctx context.Context) string {
	maker, _ := readWord(sysPath(ctx, "class/dmi/id/sys_vendor"))
	product, _ := readWord(sysPath(ctx, "class/dmi/id/product_name"))
	return maker + " " + product
}

// hypervisorOfClocks goes by the clocks that the kernel has found, which on most
// hypervisors is one of theirs.
func hypervisorOfClocks(ctx context.Context) string {
	clocks, err := readText(sysPath(ctx, "devices/system/clocksource/clocksource0/available_clocksource"))
	if err != nil {
		return ""
	}
	for clock := range strings.FieldsSeq(clocks) {
		switch {
		case clock == "kvm-clock":
			return "KVM"
		case strings.HasPrefix(clock, "hyperv_"):
			return "Hyper-V"
		case clock == "xen":
			return "Xen"
		}
	}
	return ""
}

func hypervisorOfKernel(ctx context.Context) string {
	switch name, _ := readWord(sysPath(ctx, "hypervisor", "type")); name {
	case "":
	case "xen":
		return "Xen"
	default:
		return name
	}
	// Of a device tree, as on ARM.
	if compatible, _ := readWord(procPath(ctx, "device-tree/hypervisor/compatible")); strings.HasPrefix(compatible, "linux,kvm") {
		return "KVM"
	}
	cpuinfo, _ := readText(procPath(ctx, "cpuinfo"))
	if flags, _ := lineAfter(cpuinfo, "flags"); slices.Contains(strings.Fields(flags), "hypervisor") {
		return "hypervisor"
	}
	return ""
}
