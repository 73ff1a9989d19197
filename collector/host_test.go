package collector

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shirou/gopsutil/v4/common"
)

func TestHost(t *testing.T) {
	for name, want := range map[string]Host{
		"debian12": {Name: "atlas", OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0-28-amd64",
			BootTime: time.Unix(1790000000, 0).UTC(), Uptime: 43215.67},
		"linux4.4": {Name: "web-1", OS: "Ubuntu 16.04.7 LTS", Kernel: "4.4.0-210-generic",
			BootTime: time.Unix(1500000000, 0).UTC(), Uptime: 490.04},
	} {
		ctx, _ := fixture(t, name)
		host, err := NewHost()(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if host.Name != want.Name || host.OS != want.OS || host.Kernel != want.Kernel ||
			host.BootTime != want.BootTime || host.Uptime != want.Uptime {
			t.Errorf("%s: %+v, want %+v", name, host, want)
		}
		if len(host.Users) != 0 || host.UsersStatus != Unsupported {
			t.Errorf("%s: users without utmp are %v, %v", name, host.Users, host.UsersStatus)
		}
	}
}

func TestHostChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "debian12")
		osRelease := filepath.Join(dir, "etc/os-release")
		if err := os.Rename(osRelease, osRelease+".away"); err != nil {
			t.Fatal(err)
		}
		collect := NewHost()
		host, err := collect(ctx)
		if err != nil || host.OS != "" {
			t.Fatalf("without os-release: %+v, %v", host, err)
		}

		os.Rename(osRelease+".away", osRelease)
		writeUtmp(t, dir, login("ann", "pts/0", "192.0.2.7", 1790000100))
		rewrite(t, filepath.Join(dir, "proc/stat"), "btime 1790000000", "btime 1790003600")
		writeFile(t, filepath.Join(dir, "proc/sys/kernel/hostname"), "hermes\n")
		writeFile(t, filepath.Join(dir, "proc/uptime"), "43220.50 160220.00\n")
		time.Sleep(5 * time.Second)
		host, err = collect(ctx)
		if err != nil || host.Name != "hermes" || host.Uptime != 43220.5 {
			t.Errorf("name and uptime are of an earlier call: %+v, %v", host, err)
		}
		if len(host.Users) != 0 || host.BootTime.Unix() != 1790000000 {
			t.Errorf("users and boot time were read again after 5 s: %+v", host)
		}

		time.Sleep(5 * time.Second)
		host, err = collect(ctx)
		if err != nil || host.OS == "" || len(host.Users) != 1 || host.BootTime.Unix() != 1790003600 {
			t.Errorf("after 10 s: %+v, %v", host, err)
		}
	})
}

func TestHostFromBrokenFiles(t *testing.T) {
	for name, change := range map[string]struct{ file, text string }{
		"no uptime":       {"proc/uptime", ""},
		"uptime cut off":  {"proc/uptime", "4321"},
		"uptime a word":   {"proc/uptime", "long 160201.11\n"},
		"uptime infinite": {"proc/uptime", "Inf 160201.11\n"},
		"no boot time":    {"proc/stat", "cpu  1 2 3 4 5 6 7\n"},
		"boot time cut":   {"proc/stat", "btime 17900"},
		"no name":         {"proc/sys/kernel/hostname", "\n"},
	} {
		ctx, dir := fixture(t, "debian12")
		writeFile(t, filepath.Join(dir, change.file), change.text)
		if host, err := NewHost()(ctx); err == nil {
			t.Errorf("%s: read as %+v", name, host)
		}
	}
}

