package collector

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/common"
)

const passwdText = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n# comment:x:5:5\n\n+::::::\nalice:x:1000:1000:,,,:/home/alice:/bin/bash\nbroken:x:many:1\nbig:x:4294967296:1::/:\nno:x:7\n"

func TestUserNames(t *testing.T) {
	dir := t.TempDir()
	ctx, passwd := rootedAt(t.Context(), dir), filepath.Join(dir, "etc", "passwd")
	var users userNames
	now := time.Now()
	check := func(ctx context.Context, at time.Duration, want0, want1000 string) {
		t.Helper()
		users.refresh(ctx, now.Add(at))
		if a, b := users.name(0), users.name(1000); a != want0 || b != want1000 {
			t.Errorf("after %v: %q and %q, want %q and %q", at, a, b, want0, want1000)
		}
	}
	check(ctx, 0, "0", "1000")
	writeFile(t, passwd, passwdText)
	check(ctx, time.Second, "0", "1000")
	check(ctx, userInterval, "root", "alice")
	writeFile(t, passwd, "root:x:0:0::/:\nbob:x:1000:1000::/:\n")
	check(ctx, userInterval+time.Second, "root", "alice")
	check(ctx, 2*userInterval, "root", "bob")
	check(rootedAt(t.Context(), t.TempDir()), 2*userInterval, "0", "1000")
}

// TestUsersOfAnotherMachine: the numbers are those of /proc, and the names those of
// /etc/passwd, which in a container may be two machines.
func TestUsersOfAnotherMachine(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "etc/passwd"), passwdText)
	proc, etc := filepath.Join(dir, "proc"), filepath.Join(dir, "etc")
	ours := new(userNames)
	ours.refresh(t.Context(), time.Now())
	here := ours.name(0)
	for name, c := range map[string]struct {
		roots common.EnvMap
		want  string
	}{
		"all of this machine": {common.EnvMap{}, here},
		"its /proc elsewhere": {common.EnvMap{common.HostProcEnvKey: proc}, "0"},
		"its /etc elsewhere":  {common.EnvMap{common.HostEtcEnvKey: etc}, "0"},
		"its root elsewhere":  {common.EnvMap{common.HostRootEnvKey: dir}, "0"},
		"/proc and /etc":      {common.EnvMap{common.HostProcEnvKey: proc, common.HostEtcEnvKey: etc}, "root"},
		"/proc and the root":  {common.EnvMap{common.HostProcEnvKey: proc, common.HostRootEnvKey: dir}, "root"},
		"/proc where it is":   {common.EnvMap{common.HostProcEnvKey: "/proc/"}, here},
	} {
		var users userNames
		ctx := context.WithValue(t.Context(), common.EnvKey, c.roots)
		users.refresh(ctx, time.Now())
		if got := users.name(0); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestUsersWithoutNames: a machine of containers has as many as it likes.
func TestUsersWithoutNames(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "etc/passwd"), passwdText)
	var users userNames
	users.refresh(rootedAt(t.Context(), dir), time.Now())
	for uid := range uint32(100_000) {
		if got := users.name(100_000 + uid); got != strconv.Itoa(int(100_000+uid)) {
			t.Fatalf("%d is %q", 100_000+uid, got)
		}
	}
	if len(users.names) != 2 {
		t.Errorf("%d names are remembered", len(users.names))
	}
}

func TestParsePasswd(t *testing.T) {
	names := parsePasswd(passwdText)
	if len(names) != 2 || names[0] != "root" || names[1000] != "alice" {
		t.Errorf("got %v", names)
	}
}

func FuzzParsePasswd(f *testing.F) {
	f.Add(passwdText)
	f.Fuzz(func(t *testing.T, text string) {
		for uid, name := range parsePasswd(text) {
			if name == "" {
				t.Errorf("%d has no name", uid)
			}
		}
	})
}
