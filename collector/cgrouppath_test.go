package collector

import (
	"strings"
	"testing"
)

const (
	id64    = "4f5e0b8a6c2d91e37f40aa51c8be6d2907134bd8e5f6a9c0123456789abcdef0"
	other64 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	uid36   = "1f0a9c3e-77aa-4b12-9d3e-0123456789ab"
)

var membershipCases = map[string]membership{
	"":                                    {},
	"/":                                   {},
	"/init.scope":                         {unit: "init.scope"},
	"/system.slice":                       {slice: "system.slice"},
	"/system.slice/nginx.service":         {unit: "nginx.service", slice: "system.slice"},
	"/system.slice/nginx.service/workers": {unit: "nginx.service", slice: "system.slice"},
	"/system.slice/system-getty.slice/getty@tty1.service":                                              {unit: "getty@tty1.service", slice: "system-getty.slice"},
	"/system.slice/_cpu.service":                                                                       {unit: "cpu.service", slice: "system.slice"},
	`/system.slice/dev-disk-by\x2duuid-1.swap`:                                                         {unit: "dev-disk-by-uuid-1.swap", slice: "system.slice"},
	`/system.slice/system-systemd\x2dfsck.slice/systemd-fsck@dev-sda1.service`:                         {unit: "systemd-fsck@dev-sda1.service", slice: "system-systemd-fsck.slice"},
	`/system.slice/bad\x2.service`:                                                                     {unit: `bad\x2.service`, slice: "system.slice"},
	`/system.slice/nul\x00\xzz.service`:                                                                {unit: `nul\x00\xzz.service`, slice: "system.slice"},
	"/system.slice/.service":                                                                           {slice: "system.slice"},
	"/user.slice/user-1000.slice/session-3.scope":                                                      {unit: "session-3.scope", slice: "user-1000.slice"},
	"/user.slice/user-1000.slice/user@1000.service/init.scope":                                         {unit: "init.scope", slice: "user-1000.slice"},
	`/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Te\x2dst-41.scope`:    {unit: "app-gnome-org.gnome.Te-st-41.scope", slice: "app.slice"},
	"/user.slice/user-1000.slice/user@1000.service/app.slice/snap.firefox.firefox-" + uid36 + ".scope": {unit: "snap.firefox.firefox-" + uid36 + ".scope", slice: "app.slice"},
	"/docker":           {},
	"/docker/" + id64:   {container: id64, runtime: "docker"},
	"/ecs/task/" + id64: {container: id64},
	"/system.slice/docker-" + id64 + ".scope":                                            {unit: "docker-" + id64 + ".scope", slice: "system.slice", container: id64, runtime: "docker"},
	"/system.slice/docker-" + id64 + ".scope/system.slice/cron.service":                  {unit: "cron.service", slice: "system.slice", container: id64, runtime: "docker"},
	"/system.slice/docker-abc.scope":                                                     {unit: "docker-abc.scope", slice: "system.slice"},
	"/machine.slice/libpod-" + id64 + ".scope/container":                                 {unit: "libpod-" + id64 + ".scope", slice: "machine.slice", container: id64, runtime: "podman"},
	"/machine.slice/libpod-conmon-" + id64 + ".scope":                                    {unit: "libpod-conmon-" + id64 + ".scope", slice: "machine.slice"},
	"/libpod_parent/libpod-" + id64:                                                      {container: id64, runtime: "podman"},
	"/libpod_parent/conmon":                                                              {},
	"/system.slice/web.service/libpod-payload-" + id64:                                   {unit: "web.service", slice: "system.slice", container: id64, runtime: "podman"},
	"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id64 + ".scope": {unit: "libpod-" + id64 + ".scope", slice: "user.slice", container: id64, runtime: "podman"},
	"/system.slice/nerdctl-" + id64 + ".scope":                                           {unit: "nerdctl-" + id64 + ".scope", slice: "system.slice", container: id64, runtime: "containerd"},
	"/kubepods.slice/kubepods-burstable.slice":                                           {slice: "kubepods-burstable.slice"},
	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice": {
		slice: "kubepods-burstable-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice", pod: uid36, runtime: "kubernetes"},
	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice/cri-containerd-" + id64 + ".scope": {
		unit: "cri-containerd-" + id64 + ".scope", slice: "kubepods-burstable-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice", pod: uid36, container: id64, runtime: "containerd"},
	"/kubepods.slice/kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice/crio-" + id64 + ".scope": {
		unit: "crio-" + id64 + ".scope", slice: "kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice", pod: uid36, container: id64, runtime: "cri-o"},
	"/kubepods.slice/kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice/crio-conmon-" + id64 + ".scope": {
		unit: "crio-conmon-" + id64 + ".scope", slice: "kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice", pod: uid36, runtime: "kubernetes"},
	"/kubepods/burstable/pod" + uid36:                                    {pod: uid36, runtime: "kubernetes"},
	"/kubepods/burstable/pod" + uid36 + "/" + id64:                       {pod: uid36, container: id64, runtime: "kubernetes"},
	"/kubepods/pod" + id64[:32] + "/" + id64:                             {pod: id64[:32], container: id64, runtime: "kubernetes"},
	"/kubepods/burstable/podium":                                         {},
	"/kubepods/pod" + uid36 + "/crio-conmon-" + id64:                     {pod: uid36, runtime: "kubernetes"},
	"/kubepods-besteffort-pod" + uid36 + ".slice:cri-containerd:" + id64: {container: id64, runtime: "containerd"},
	"/x:" + id64:                            {container: id64},
	"/lxc/101":                              {container: "101", runtime: "lxc"},
	"/lxc/101/ns/system.slice/cron.service": {unit: "cron.service", slice: "system.slice", container: "101", runtime: "lxc"},
	"/lxc.payload.web/init.scope":           {unit: "init.scope", container: "web", runtime: "lxc"},
	"/lxc.payload/web":                      {container: "web", runtime: "lxc"},
	"/lxc.monitor.web":                      {},
	"/lxc.monitor/web":                      {},
	"/lxc.payload.web/system.slice/docker-" + id64 + ".scope": {unit: "docker-" + id64 + ".scope", slice: "system.slice", container: id64, runtime: "docker"},
	"/docker/" + id64 + "/docker/" + other64:                  {container: other64, runtime: "docker"},
	"/docker/" + id64 + "/lxc.monitor.x":                      {container: id64, runtime: "docker"},
	"/docker/" + id64 + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice/cri-containerd-" + other64 + ".scope": {
		unit: "cri-containerd-" + other64 + ".scope", slice: "kubelet-kubepods-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice", pod: uid36, container: other64, runtime: "containerd"},
	`/machine.slice/systemd-nspawn@de\x2db.service/payload`:       {unit: "systemd-nspawn@de-b.service", slice: "machine.slice", container: "de-b", runtime: "nspawn"},
	`/machine.slice/systemd-nspawn@deb.service/supervisor`:        {unit: "systemd-nspawn@deb.service", slice: "machine.slice"},
	`/machine.slice/systemd-vmspawn@deb.service`:                  {unit: "systemd-vmspawn@deb.service", slice: "machine.slice", container: "deb", runtime: "qemu"},
	`/machine.slice/machine-deb.scope`:                            {unit: "machine-deb.scope", slice: "machine.slice", container: "deb", runtime: "nspawn"},
	`/machine.slice/machine-qemu\x2d1\x2dwin\x2d11.scope/libvirt`: {unit: "machine-qemu-1-win-11.scope", slice: "machine.slice", container: "win-11", runtime: "qemu"},
	`/machine.slice/machine-lxc\x2d77\x2dweb.scope`:               {unit: "machine-lxc-77-web.scope", slice: "machine.slice", container: "web", runtime: "lxc"},
	`/machine.slice/machine-qemu\x2dx.scope`:                      {unit: "machine-qemu-x.scope", slice: "machine.slice", container: "qemu-x", runtime: "nspawn"},
	`/machine/qemu-3-db.libvirt-qemu/emulator`:                    {container: "db", runtime: "qemu"},
	`/machine/db.libvirt-qemu`:                                    {container: "db", runtime: "qemu"},
}

