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
		return deviceIO{major: major, minor: minor, ioCounters: ioCounters{ioRead: read, ioWritten: written}}
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
		if got, _ := s.since(nil, test.devices); got != (ioCounters{ioRead: test.read, ioWritten: test.written}) {
			t.Errorf("%s: %d, want %d and %d", name, got, test.read, test.written)
		}
	}
}

// TestMovedSince: each side of a stack may grow while the other has more of before, and
// a device may come, go, be made anew under the same number, and change its place.
func TestMovedSince(t *testing.T) {
	s := ioStacks{devices: map[[2]uint32]stackedDevice{
		{8, 0}: {stack: 0, bottom: true}, {8, 16}: {stack: 0, bottom: true}, {9, 0}: {stack: 0}, {253, 0}: {stack: 0, top: true},
		{8, 32}: {stack: 1, top: true, bottom: true}, {7, 0}: {stack: 2, top: true, bottom: true, none: true},
	}}
	written := func(major, minor uint32, n uint64) deviceIO {
		return deviceIO{major: major, minor: minor, ioCounters: ioCounters{ioWritten: n}}
	}
	for name, test := range map[string]struct {
		before, now []deviceIO
		moved       uint64
		backward    bool
	}{
		"nothing":                      {[]deviceIO{written(8, 0, 100), written(253, 0, 7)}, []deviceIO{written(8, 0, 100), written(253, 0, 7)}, 0, false},
		"the top, which lags":          {[]deviceIO{written(8, 0, 100), written(253, 0, 0)}, []deviceIO{written(8, 0, 100), written(253, 0, 50)}, 50, false},
		"the bottom, which lags":       {[]deviceIO{written(8, 0, 1), written(253, 0, 100)}, []deviceIO{written(8, 0, 5), written(253, 0, 100)}, 4, false},
		"both":                         {[]deviceIO{written(8, 0, 100), written(253, 0, 0)}, []deviceIO{written(8, 0, 130), written(253, 0, 20)}, 30, false},
		"copies":                       {[]deviceIO{written(8, 0, 1), written(8, 16, 1), written(253, 0, 1)}, []deviceIO{written(8, 0, 6), written(8, 16, 6), written(253, 0, 6)}, 10, false},
		"what is between":              {[]deviceIO{written(9, 0, 1)}, []deviceIO{written(9, 0, 9)}, 0, false},
		"no disk":                      {[]deviceIO{written(7, 0, 1)}, []deviceIO{written(7, 0, 9)}, 0, false},
		"in another order":             {[]deviceIO{written(8, 32, 10), written(99, 1, 20)}, []deviceIO{written(99, 1, 21), written(8, 32, 12)}, 3, false},
		"one that was not used before": {[]deviceIO{written(8, 32, 10)}, []deviceIO{written(8, 32, 10), written(99, 1, 5)}, 5, false},
		"one that is gone":             {[]deviceIO{written(8, 32, 10), written(99, 1, 500)}, []deviceIO{written(8, 32, 12)}, 2, false},
		"one made anew":                {[]deviceIO{written(8, 32, 10), written(99, 1, 500)}, []deviceIO{written(8, 32, 12), written(99, 1, 3)}, 2, true},
	} {
		moved, backward := s.since(test.before, test.now)
		if moved != (ioCounters{ioWritten: test.moved}) || backward != [ioNumbers]bool{ioWritten: test.backward} {
			t.Errorf("%s: %d, backward %v, want %d", name, moved, backward, test.moved)
		}
	}
}

func TestStacksAreLookedUpAgain(t *testing.T) {
	dir := t.TempDir()
	unpack(t, filepath.Join(dir, "sys/block/sda/dev"), "8:0\n")
	ctx := rootedAt(t.Context(), dir)
	var s ioStacks
	now := time.Now()
	known := []deviceIO{{8, 0, ioCounters{ioRead: 5}}}
	more := []deviceIO{known[0], {253, 0, ioCounters{ioRead: 5}}}
	s.refresh(ctx, known, now)
	unpack(t, filepath.Join(dir, "sys/block/dm-0/dev"), "253:0\n")
	unpack(t, filepath.Join(dir, "sys/block/dm-0/slaves/sda"), "-> ../../sda")
	counts := func(name string, after time.Duration, devices []deviceIO, want uint64) {
		t.Helper()
		s.refresh(ctx, devices, now.Add(after))
		if got, _ := s.since(nil, more); got[ioRead] != want {
			t.Errorf("%s: %d, want %d", name, got[ioRead], want)
		}
	}
	counts("too soon", time.Second, more, 10)
	counts("no need", time.Minute, known, 10)
	counts("a device that is not known", stackLookup, more, 5)
	counts("nothing new", stackLookup+stackRefresh, known, 5)
	if err := os.RemoveAll(filepath.Join(dir, "sys/block")); err != nil {
		t.Fatal(err)
	}
	counts("without sysfs", time.Hour, known, 10)
}
