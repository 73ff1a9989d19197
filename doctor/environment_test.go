package doctor

import (
	"slices"
	"strings"
	"testing"
)

func TestReadStatus(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Environment
	}{
		"root":                    {"Name:\ttacho\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n", Environment{Capabilities: []string{"all"}}},
		"a later kernel has more": {"CapEff:\tffffffffffffffff\n", Environment{Capabilities: []string{"all"}}},
		"the unit": {"CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t9\n",
			Environment{Capabilities: []string{}, NoNewPrivs: true, Seccomp: true}},
		"two":     {"CapEff:\t0000000000080004\n", Environment{Capabilities: []string{readAny, trace}}},
		"nothing": {"", Environment{Capabilities: []string{}}},
		"garbage": {"CapEff\nCapEff: x\nSeccomp:\n:::\n", Environment{Capabilities: []string{}}},
	} {
		var got Environment
		got.readStatus(c.text)
		if !slices.Equal(got.Capabilities, c.want.Capabilities) || got.NoNewPrivs != c.want.NoNewPrivs || got.Seccomp != c.want.Seccomp {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestUnitOf(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/tacho.service\n": "tacho.service",
		"9:name=systemd:/system.slice/tacho.service\n8:pids:/\n0::/system.slice/tacho.service\n":    "tacho.service",
		"0::/user.slice/user-1000.slice/session-3.scope\n":                                          "",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal.scope\n": "",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/tacho.service\n":                "",
		"0::/user.slice/user-1000.slice/user@1000.service/tacho.service\n":                          "",
		"0::/system.slice/system-tacho.slice/tacho@1.service\n":                                     "tacho@1.service",
		"0::/\n": "", "": "", "nonsense": "",
	} {
		if got := unitOf(text); got != want {
			t.Errorf("unit of %q is %q, want %q", text, got, want)
		}
	}
}

func TestEnvironmentInWords(t *testing.T) {
	for _, c := range []struct {
		e    Environment
		want string
	}{
		{Environment{Capabilities: []string{"all"}, Kernel: "6.1.0"}, "root with all capabilities, run by hand, on hardware of its own, Linux 6.1.0"},
		{Environment{UID: 65534, Kernel: "6.1.0", Machine: "KVM guest"}, "uid 65534 (nobody) without capabilities, run by hand, on KVM guest, Linux 6.1.0"},
		{Environment{UID: 61190, Kernel: "6.1.0", Service: "tacho.service", NoNewPrivs: true, Seccomp: true, Capabilities: []string{trace}},
			"uid 61190 with CAP_SYS_PTRACE, as tacho.service of systemd (may gain no privilege, system calls are filtered), on hardware of its own, Linux 6.1.0"},
		{Environment{Kernel: "6.1.0", Capabilities: slices.DeleteFunc(slices.Clone(capabilities), func(c string) bool { return c == "CAP_SYS_RESOURCE" })},
			"root with all capabilities but CAP_SYS_RESOURCE, run by hand, on hardware of its own, Linux 6.1.0"},
	} {
		if got := c.e.String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// The process of the test is one that can be looked at.
func TestLook(t *testing.T) {
	e := Look()
	if e.Kernel == "" || !strings.HasPrefix(e.Executable, "/") || e.Capabilities == nil || e.Proc != "/proc" || e.Host != "/" {
		t.Errorf("%+v", e)
	}
	t.Setenv("HOST_PROC", "/host/proc")
	t.Setenv("HOST_ROOT", "/host")
	if e = Look(); e.proc("stat") != "/host/proc/stat" || e.etc("passwd") != "/host/etc/passwd" || !e.Container {
		t.Errorf("below roots: %+v", e)
	}
}

func FuzzEnvironment(f *testing.F) {
	f.Add("CapEff:\t0000000000080004\n")
	f.Add("0::/system.slice/tacho.service\n")
	f.Add("26 1 0:24 / /proc rw,nosuid - proc proc rw,hidepid=invisible,gid=4\n")
	f.Fuzz(func(t *testing.T, text string) {
		var e Environment
		e.readStatus(text)
		if unit := unitOf(text); unit != "" && (!strings.HasSuffix(unit, ".service") || strings.Contains(unit, "/")) {
			t.Errorf("unit %q", unit)
		}
		if group := procGroup(text, "/proc", text); strings.ContainsAny(group, "\n,") {
			t.Errorf("group %q", group)
		}
		if line := quoteShell(text); !strings.ContainsAny(line, "'") && strings.ContainsAny(line, " \n;$`\"\\&|<>()*?[]#~!") {
			t.Errorf("%q is no word of a shell", line)
		}
	})
}
