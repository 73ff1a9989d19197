package collector

import (
	"context"
	"path/filepath"
	"testing"
	"time"
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