func TestHostWithoutFile(t *testing.T) {
	for _, file := range []string{"uptime", "stat", "sys/kernel/hostname", "sys/kernel/osrelease"} {
		ctx, dir := fixture(t, "debian12")
		if err := os.Remove(filepath.Join(dir, "proc", file)); err != nil {
			t.Fatal(err)
		}
		if _, err := NewHost()(ctx); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

func TestHostUsers(t *testing.T) {
	reboot := login("reboot", "~", "6.1.0-28-amd64", 1790000000)
	reboot.kind = 2
	ann := login("ann", "pts/0", "192.0.2.7", 1790000100)
	root := login("root", "tty1", "", 1790000200)
	ctx, dir := fixture(t, "debian12")
	writeUtmp(t, dir, reboot, ann, root)
	host, err := NewHost()(ctx)
	want := []User{
		{"ann", "pts/0", "192.0.2.7", time.Unix(1790000100, 0).UTC()},
		{"root", "tty1", "", time.Unix(1790000200, 0).UTC()},
	}
	if err != nil || !slices.Equal(host.Users, want) || host.UsersStatus != OK {
		t.Errorf("got %+v, %v, %v", host.Users, host.UsersStatus, err)
	}
}

func TestHostUtmpCutOff(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeUtmp(t, dir, login("ann", "pts/0", "", 1790000100))
	path := filepath.Join(dir, "run/utmp")
	record, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(record)+string(record[:100]))
	host, err := NewHost()(ctx)
	if err != nil || len(host.Users) != 1 || host.UsersStatus != Failed {
		t.Errorf("got %+v, %v, %v", host.Users, host.UsersStatus, err)
	}
}

func TestHostNobodyLoggedIn(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeFile(t, filepath.Join(dir, "run/utmp"), "")
	host, err := NewHost()(ctx)
	if err != nil || host.Users == nil || len(host.Users) != 0 || host.UsersStatus != OK {
		t.Errorf("got %+v, %v, %v", host.Users, host.UsersStatus, err)
	}
}

func TestHostUtmpDenied(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeUtmp(t, dir, login("ann", "pts/0", "", 1790000100))
	deny(t, filepath.Join(dir, "run/utmp"))
	host, err := NewHost()(ctx)
	if err != nil || len(host.Users) != 0 || host.UsersStatus != Denied {
		t.Errorf("got %+v, %v, %v", host.Users, host.UsersStatus, err)
	}
}

func FuzzParseUptime(f *testing.F) {
	f.Add("962.56 1781.99\n")
	f.Add("NaN 0")
	f.Fuzz(func(t *testing.T, text string) {
		if uptime, err := parseUptime(text); err == nil && !(uptime >= 0) {
			t.Errorf("%q: %v", text, uptime)
		}
	})
}

func TestHostNameBelowARoot(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	writeFile(t, filepath.Join(dir, "etc/hostname"), "forge\nignored\n")
	if host, err := NewHost()(ctx); err != nil || host.Name != "forge" {
		t.Errorf("got %q, %v", host.Name, err)
	}
	rootOnly := common.EnvMap{common.HostProcEnvKey: filepath.Join(dir, "proc"), common.HostRootEnvKey: dir}
	ctx = context.WithValue(t.Context(), common.EnvKey, rootOnly)
	if host, err := NewHost()(ctx); err != nil || host.Name != "forge" || host.OS != "Debian GNU/Linux 12 (bookworm)" {
		t.Errorf("with HOST_ROOT alone got %q on %q, %v", host.Name, host.OS, err)
	}
	writeFile(t, filepath.Join(dir, "etc/hostname"), "\n")
	if host, err := NewHost()(ctx); err != nil || host.Name != "atlas" {
		t.Errorf("with an empty file got %q, %v", host.Name, err)
	}
}

func TestUsersWhoseProcessIsGone(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	here, gone, unknown := login("ann", "pts/0", "", 1790000100), login("bob", "pts/1", "", 1790000100), login("eve", "tty1", "", 1790000100)
	here.pid, gone.pid = 4711, 4712
	writeUtmp(t, dir, here, gone, unknown)
	writeFile(t, filepath.Join(dir, "proc/4711/comm"), "sshd\n")
	if host, _ := NewHost()(ctx); len(host.Users) != 3 {
		t.Errorf("where processes are hidden, got %+v", host.Users)
	}
	writeFile(t, filepath.Join(dir, "proc/1/comm"), "init\n")
	if host, _ := NewHost()(ctx); len(host.Users) != 2 || host.Users[0].Name != "ann" || host.Users[1].Name != "eve" || host.UsersStatus != OK {
		t.Errorf("got %+v, %v", host.Users, host.UsersStatus)
	}
}
