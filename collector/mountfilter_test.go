package collector

import (
	"path"
	"strings"
	"testing"
)

func TestMountGlobs(t *testing.T) {
	tests := []struct {
		glob, mountpoint string
		want             bool
	}{
		{"/", "/", true},
		{"/", "/data", false},
		{"/data", "/data", true},
		{"/data", "/data/a", false},
		{"/*", "/", false},
		{"/*", "/data", true},
		{"/*", "/data/a", false},
		{"/d?ta", "/data", true},
		{"/d?ta", "/d/ta", false},
		{"/disk[0-9]", "/disk7", true},
		{"/disk[0-9]", "/diskx", false},
		{"/snap/**", "/snap", false},
		{"/snap/**", "/snap/core", true},
		{"/snap/**", "/snap/core/1", true},
		{"/snap/**", "/snapshots", false},
		{"/**", "/", false},
		{"/**", "/a/b", true},
		{"/a/**/z", "/a/z", true},
		{"/a/**/z", "/a/b/c/z", true},
		{"/a/**/z", "/a/b/c/zz", false},
		{"/**/x/**/y", "/1/x/2/x/3/y", true},
		{"/**/volumes/**", "/var/lib/docker/volumes/a/_data", true},
		{"/**/volumes/**", "/var/lib/docker/volumes", false},
		{"/mnt/*/x", "/mnt/a b\n/x", true},
		{`/mnt/\*`, "/mnt/*", true},
		{`/mnt/\*`, "/mnt/a", false},
	}
	for _, test := range tests {
		if got := matchMountGlob(test.glob, test.mountpoint); got != test.want {
			t.Errorf("%s on %q: %v", test.glob, test.mountpoint, got)
		}
	}
}

func TestValidateNamesBadGlobs(t *testing.T) {
	bad := []string{"", "data", "/data/", "/a//b", "/a/../b", "/a[", `/a\`, "/a**", "/a/b**c/d"}
	err := MountFilter{Include: bad[:4], Exclude: append(bad[4:], "/fine/**", "/", "/*")}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, glob := range bad {
		if !strings.Contains(err.Error(), "glob \""+strings.ReplaceAll(glob, `\`, `\\`)+"\":") {
			t.Errorf("%q is not named in: %v", glob, err)
		}
	}
	if n := strings.Count(err.Error(), "glob "); n != len(bad) {
		t.Errorf("%d globs are named, want %d: %v", n, len(bad), err)
	}
	if err := (MountFilter{Include: []string{"/**", "/snap/*/x"}}).Validate(); err != nil {
		t.Errorf("good globs: %v", err)
	}
}

func FuzzMountGlob(f *testing.F) {
	f.Add("/snap/**", "/snap/core/1")
	f.Add("/**/**/**/**/**/x", "/a/a/a/a/a/a/a/a/a")
	f.Fuzz(func(t *testing.T, glob, mountpoint string) {
		matchMountGlob(glob, mountpoint) // neither panics nor hangs
		if validateMountGlob(glob) != nil || strings.Contains(glob, "**") {
			return
		}
		mountpoint = path.Clean("/" + mountpoint)
		want, _ := path.Match(glob, mountpoint)
		if glob == "/*" && mountpoint == "/" {
			want = false // here no segment is no match for *
		}
		if got := matchMountGlob(glob, mountpoint); got != want {
			t.Fatalf("%q on %q: %v, and path.Match says %v", glob, mountpoint, got, want)
		}
	})
}

func FuzzMountGlobDoubleStar(f *testing.F) {
	f.Add("/a/**/b", "/a/x/y/b")
	f.Fuzz(func(t *testing.T, glob, mountpoint string) {
		if validateMountGlob(glob) != nil || len(glob) > 40 || len(mountpoint) > 40 {
			return
		}
		mountpoint = path.Clean("/" + mountpoint)
		if got, want := matchMountGlob(glob, mountpoint), matchByDefinition(pathSegments(glob), pathSegments(mountpoint)); got != want {
			t.Fatalf("%q on %q: %v, by definition %v", glob, mountpoint, got, want)
		}
	})
}

// matchByDefinition tries everything that each ** could stand for.
func matchByDefinition(pattern, names []string) bool {
	switch {
	case len(pattern) == 0:
		return len(names) == 0
	case pattern[0] != "**":
		return len(names) > 0 && matchSegment(pattern[0], names[0]) && matchByDefinition(pattern[1:], names[1:])
	case len(pattern) == 1:
		return len(names) > 0
	}
	for n := range len(names) + 1 {
		if matchByDefinition(pattern[1:], names[n:]) {
			return true
		}
	}
	return false
}
