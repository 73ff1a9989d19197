package collector

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/shirou/gopsutil/v4/common"
)

const (
	rootOnDisk    = "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
	rootOnOverlay = "500 400 0:60 / / rw - overlay overlay rw,lowerdir=/a\n"
	rootOfFolder  = "500 400 254:0 /var/lib/lxc/web/rootfs / rw - ext4 /dev/vda rw\n"
	clocks        = "sys/devices/system/clocksource/clocksource0/available_clocksource"
	maker         = "sys/class/dmi/id/sys_vendor"
	product       = "sys/class/dmi/id/product_name"
)

func TestVirtualization(t *testing.T) {
	for name, test := range map[string]struct {
		want  string
		files map[string]string
	}{
		"nothing is known": {"", nil},
		"hardware": {"", map[string]string{
			"proc/1/mountinfo": rootOnDisk, "proc/1/cgroup": "0::/init.scope\n", clocks: "tsc hpet acpi_pm \n",
			maker: "Microsoft Corporation\n", product: "Surface Pro\n", "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vmx\n",
			"proc/modules": "kvm 1 0 - Live 0x0\n"}},
		"left of an image": {"KVM guest", map[string]string{
			"proc/1/mountinfo": rootOnDisk, ".dockerenv": "", "run/systemd/container": "docker\n", clocks: "tsc kvm-clock \n"}},
		"Docker": {"Docker container, KVM guest", map[string]string{
			"proc/1/mountinfo": rootOnOverlay, ".dockerenv": "", clocks: "kvm-clock \n", maker: "QEMU\n"}},
		"Docker by cgroup": {"Docker container", map[string]string{
			"proc/1/cgroup": "3:cpu:/docker/0123abcd\n", "proc/1/mountinfo": rootOnDisk}},
		"a pod":          {"Kubernetes container", map[string]string{"proc/1/cgroup": "0::/kubepods.slice/kubepods-pod1.slice\n"}},
		"Podman":         {"Podman container", map[string]string{"proc/1/mountinfo": rootOnOverlay, "run/.containerenv": ""}},
		"LXC in folder":  {"LXC container", map[string]string{"proc/1/mountinfo": rootOfFolder, "run/systemd/container": "lxc\n"}},
		"LXC on disk":    {"LXC container", map[string]string{"proc/1/mountinfo": rootOnDisk, "proc/1/environ": "A=b\x00container=lxc\x00"}},
		"mounts hidden":  {"", map[string]string{".dockerenv": ""}},
		"mounts of self": {"Docker container", map[string]string{".dockerenv": "", "proc/self/mountinfo": rootOnOverlay}},
		"VirtualBox":     {"VirtualBox guest", map[string]string{maker: "innotek GmbH\n", product: "VirtualBox\n", clocks: "kvm-clock tsc \n"}},
		"VMware":         {"VMware guest", map[string]string{maker: "VMware, Inc.\n"}},
		"Hyper-V":        {"Hyper-V guest", map[string]string{maker: "Microsoft Corporation\n", product: "Virtual Machine\n"}},
		"Hyper-V, clock": {"Hyper-V guest", map[string]string{clocks: "hyperv_clocksource_tsc_page acpi_pm \n"}},
		"emulated":       {"QEMU guest", map[string]string{maker: "QEMU\n", clocks: "tsc\n"}},
		"Xen":            {"Xen guest", map[string]string{"sys/hypervisor/type": "xen\n"}},
		"Xen, domain 0":  {"", map[string]string{clocks: "xen tsc\n", "proc/xen/capabilities": "control_d\n", "sys/hypervisor/type": "xen\n"}},
		"ARM":            {"KVM guest", map[string]string{"proc/device-tree/hypervisor/compatible": "linux,kvm\x00"}},
		"unnamed":        {"hypervisor guest", map[string]string{"proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu hypervisor\n"}},
	} {
		dir := t.TempDir()
		for file, text := range test.files {
			writeFile(t, filepath.Join(dir, file), text)
		}
		if got := virtualization(rootedAt(t.Context(), dir)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestVirtualizationOfAMountedHost: the files in the root of this process's
// container say nothing of the machine whose /proc it was given.
func TestVirtualizationOfAMountedHost(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "proc/1/mountinfo"), rootOnOverlay)
	writeFile(t, filepath.Join(dir, "run/systemd/container"), "docker\n")
	ctx := context.WithValue(t.Context(), common.EnvKey, common.EnvMap{
		common.HostProcEnvKey: filepath.Join(dir, "proc"),
		common.HostRunEnvKey:  filepath.Join(dir, "run"),
		common.HostSysEnvKey:  filepath.Join(dir, "sys"),
	})
	if got := virtualization(ctx); got != "" {
		t.Errorf("got %q", got)
	}
}
