package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shirou/gopsutil/v4/common"
	"golang.org/x/sys/unix"
)

// newMountsOn returns a collector whose statfs is stat: there is no file system
// behind the mounts of a fixture.
func newMountsOn(filter MountFilter, stat func(path string, e mountEntry) (mountUsage, error)) Collector[Mounts] {
	c := &mountCollector{filter: filter, stat: stat}
	return c.collect
}

func halfFull(string, mountEntry) (mountUsage, error) {
	return mountUsage{blockSize: 4096, blocks: 1000, free: 500, available: 450, inodes: 200, freeInodes: 150}, nil
}

func TestMountsAreChosenFromMountinfo(t *testing.T) {
	tests := []struct {
		fixture string
		filter  MountFilter
		shown   []string
		skipped map[string]string // some of them
	}{
		{
			fixture: "mounts-plain",
			shown:   []string{"/", "/boot/efi", "/mnt/back up\t\\"},
			skipped: map[string]string{
				"/sys":                     "pseudo file system",
				"/proc/sys/fs/binfmt_misc": "pseudo file system",
				"/run":                     "held in memory",
			},
		},
		{
			fixture: "mounts-plain",
			filter:  MountFilter{Include: []string{"/tmp", "/run", "/proc/**"}, Exclude: []string{"/boot/**", "/run"}},
			shown:   []string{"/", "/mnt/back up\t\\", "/proc/sys/fs/binfmt_misc", "/tmp"},
			skipped: map[string]string{
				"/boot/efi": "excluded by mounts.exclude: /boot/**",
				"/run":      "excluded by mounts.exclude: /run",
				"/dev":      "pseudo file system",
			},
		},
		{
			fixture: "mounts-cloud",
			shown:   []string{"/", "/boot/efi", "/data", "/efs"},
			skipped: map[string]string{
				"/snap/core22/1380": "read-only image",
				"/srv/www":          "bind mount of /data/www",
				"/opt/app":          "bind mount of /var/lib/app",
				"/export/all":       "same file system as /data",
			},
		},
		{
			fixture: "mounts-cloud",
			filter:  MountFilter{Include: []string{"/srv/**"}, Exclude: []string{"/data"}},
			shown:   []string{"/", "/boot/efi", "/efs", "/srv/www"},
			skipped: map[string]string{
				"/data":       "excluded by mounts.exclude: /data",
				"/export/all": "same file system as /data",
			},
		},
		{
			fixture: "mounts-everything",
			shown: []string{
				"/", "/backup", "/home/ann/remote", "/media/usb stick", "/mnt/nas", "/mnt/win", "/tank", "/tank/home",
				"/var/lib/docker/volumes/share/_data",
			},
			skipped: map[string]string{
				"/home":                                  "same file system as /",
				"/mnt/pool":                              "same file system as /",
				"/snap/firefox/4173":                     "read-only image",
				"/mnt/iso":                               "read-only image",
				"/mnt/later":                             "automount point",
				"/run/user/1000/doc":                     "user-space file system not known to hold data",
				"/tmp/.mount_editor":                     "user-space file system not known to hold data",
				"/var/lib/docker/overlay2/0a1b2c/merged": "mounted by a container runtime",
				"/var/lib/docker/devicemapper/mnt/aa":    "mounted by a container runtime",
				"/run/docker/netns/d2f2ee0c":             "mounted by a container runtime",
				"/var/lib/docker/btrfs":                  "same file system as /",
				"/backup/old":                            "hidden by ext4 mounted on /backup",
			},
		},
		{
			// What cannot be measured is not shown, whatever the filter says.
			fixture: "mounts-everything",
			filter:  MountFilter{Include: []string{"/mnt/**", "/backup/**"}},
			shown: []string{
				"/", "/backup", "/home/ann/remote", "/media/usb stick", "/mnt/iso", "/mnt/nas", "/mnt/pool", "/mnt/win",
				"/tank", "/tank/home", "/var/lib/docker/volumes/share/_data",
			},
			skipped: map[string]string{
				"/mnt/later":  "automount point",
				"/backup/old": "hidden by ext4 mounted on /backup",
			},
		},
		{
			fixture: "mounts-sandbox",
			shown:   []string{"/", "/srv"},
			skipped: map[string]string{
				"/home":                  "held in memory",
				"/home/data":             "hidden by tmpfs mounted on /home",
				"/var/lib/private/tacho": "bind mount of /var/lib/private/tacho",
			},
		},
		{
			fixture: "mounts-container",
			shown:   []string{"/", "/data"},
			skipped: map[string]string{
				"/etc/hosts":           "mounted by a container runtime",
				"/dev/termination-log": "mounted by a container runtime",
			},
		},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.fixture, test.filter), func(t *testing.T) {
			ctx, _ := fixture(t, test.fixture)
			got, err := newMountsOn(test.filter, halfFull)(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if shown := mountpoints(got.Mounts); !slices.Equal(shown, test.shown) {
				t.Errorf("shown %q\nwant  %q", shown, test.shown)
			}
			reasons := make(map[string]string)
			for _, s := range got.Skipped {
				reasons[s.Mountpoint] = s.Reason
			}
			for mountpoint, want := range test.skipped {
				if reasons[mountpoint] != want {
					t.Errorf("%s is skipped for %q, want %q", mountpoint, reasons[mountpoint], want)
				}
			}
		})
	}
}

