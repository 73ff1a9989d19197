package doctor

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Environment is what decides what this process may read, and how that is changed.
type Environment struct {
	UID          int      `json:"uid"`          // the effective one
	Capabilities []string `json:"capabilities"` // effective ones: "CAP_SYS_PTRACE"; all of the kernel's are ["all"]
	NoNewPrivs   bool     `json:"no_new_privs"` // file capabilities and set-uid have no effect
	Seccomp      bool     `json:"seccomp"`      // system calls are filtered
	Service      string   `json:"service"`      // the unit of systemd that this process is the main one of; "" for none
	Machine      string   `json:"machine"`      // "KVM guest", "Docker container"; "" for hardware, or when not recognised
	Container    bool     `json:"container"`    // what is to be changed is how a container is run
	Kernel       string   `json:"kernel"`       // release
	Executable   string   `json:"executable"`

	// Roots of the machine that is watched: see package collector.
	Proc string `json:"proc"`
	Sys  string `json:"sys"`
	Host string `json:"root"`
}

// Look returns the environment of this process. Machine, and with it Container, is
// for a snapshot to say.
func Look() Environment {
	e := Environment{
		UID:  os.Geteuid(),
		Proc: cmp.Or(os.Getenv("HOST_PROC"), "/proc"),
		Sys:  cmp.Or(os.Getenv("HOST_SYS"), "/sys"),
		Host: cmp.Or(os.Getenv("HOST_ROOT"), "/"),
	}
	e.Container = e.Proc != "/proc" // whose machine is mounted there
	e.Executable, _ = os.Executable()
	status, _ := os.ReadFile("/proc/self/status")
	e.readStatus(string(status))
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		e.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	// The variable is inherited, the process is not: what a service starts is no service.
	if os.Getenv("SYSTEMD_EXEC_PID") == strconv.Itoa(os.Getpid()) {
		cgroup, _ := os.ReadFile("/proc/self/cgroup")
		e.Service = unitOf(string(cgroup))
	}
	return e
}

// readStatus reads what /proc/self/status says of privileges.
func (e *Environment) readStatus(text string) {
	var effective, known uint64
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "CapEff":
			effective, _ = strconv.ParseUint(value, 16, 64)
		case "NoNewPrivs":
			e.NoNewPrivs = value == "1"
		case "Seccomp":
			e.Seccomp = value != "" && value != "0"
		}
	}
	for i := range capabilities {
		known |= 1 << i
	}
	e.Capabilities = []string{}
	if effective&known == known {
		e.Capabilities = append(e.Capabilities, "all")
		return
	}
	for i, name := range capabilities {
		if effective>>i&1 == 1 {
			e.Capabilities = append(e.Capabilities, name)
		}
	}
}

// capabilities are named by their numbers (linux/capability.h).
var capabilities = strings.Fields(`CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL
	CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE CAP_NET_BROADCAST CAP_NET_ADMIN
	CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
	CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE
	CAP_AUDIT_WRITE CAP_AUDIT_CONTROL CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM
	CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE`)

// has reports whether the process has a capability.
func (e *Environment) has(capability string) bool {
	return slices.Contains(e.Capabilities, capability) || slices.Equal(e.Capabilities, []string{"all"})
}

// isVirtual reports whether the machine is given the hardware by another one.
func (e *Environment) isVirtual() bool { return e.Machine != "" }

// unitOf is the innermost unit of the system in the path of a control group, ""
// without one. A unit of a user's own systemd is that user's process, run by hand:
// what systemctl would change, it cannot be given.
func unitOf(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		_, path, _ := strings.Cut(strings.TrimSpace(line), "::")
		if i := strings.Index(line, ":name=systemd:"); i >= 0 {
			path = strings.TrimSpace(line[i+len(":name=systemd:"):])
		}
		if strings.Contains(path, "/user@") {
			return ""
		}
		if name := filepath.Base(path); strings.HasSuffix(name, ".service") {
			return name
		}
	}
	return ""
}

// String says in a sentence whose view this is.
func (e Environment) String() string {
	who := fmt.Sprintf("uid %d", e.UID)
	switch {
	case e.UID == 0:
		who = "root"
	case e.UID == 65534:
		who += " (nobody)"
	}
	who += " " + e.privileges()
	where := "run by hand"
	if e.Service != "" {
		where = "as " + e.Service + " of systemd"
	}
	var limits []string
	if e.NoNewPrivs {
		limits = append(limits, "may gain no privilege")
	}
	if e.Seccomp {
		limits = append(limits, "system calls are filtered")
	}
	if limits != nil {
		where += " (" + strings.Join(limits, ", ") + ")"
	}
	return who + ", " + where + ", on " + cmp.Or(e.Machine, "hardware of its own") + ", Linux " + e.Kernel
}

// privileges names the capabilities, or those that are wanting where that is short.
func (e *Environment) privileges() string {
	var lacks []string
	for _, name := range capabilities {
		if !e.has(name) {
			lacks = append(lacks, name)
		}
	}
	switch {
	case len(lacks) == 0:
		return "with all capabilities"
	case len(lacks) == len(capabilities):
		return "without capabilities"
	case len(lacks) <= len(capabilities)/2:
		return "with all capabilities but " + strings.Join(lacks, ", ")
	}
	return "with " + strings.Join(e.Capabilities, ", ")
}

// notes are what is no fault of any source and changes what they show.
func (e *Environment) notes() []string {
	notes := []string{}
	if strings.Contains(e.Machine, "container") && e.Proc == "/proc" {
		notes = append(notes, "This is the view from within a container. Of the machine it shows what the container does: "+
			"for all of the machine run it with --pid=host --network=host -v /:/host:ro,rslave "+
			"-e HOST_PROC=/host/proc -e HOST_SYS=/host/sys -e HOST_ROOT=/host.")
	}
	return notes
}

// exists reports whether a file is there, as far as this process can see.
func exists(path string) bool { return syscall.Access(path, 0) == nil }

func (e *Environment) proc(parts ...string) string { return below(e.Proc, parts) }
func (e *Environment) sys(parts ...string) string  { return below(e.Sys, parts) }
func (e *Environment) host(parts ...string) string { return below(e.Host, parts) }

func (e *Environment) etc(parts ...string) string {
	return below(cmp.Or(os.Getenv("HOST_ETC"), e.host("etc")), parts)
}

func (e *Environment) osRelease() string   { return e.etc("os-release") }
func (e *Environment) cpuinfoPath() string { return e.proc("cpuinfo") }
func (e *Environment) clocksource() string {
	return e.sys("devices/system/clocksource/clocksource0/current_clocksource")
}

func below(root string, parts []string) string {
	return filepath.Join(append([]string{root}, parts...)...)
}

// word is a short file without the space around it, "" where it cannot be read.
func word(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
