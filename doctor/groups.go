package doctor

import (
	"slices"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

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

// noContainers: other groups have their names from their paths.
func noContainers(x *examination, t *tally) (Finding, bool) {
	isContainer := func(c *collector.Cgroup) bool { return c.Container != "" }
	isClosed := t != nil && t.count[denied]+t.count[failed]+t.count[stale] > 0
	none := !isClosed && !slices.ContainsFunc(x.snapshot.Cgroups.Value.Cgroups, isContainer)
	return Finding{Status: Absent, Why: "there is no container"}, none
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