func mountpoints(mounts []Mount) (all []string) {
	for _, m := range mounts {
		all = append(all, m.Mountpoint)
	}
	return all
}

func mountAt(t *testing.T, mounts Mounts, mountpoint string) Mount {
	t.Helper()
	i := slices.IndexFunc(mounts.Mounts, func(m Mount) bool { return m.Mountpoint == mountpoint })
	if i < 0 {
		t.Fatalf("%s is not shown", mountpoint)
	}
	return mounts.Mounts[i]
}

func TestMountNumbers(t *testing.T) {
	ctx, _ := fixture(t, "mounts-plain")
	got, err := newMountsOn(MountFilter{}, halfFull)(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := Mount{
		Mountpoint: "/mnt/back up\t\\", Device: "/dev/sdb1", FSType: "xfs",
		Options:  []string{"ro", "relatime", "rw", "attr2", "inode64", "noquota"},
		ReadOnly: true, Major: 8, Minor: 17, Status: OK,
		Size: Of(4096000), Used: Of(2048000), Free: Of(2048000), Available: Of(1843200),
		UsedPercent: Of(100 * 500.0 / 950), Inodes: Of(200), InodesUsed: Of(50), InodesFree: Of(150), InodesUsedPercent: Of(25),
	}
	if m := mountAt(t, got, want.Mountpoint); !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	if mountAt(t, got, "/").ReadOnly {
		t.Error("/ is said to be read-only")
	}
}

func TestMountNumbersThatCannotBe(t *testing.T) {
	whole := mountUsage{blockSize: 512, blocks: 100, free: 40, available: 30, inodes: 10, freeInodes: 4}
	tests := map[string]struct {
		spoil         func(*mountUsage)
		space, inodes Status
	}{
		"whole":                    {func(*mountUsage) {}, OK, OK},
		"no inodes":                {func(u *mountUsage) { u.inodes, u.freeInodes = 0, 0 }, OK, Unsupported},
		"more free inodes":         {func(u *mountUsage) { u.freeInodes = 11 }, OK, Failed},
		"no size":                  {func(u *mountUsage) { u.blocks, u.free, u.available = 0, 0, 0 }, Unsupported, Unsupported},
		"no block size":            {func(u *mountUsage) { u.blockSize = 0 }, Unsupported, Unsupported},
		"more free":                {func(u *mountUsage) { u.free = 101 }, Failed, Failed},
		"negative free":            {func(u *mountUsage) { u.free = ^uint64(0) - 5 }, Failed, Failed},
		"negative available":       {func(u *mountUsage) { u.available = ^uint64(0) - 5 }, Failed, Failed},
		"available above free":     {func(u *mountUsage) { u.available = 60 }, OK, OK},
		"available none, all used": {func(u *mountUsage) { u.free, u.available = 0, 0 }, OK, OK},
	}
	for name, test := range tests {
		u := whole
		test.spoil(&u)
		var m Mount
		u.fill(&m)
		if m.Status != test.space || m.Size.Status() != test.space || m.UsedPercent.Status() != test.space {
			t.Errorf("%s: space is %s, want %s", name, m.Size.Status(), test.space)
		}
		if (m.Error != "") != (test.space != OK) {
			t.Errorf("%s: error %q", name, m.Error)
		}
		if m.Inodes.Status() != test.inodes || m.InodesUsedPercent.Status() != test.inodes {
			t.Errorf("%s: inodes are %s, want %s", name, m.Inodes.Status(), test.inodes)
		}
		for _, v := range []Value{m.Used, m.Free, m.Available} {
			size, _ := m.Size.Get()
			if number, ok := v.Get(); ok && (number < 0 || number > size) {
				t.Errorf("%s: %v of %v bytes", name, number, size)
			}
		}
	}
}

func TestPrivateMountsDoNotMakeTheMachineReadOnly(t *testing.T) {
	ctx, _ := fixture(t, "mounts-sandbox")
	got, err := newMountsOn(MountFilter{}, halfFull)(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if mountAt(t, got, "/").ReadOnly || !mountAt(t, got, "/srv").ReadOnly {
		t.Errorf("read-only: / %v, /srv %v; want false, true", mountAt(t, got, "/").ReadOnly, mountAt(t, got, "/srv").ReadOnly)
	}
}

func TestStuckMountIsStaleOnItsOwn(t *testing.T) {
	ctx, _ := fixture(t, "mounts-everything")
	env := ctx.Value(common.EnvKey)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.WithValue(t.Context(), common.EnvKey, env)
		server := make(chan struct{})
		var calls atomic.Int64
		collect := newMountsOn(MountFilter{}, func(path string, e mountEntry) (mountUsage, error) {
			if e.mountpoint == "/mnt/nas" {
				calls.Add(1)
				<-server
			}
			return halfFull(path, e)
		})
		read := func() Mounts {
			ctx, cancel := context.WithTimeout(ctx, 80*time.Millisecond)
			defer cancel()
			mounts, err := collect(ctx)
			if err != nil || ctx.Err() != nil {
				t.Fatal(err, ctx.Err())
			}
			return mounts
		}
		began := time.Now()
		read()
		time.Sleep(12*time.Second - time.Since(began))
		mounts := read()
		nas := mountAt(t, mounts, "/mnt/nas")
		if nas.Status != Stale || nas.Size != Missing(Stale) || nas.Inodes != Missing(Stale) {
			t.Errorf("the stuck mount is %+v", nas)
		}
		if want := "statfs has not returned for 12s"; nas.Error != want {
			t.Errorf("error %q, want %q", nas.Error, want)
		}
		for _, m := range mounts.Mounts {
			if m.Mountpoint != "/mnt/nas" && m.Status != OK {
				t.Errorf("%s is %s", m.Mountpoint, m.Status)
			}
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("statfs was called %d times on the stuck mount", n)
		}
		close(server)
		synctest.Wait()
		if nas := mountAt(t, read(), "/mnt/nas"); nas.Status != OK || nas.Error != "" {
			t.Errorf("after the server came back: %+v", nas)
		}
	})
}

