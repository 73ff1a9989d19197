package collector

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestStackedDevicesCountOnce: a volume on a RAID of two disks, one of which has a
// partition of its own; a disk alone; what is no disk; and one that sysfs lacks.
func TestStackedDevicesCountOnce(t *testing.T) {
	dir := t.TempDir()
	for path, content := range map[string]string{
		"sda/dev": "8:0\n", "sda/sda1/dev": "8:1\n", "sda/sda1/partition": "1\n", "sdb/dev": "8:16\n", "sdc/dev": "8:32\n",
		"md0/dev": "9:0\n", "md0/slaves/sda1": "-> ../../sda/sda1", "md0/slaves/sdb": "-> ../../sdb",
		"dm-0/dev": "253:0\n", "dm-0/slaves/md0": "-> ../../md0",
		"loop0/dev": "7:0\n", "zram0/dev": "252:0\n", "ram1/dev": "1:1\n", "broken/dev": "x\n",
	} {
		unpack(t, filepath.Join(dir, "sys/block", path), content)
	}
	ctx := rootedAt(t.Context(), dir)
	device := func(major, minor uint32, read, written uint64) deviceIO {
		return deviceIO{major: major, minor: minor, ioCounters: ioCounters{read: read, written: written}}
	}
	for name, test := range map[string]struct {
		devices       []deviceIO
		read, written uint64
	}{
		"nothing":                    {nil, 0, 0},
		"a disk alone":               {[]deviceIO{device(8, 32, 5, 6)}, 5, 6},
		"a volume and what is below": {[]deviceIO{device(253, 0, 100, 50), device(9, 0, 100, 50), device(8, 0, 60, 50), device(8, 16, 40, 50)}, 100, 100},
		"copies made for the kernel": {[]deviceIO{device(253, 0, 100, 50), device(8, 0, 100, 0)}, 100, 50},
		"beside the volume":          {[]deviceIO{device(253, 0, 100, 50), device(8, 0, 130, 70), device(8, 32, 1, 1)}, 131, 71},
		"no disks":                   {[]deviceIO{device(7, 0, 9, 9), device(252, 0, 9, 9), device(1, 1, 9, 9)}, 0, 0},
		"unknown":                    {[]deviceIO{device(99, 9, 3, 4), device(8, 0, 1, 1)}, 4, 5},
	} {
		var s ioStacks
		s.refresh(ctx, test.devices, time.Now())
		if got := s.sum(test.devices); got.read != test.read || got.written != test.written {
			t.Errorf("%s: %d and %d, want %d and %d", name, got.read, got.written, test.read, test.written)
		}
	}
}

func TestStacksAreLookedUpAgain(t *testing.T) {
	dir := t.TempDir()
	unpack(t, filepath.Join(dir, "sys/block/sda/dev"), "8:0\n")
	ctx := rootedAt(t.Context(), dir)
	var s ioStacks
	now := time.Now()
	known, more := []deviceIO{{major: 8}}, []deviceIO{{major: 8}, {major: 8, minor: 16}}
	s.refresh(ctx, known, now)
	unpack(t, filepath.Join(dir, "sys/block/sdb/dev"), "8:16\n")
	for _, step := range []struct {
		after   time.Duration
		devices []deviceIO
		changes int
	}{
		{time.Second, more, 1},                 // too soon
		{time.Minute, known, 1},                // no need
		{stackLookup, more, 2},                 // a device that is not known
		{stackLookup + stackRefresh, known, 2}, // nothing new
	} {
		if s.refresh(ctx, step.devices, now.Add(step.after)); s.changes != step.changes {
			t.Errorf("after %v: changed %d times, want %d", step.after, s.changes, step.changes)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "sys/block")); err != nil {
		t.Fatal(err)
	}
	if s.refresh(ctx, known, now.Add(time.Hour)); s.changes != 3 || s.sum(more) != (ioCounters{}) {
		t.Errorf("without sysfs: changed %d times", s.changes)
	}
}