func TestMembershipOf(t *testing.T) {
	for path, want := range membershipCases {
		if got := membershipOf(path); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", path, got, want)
		}
	}
}

func TestMembershipAllocatesNoMoreThanItMust(t *testing.T) {
	path := "/user.slice/user-1000.slice/user@1000.service/app.slice/libpod-" + id64 + ".scope"
	if n := testing.AllocsPerRun(100, func() { membershipOf(path) }); n != 0 {
		t.Errorf("%v allocations for a path without escapes", n)
	}
}

func FuzzMembershipOf(f *testing.F) {
	for path := range membershipCases {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		m := membershipOf(path)
		if m.slice != "" && !strings.HasSuffix(m.slice, "slice") && !strings.Contains(path, `\x`) {
			t.Errorf("%q: slice %q", path, m.slice)
		}
		for _, name := range []string{m.unit, m.slice, m.container, m.pod} {
			if len(name) > len(path) {
				t.Errorf("%q: %q is longer than the path", path, name)
			}
		}
		if m.container == "" && m.pod == "" && m.runtime != "" {
			t.Errorf("%q: a runtime and no container: %+v", path, m)
		}
		if again := membershipOf(path + "/"); again != m {
			t.Errorf("%q: %+v, and with a slash %+v", path, m, again)
		}
	})
}