func TestMountErrors(t *testing.T) {
	ctx, _ := fixture(t, "mounts-cloud")
	faults := map[string]error{
		"/":     os.NewSyscallError("statfs", unix.EACCES),
		"/data": errElsewhere,
		"/efs":  os.NewSyscallError("statfs", unix.ESTALE),
	}
	got, err := newMountsOn(MountFilter{}, func(path string, e mountEntry) (mountUsage, error) {
		if fault := faults[e.mountpoint]; fault != nil {
			return mountUsage{}, fault
		}
		return halfFull(path, e)
	})(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Status{"/": Denied, "/data": Denied, "/efs": Failed, "/boot/efi": OK}
	for mountpoint, status := range want {
		m := mountAt(t, got, mountpoint)
		if m.Status != status || m.Free.Status() != status || m.InodesFree.Status() != status {
			t.Errorf("%s is %s, want %s", mountpoint, m.Status, status)
		}
		if fault := faults[mountpoint]; fault != nil && m.Error != fault.Error() {
			t.Errorf("%s: error %q", mountpoint, m.Error)
		}
	}
}

func TestMountsComeAndGo(t *testing.T) {
	ctx, dir := fixture(t, "mounts-cloud")
	collect := newMountsOn(MountFilter{}, halfFull)
	first, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(first)
	mountinfo := filepath.Join(dir, "proc/1/mountinfo")
	rewrite(t, mountinfo, "/dev/root rw,discard", "/dev/root ro,discard")
	rewrite(t, mountinfo, "60 30 0:47 / /efs rw", "99 30 0:48 / /media/new rw")
	second, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mountpoints(second.Mounts), []string{"/", "/boot/efi", "/data", "/media/new"}; !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
	if !mountAt(t, second, "/").ReadOnly {
		t.Error("a file system that turned read-only is not")
	}
	if after, _ := json.Marshal(first); string(after) != string(before) {
		t.Error("a later reading changed an earlier one")
	}
}

func TestMountsWithoutSource(t *testing.T) {
	dir := t.TempDir()
	ctx := rootedAt(t.Context(), dir)
	collect := NewMounts(MountFilter{})
	if _, err := collect(ctx); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnsupported) || !strings.HasPrefix(err.Error(), "mounts: ") {
		t.Errorf("missing mountinfo: %v", err)
	}
	for _, text := range []string{"", "garbage\n", "36 35 98:0 / /mnt rw - ext4 /dev/sda1 r"} {
		writeFile(t, filepath.Join(dir, "proc/1/mountinfo"), text)
		if _, err := collect(ctx); err == nil || errors.Is(err, ErrUnsupported) || !strings.HasPrefix(err.Error(), "mounts: ") {
			t.Errorf("mountinfo %q: %v", text, err)
		}
	}
}

