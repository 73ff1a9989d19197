package collector

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseMountLine(t *testing.T) {
	tests := map[string]struct {
		line string
		want mountEntry
	}{
		"optional fields": {
			`36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue`,
			mountEntry{36, 35, 98, 0, "/mnt1", "/mnt2", "rw,noatime", "ext3", "/dev/root", "rw,errors=continue"},
		},
		"escapes": {
			`1 2 0:3 / /a\040b\011c\012d\134e rw - tmpfs x\040y rw`,
			mountEntry{1, 2, 0, 3, "/", "/a b\tc\nd\\e", "rw", "tmpfs", "x y", "rw"},
		},
		"what only looks like an escape": {
			`1 2 0:3 / /\9zz\04\777\ rw - tmpfs x rw`,
			mountEntry{1, 2, 0, 3, "/", `/\9zz\04\777\`, "rw", "tmpfs", "x", "rw"},
		},
		"empty source": {
			`1 2 0:3 / /x rw - tmpfs  rw`,
			mountEntry{1, 2, 0, 3, "/", "/x", "rw", "tmpfs", "", "rw"},
		},
		"names that look like the separator": {
			`1 2 0:3 - /- - - tmpfs - -`,
			mountEntry{1, 2, 0, 3, "-", "/-", "-", "tmpfs", "-", "-"},
		},
		"markup and other bytes": {
			"1 2 0:3 / /<script>\xff\r\u2003 rw - fuse.x <b> rw",
			mountEntry{1, 2, 0, 3, "/", "/<script>\xff\r\u2003", "rw", "fuse.x", "<b>", "rw"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseMountLine(test.line)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestParseMountinfoRefusesDamage(t *testing.T) {
	const good = "36 35 98:0 / /mnt rw shared:1 - ext3 /dev/root rw\n"
	for name, text := range map[string]string{
		"empty":             "",
		"cut short":         good + strings.TrimSuffix(good, "\n"),
		"no separator":      "36 35 98:0 / /mnt rw shared:1 ext3 /dev/root rw\n",
		"no super options":  "36 35 98:0 / /mnt rw - ext3 /dev/root\n",
		"no number":         "x 35 98:0 / /mnt rw - ext3 /dev/root rw\n",
		"no device number":  "36 35 98 / /mnt rw - ext3 /dev/root rw\n",
		"relative":          "36 35 98:0 / mnt rw - ext3 /dev/root rw\n",
		"empty line":        good + "\n",
		"not mountinfo":     "<html>\n",
		"number over range": "36 35 98:99999999999 / /mnt rw - ext3 /dev/root rw\n",
	} {
		if got, err := parseMountinfo(text); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestHiddenMountsAreFound(t *testing.T) {
	tests := map[string]struct {
		lines string
		shown []string // devices
	}{
		"two on one mount point": {
			"2 1 8:1 / /a rw - ext4 below rw\n3 2 8:2 / /a rw - ext4 above rw\n", []string{"above"},
		},
		"one put beneath another later": {
			"3 4 8:2 / /a rw - ext4 above rw\n4 1 8:1 / /a rw - ext4 beneath rw\n", []string{"above"},
		},
		"below a directory mounted over later": {
			"2 1 8:1 / /a/b rw - ext4 below rw\n3 1 8:2 / /a rw - ext4 above rw\n", []string{"above"},
		},
		"below one that is itself hidden": {
			"2 1 8:1 / /a/b rw - ext4 below rw\n3 2 8:2 / /a/b/c rw - ext4 further rw\n4 1 8:3 / /a rw - ext4 above rw\n",
			[]string{"above"},
		},
		"one inside another": {
			"2 1 8:1 / /a rw - ext4 outer rw\n3 2 8:2 / /a/b rw - ext4 inner rw\n", []string{"outer", "inner"},
		},
		"names that start alike": {
			"2 1 8:1 / /a rw - ext4 short rw\n3 1 8:2 / /ab rw - ext4 long rw\n", []string{"short", "long"},
		},
		"the root that took the place of the first": {
			"1 1 8:1 / / rw - ext4 first rw\n2 1 8:2 / / rw - ext4 root rw\n3 2 8:3 / /a rw - ext4 a rw\n", []string{"root", "a"},
		},
	}
	for name, test := range tests {
		entries, err := parseMountinfo(test.lines)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		shown, _ := MountFilter{}.choose(entries, nil)
		for _, e := range shown {
			got = append(got, e.source)
		}
		if !slices.Equal(got, test.shown) {
			t.Errorf("%s: shown %q, want %q", name, got, test.shown)
		}
	}
}

func TestMountOptionsAreListedOnce(t *testing.T) {
	e := mountEntry{options: "rw,noatime", superOptions: `rw,lowerdir=/a\054b,noatime,x=1,`}
	want := []string{"rw", "noatime", "lowerdir=/a,b", "x=1"}
	if got := e.allOptions(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// escapeMount is what the kernel does to names.
var escapeMount = strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`, "#", `\043`)

func FuzzMountNamesSurvive(f *testing.F) {
	f.Add("/mnt/a b", "/dev/x", "rw")
	f.Add("/\\040", "", "-")
	f.Fuzz(func(t *testing.T, mountpoint, source, root string) {
		mountpoint = "/" + mountpoint
		line := "1 2 3:4 " + escapeMount.Replace(root) + " " + escapeMount.Replace(mountpoint) +
			" rw shared:1 - ext4 " + escapeMount.Replace(source) + " rw\n"
		entries, err := parseMountinfo(line)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != 1 || entries[0].mountpoint != mountpoint || entries[0].source != source || entries[0].root != root {
			t.Fatalf("got %+v of %q", entries, line)
		}
	})
}

func FuzzMountinfo(f *testing.F) {
	f.Add("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n")
	f.Add("1 1 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n3 2 8:1 /x /y rw - ext4 /dev/sda1 rw\n")
	f.Add("1 2 0:1 / /a rw - ext4 a rw\n2 1 0:1 / /a/b rw - ext4 a rw\n2 2 0:1 / /a rw - autofs a rw\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseMountinfo(text)
		if err != nil {
			return
		}
		shown, skipped := MountFilter{Include: []string{"/**"}}.choose(entries, nil)
		if len(shown)+len(skipped) != len(entries) {
			t.Fatalf("%d mounts became %d shown and %d skipped", len(entries), len(shown), len(skipped))
		}
		seen := make(map[string]bool)
		for _, e := range shown {
			if seen[e.mountpoint] {
				t.Fatalf("%q is shown twice", e.mountpoint)
			}
			seen[e.mountpoint] = true
		}
		for _, s := range skipped {
			if s.Reason == "" {
				t.Fatalf("%q is skipped for no reason", s.Mountpoint)
			}
		}
	})
}
