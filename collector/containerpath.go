package collector

import "strings"

// containerPart is the container that one directory of a path is; its id is ""
// where it is none.
type containerPart struct{ id, runtime string }

// containerPrefixes are how runtimes start the name of a scope (with systemd) or
// of a directory (without), before the identifier. What they put beside their
// containers ("libpod-conmon-ID") has no plain identifier after the prefix.
var containerPrefixes = []struct{ prefix, runtime string }{
	{"docker-", "docker"},
	{"libpod-payload-", "podman"},
	{"libpod-", "podman"},
	{"cri-containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "cri-o"},
}

// containerOf sorts out the directory part within before, in what belongs to a
// container of runtime so far.
func containerOf(before, part, runtime string) containerPart {
	if c := machineOf(part); c.id != "" {
		return c
	}
	if name := lxcOf(before, part); name != "" {
		return containerPart{name, "lxc"}
	}
	scope := strings.TrimSuffix(part, ".scope")
	for _, p := range containerPrefixes {
		if id, found := strings.CutPrefix(scope, p.prefix); found && isContainerID(id) {
			return containerPart{id, p.runtime}
		}
	}
	if isContainerID(part) {
		return containerPart{part, runtimeAround(before, runtime)}
	}
	return colonContainer(part)
}

// isContainerID: what runtimes of the OCI number their containers with.
func isContainerID(id string) bool { return len(id) == 64 && isHex(id) }

// runtimeAround is the runtime of a directory whose name is a plain identifier.
func runtimeAround(before, runtime string) string {
	switch {
	case before == "docker":
		return "docker"
	case runtime == "kubernetes":
		return "kubernetes"
	}
	return ""
}

// colonContainer is the name that runtimes without the systemd driver make of a
// path that is meant for it: "kubepods-pod1.slice:cri-containerd:ID".
func colonContainer(part string) containerPart {
	head, id, found := cutLast(part, ":")
	if !found || !isContainerID(id) {
		return containerPart{}
	}
	for _, p := range containerPrefixes {
		if strings.HasSuffix(head, ":"+strings.TrimSuffix(p.prefix, "-")) {
			return containerPart{id, p.runtime}
		}
	}
	return containerPart{id: id}
}

// lxcOf is the name of a container of LXC: "lxc.payload.NAME" since LXC 4,
// "lxc.payload/NAME" and "lxc/NAME" before.
func lxcOf(before, part string) string {
	if before == "lxc" || before == "lxc.payload" {
		return part
	}
	name, found := strings.CutPrefix(part, "lxc.payload.")
	if !found {
		return ""
	}
	return name
}

// machineOf: what systemd-machined registers, and the units of systemd-nspawn
// and systemd-vmspawn. Without systemd, libvirt names directories by itself.
func machineOf(part string) containerPart {
	if name, found := betweenAffixes(part, "systemd-nspawn@", ".service"); found {
		return containerPart{unescapeUnit(name), "nspawn"}
	}
	if name, found := betweenAffixes(part, "systemd-vmspawn@", ".service"); found {
		return containerPart{unescapeUnit(name), "qemu"}
	}
	if name, found := betweenAffixes(part, "machine-", ".scope"); found {
		return libvirtMachine(unescapeUnit(name), "nspawn")
	}
	for _, driver := range libvirtDrivers {
		if name, found := strings.CutSuffix(part, ".libvirt-"+driver); found {
			return libvirtMachine(name, driver)
		}
	}
	return containerPart{}
}

var libvirtDrivers = []string{"qemu", "lxc"}

// libvirtMachine takes apart how libvirt names a machine, "qemu-1-NAME"; what is
// named in another way runs in otherwise.
func libvirtMachine(name, otherwise string) containerPart {
	for _, driver := range libvirtDrivers {
		rest, found := strings.CutPrefix(name, driver+"-")
		number, domain, whole := strings.Cut(rest, "-")
		if found && whole && domain != "" && isNumber(number) {
			return containerPart{domain, driver}
		}
	}
	return containerPart{name, otherwise}
}

func isNspawnUnit(part string) bool {
	_, found := betweenAffixes(part, "systemd-nspawn@", ".service")
	return found
}

// betweenAffixes is what stands between the two, if anything.
func betweenAffixes(text, prefix, suffix string) (string, bool) {
	rest, found := strings.CutPrefix(text, prefix)
	if !found {
		return "", false
	}
	rest, found = strings.CutSuffix(rest, suffix)
	return rest, found && rest != ""
}

// podOf is the uid of the pod whose directory part is: "pod<uid>" in a directory
// of kubepods, or a slice "kubepods-burstable-pod<uid>.slice", where "-" parts
// the levels and stands as "_" in the uid.
func podOf(before, part string) string {
	if slice, found := strings.CutSuffix(part, ".slice"); found {
		head, uid, found := cutLast(slice, "-pod")
		if !found || !strings.Contains(head, "kubepods") {
			return ""
		}
		return podUID(strings.ReplaceAll(uid, "_", "-"))
	}
	switch before {
	case "kubepods", "burstable", "besteffort", "guaranteed":
		if uid, found := strings.CutPrefix(part, "pod"); found {
			return podUID(uid)
		}
	}
	return ""
}

// podUID is uid where it may be one: hexadecimal digits in groups, or, of a pod
// from a file on the node, without groups.
func podUID(uid string) string {
	if len(uid) < 32 || len(uid) > 36 || !isHex(strings.ReplaceAll(uid, "-", "")) {
		return ""
	}
	return uid
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}