func TestPanicIsOfItsMountAlone(t *testing.T) {
	ctx, _ := fixture(t, "mounts-plain")
	got, err := newMountsOn(MountFilter{}, func(path string, e mountEntry) (mountUsage, error) {
		if e.mountpoint == "/boot/efi" {
			panic("boom")
		}
		return halfFull(path, e)
	})(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range got.Mounts {
		want := OK
		if m.Mountpoint == "/boot/efi" {
			want = Failed
		}
		if m.Status != want || (want == Failed) != strings.Contains(m.Error, "boom") {
			t.Errorf("%s is %v: %q", m.Mountpoint, m.Status, m.Error)
		}
	}
}

// TestMountsOfThisMachine compares with a second way of asking the kernel.
func TestMountsOfThisMachine(t *testing.T) {
	got, err := NewMounts(MountFilter{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range got.Mounts {
		var s unix.Statfs_t
		if m.Status != OK || unix.Statfs(m.Mountpoint, &s) != nil {
			continue
		}
		near(t, m.Mountpoint+" size", m.Size, float64(s.Blocks)*float64(s.Frsize), 4096)
		near(t, m.Mountpoint+" free", m.Free, float64(s.Bfree)*float64(s.Frsize), 4096)
		near(t, m.Mountpoint+" available", m.Available, float64(s.Bavail)*float64(s.Frsize), 4096)
		if s.Files > 0 {
			near(t, m.Mountpoint+" free inodes", m.InodesFree, float64(s.Ffree), 1)
		}
	}
	if len(got.Mounts)+len(got.Skipped) == 0 {
		t.Error("no mounts at all")
	}
}

// TestMountElsewhereIsDenied asks for the root of this machine as if another
// device were mounted there.
func TestMountElsewhereIsDenied(t *testing.T) {
	for _, e := range []mountEntry{
		{mountpoint: "/", fstype: "ext4", major: 4095, minor: 1},
		{mountpoint: t.TempDir(), fstype: "btrfs"},
	} {
		if _, err := statMount(e.mountpoint, e); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", e.fstype, err)
		}
	}
}

// near fails unless v is within 1 % or within unit of want.
func near(t *testing.T, what string, v Value, want, unit float64) {
	t.Helper()
	got, ok := v.Get()
	if difference := max(got-want, want-got); !ok || difference > max(unit, want/100) {
		t.Errorf("%s is %v (%s), want %v", what, got, v.Status(), want)
	}
}
