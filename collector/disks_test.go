package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shirou/gopsutil/v4/common"
)

// diskFixture adds to a fixture the links of /sys/dev/block, whose names hold
// colons, which Go modules cannot.
func diskFixture(t *testing.T, name string) (ctx context.Context, dir string) {
	t.Helper()
	ctx, dir = fixture(t, name)
	links, devices := filepath.Join(dir, "sys/dev/block"), filepath.Join(dir, "sys/devices")
	if err := errors.Join(os.MkdirAll(links, 0o700), os.MkdirAll(devices, 0o700)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(devices, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "dev" {
			return err
		}
		number, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target, err := filepath.Rel(links, filepath.Dir(path))
		if err != nil {
			return err
		}
		return os.Symlink(target, filepath.Join(links, strings.TrimSpace(string(number))))
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, dir
}

// inBubble runs a test on fake time with the roots of ctx.
func inBubble(t *testing.T, ctx context.Context, test func(*testing.T, context.Context)) {
	roots := ctx.Value(common.EnvKey)
	synctest.Test(t, func(t *testing.T) {
		test(t, context.WithValue(t.Context(), common.EnvKey, roots))
	})
}

func readDisks(t *testing.T, collect Collector[[]Disk], ctx context.Context) map[string]Disk {
	t.Helper()
	disks, err := collect(ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	byName := make(map[string]Disk)
	for _, d := range disks {
		byName[d.Name] = d
	}
	return byName
}

func TestDisksAreIdentified(t *testing.T) {
	ctx, _ := diskFixture(t, "disks-6.1")
	disks, err := NewDisks()(ctx)
	if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "disks: ") {
		t.Fatalf("first reading: %v", err)
	}
	var got []string
	for _, d := range disks {
		size, _ := d.Size.Get()
		got = append(got, fmt.Sprintf("%d:%d %s of %q %q stacked %v, %.0f", d.Major, d.Minor, d.Name, d.Parent, d.Label, d.Stacked, size))
	}
	want := []string{
		`252:0 bcache0 of "" "" stacked true, 2097152`,
		`104:0 cciss/c0d0 of "" "" stacked false, 35840000`,
		`104:1 cciss/c0d0p1 of "cciss/c0d0" "" stacked false, 35328000`,
		`254:0 dm-0 of "" "vg0-root" stacked true, 460800000000`,
		`9:127 md127 of "" "" stacked true, 4000717996032`,
		`259:0 nvme0n1 of "" "Samsung SSD 980" stacked false, 512110190592`,
		`259:1 nvme0n1p1 of "nvme0n1" "" stacked false, 536870912`,
		`259:2 nvme0n1p2 of "nvme0n1" "" stacked false, 506880000000`,
		`259:11 nvme0n1p10 of "nvme0n1" "" stacked false, 1048576`,
		`8:0 sda of "" "WDC WD40EFRX-68N" stacked false, 4000787030016`,
		`8:1 sda1 of "sda" "" stacked false, 4000785964544`,
		`8:16 sdb of "" "WDC WD40EFRX-68N" stacked false, 4000787030016`,
		`7:1 loop1 of "" "" stacked true, 58363904`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDiskTotalsOfKernels(t *testing.T) {
	ctx, _ := diskFixture(t, "disks-6.1")
	want := DiskCounters{
		Reads: 1000, ReadsMerged: 50, ReadBytes: 40960000, ReadSeconds: 0.4,
		Writes: 2000, WritesMerged: 100, WriteBytes: 81920000, WriteSeconds: 1.2,
		InFlight: 1, BusySeconds: 1.5, WeightedSeconds: 1.7,
		Discards: Of(30), DiscardsMerged: Of(3), DiscardBytes: Of(2097152), DiscardSeconds: Of(0.06),
		Flushes: Of(25), FlushSeconds: Of(0.04),
	}
	if got := readDisks(t, NewDisks(), ctx)["nvme0n1"].Totals; !reflect.DeepEqual(got, want) {
		t.Errorf("6.1: got  %+v\nwant %+v", got, want)
	}
	ctx, _ = diskFixture(t, "disks-4.9")
	old := readDisks(t, NewDisks(), ctx)["sda"].Totals
	want.InFlight, want.WeightedSeconds = 0, 1.6
	want.Discards, want.DiscardsMerged, want.DiscardBytes = Value{}, Value{}, Value{}
	want.DiscardSeconds, want.Flushes, want.FlushSeconds = Value{}, Value{}, Value{}
	if !reflect.DeepEqual(old, want) {
		t.Errorf("4.9: got  %+v\nwant %+v", old, want)
	}
}

func TestDisksWithoutSysfs(t *testing.T) {
	ctx, _ := diskFixture(t, "disks-4.9")
	disks, _ := NewDisks()(ctx)
	var got []string
	for _, d := range disks {
		got = append(got, d.Name+" of "+d.Parent)
		wantMissing(t, d.Name+" size", d.Size, Unsupported)
	}
	// The loop has no size and was never used, so there is no file behind it.
	if want := []string{"mmcblk0 of ", "mmcblk0p1 of mmcblk0", "mmcblk0boot0 of ", "sda of ", "sda1 of sda"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDiskRates(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		wantMissing(t, "first rate", readDisks(t, collect, ctx)["sda"].Reads, NoBaseline)
		time.Sleep(2 * time.Second)
		rewrite(t, diskstats, "sda 500 0 40000 1000 500 0 40000 1000 0 1600 2000", "sda 520 0 40800 1100 500 0 40000 1000 3 2600 5000")
		disks, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sda := disks[slices.IndexFunc(disks, func(d Disk) bool { return d.Name == "sda" })]
		wantNumber(t, "reads", sda.Reads, 10)
		wantNumber(t, "read bytes", sda.ReadBytes, 800*512/2)
		wantNumber(t, "read await", sda.ReadAwait, 0.005)
		wantNumber(t, "writes", sda.Writes, 0)
		wantNumber(t, "write bytes", sda.WriteBytes, 0)
		wantMissing(t, "write await", sda.WriteAwait, Idle)
		wantNumber(t, "utilisation", sda.Utilisation, 50)
		wantNumber(t, "queue", sda.Queue, 1.5)
		read, write := DiskTotals(disks)
		wantNumber(t, "total read", read, 800*512/2)
		wantNumber(t, "total written", write, 0)
	})
}

func TestDiskUtilisationIsAtMostWhole(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		readDisks(t, collect, ctx)
		time.Sleep(time.Second)
		rewrite(t, filepath.Join(dir, "proc/diskstats"), "0 1600 2000", "0 2604 9000")
		wantNumber(t, "utilisation", readDisks(t, collect, ctx)["sda"].Utilisation, 100)
	})
}

func TestDiskCounterThatGoesBackwards(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		readDisks(t, collect, ctx)
		time.Sleep(time.Second)
		// The time of reads wrapped around its 32 bits; nothing else did.
		rewrite(t, diskstats, "sda 500 0 40000 1000", "sda 510 0 40100 3")
		sda := readDisks(t, collect, ctx)["sda"]
		wantMissing(t, "read await", sda.ReadAwait, NoBaseline)
		wantNumber(t, "reads", sda.Reads, 10)
		wantMissing(t, "write await", sda.WriteAwait, Idle)
		time.Sleep(time.Second)
		rewrite(t, diskstats, "sda 510 0 40100 3 500 0 40000 1000 0 1600 2000", "sda 5 0 40 1 2 0 16 1 0 2 2")
		disks := readDisks(t, collect, ctx)
		sda = disks["sda"]
		for name, v := range map[string]Value{
			"reads": sda.Reads, "read bytes": sda.ReadBytes, "read await": sda.ReadAwait, "writes": sda.Writes,
			"write bytes": sda.WriteBytes, "write await": sda.WriteAwait, "utilisation": sda.Utilisation, "queue": sda.Queue,
		} {
			wantMissing(t, "after a reset, "+name, v, NoBaseline)
		}
		wantNumber(t, "reads of another disk", disks["sdb"].Reads, 0)
		time.Sleep(time.Second)
		wantNumber(t, "reads a tick later", readDisks(t, collect, ctx)["sda"].Reads, 0)
	})
}

func TestDisksComeAndGo(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		readDisks(t, collect, ctx)
		time.Sleep(time.Second)
		// Another disk takes the place of sdb, and keeps its number.
		rewrite(t, diskstats, " sdb 500 ", " sdc 900 ")
		disks := readDisks(t, collect, ctx)
		if _, there := disks["sdb"]; there {
			t.Error("a disk that was taken out is still there")
		}
		wantMissing(t, "reads of the disk that came", disks["sdc"].Reads, NoBaseline)
		wantMissing(t, "await of the disk that came", disks["sdc"].ReadAwait, NoBaseline)
		wantNumber(t, "reads of another disk", disks["sda"].Reads, 0)
		time.Sleep(time.Second)
		wantNumber(t, "its reads a tick later", readDisks(t, collect, ctx)["sdc"].Reads, 0)
	})
}

func TestDiskThatIsResizedOrAttached(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	devices := filepath.Join(dir, "sys/devices/virtual/block")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		readDisks(t, collect, ctx)
		writeFile(t, filepath.Join(devices, "dm-0/size"), "1000\n")
		writeFile(t, filepath.Join(devices, "dm-0/dm/name"), "vg0-renamed\n")
		writeFile(t, filepath.Join(devices, "loop0/size"), "8\n")
		time.Sleep(deviceMemory)
		disks := readDisks(t, collect, ctx)
		wantNumber(t, "size", disks["dm-0"].Size, 512000)
		if label := disks["dm-0"].Label; label != "vg0-renamed" {
			t.Errorf("label %q", label)
		}
		if _, there := disks["loop0"]; !there {
			t.Error("a loop that got a file is not there")
		}
	})
}

func TestDiskThatComesBackIsAnother(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		readDisks(t, collect, ctx)
		rewrite(t, diskstats, " sdb 500 ", " sdx 500 ")
		time.Sleep(time.Second)
		readDisks(t, collect, ctx)
		rewrite(t, diskstats, " sdx 500 ", " sdb 500 ")
		writeFile(t, filepath.Join(dir, "sys/devices/pci0/ata2/block/sdb/size"), "2048\n")
		time.Sleep(time.Second)
		sdb := readDisks(t, collect, ctx)["sdb"]
		wantNumber(t, "size", sdb.Size, 1<<20)
		wantMissing(t, "reads", sdb.Reads, NoBaseline)
	})
}

func TestDisksWithoutSource(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	collect := NewDisks()
	for name, text := range map[string]string{
		"words":           "all is well\n",
		"too few columns": "8 0 sda 1 2 3\n",
		"cut short":       "8 0 sda 1 2 3 4 5 6 7 8 9 10 1",
		"empty line":      "\n",
		"negative":        "8 0 sda 1 2 3 4 5 6 7 8 9 10 -11\n",
		"too large":       "8 0 sda 1 2 3 4 5 6 7 8 9 10 99999999999999999999\n",
	} {
		writeFile(t, diskstats, text)
		_, err := collect(ctx)
		if err == nil || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "disks: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	writeFile(t, diskstats, "")
	if disks, err := collect(ctx); err != nil || disks == nil || len(disks) != 0 {
		t.Errorf("no disks: %v, %v", disks, err)
	}
	if err := os.Remove(diskstats); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(ctx); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnsupported) {
		t.Errorf("without /proc: %v", err)
	}
	writeFile(t, filepath.Join(dir, "proc/stat"), "cpu  1 2 3 4 5 6 7\n")
	if _, err := collect(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without diskstats: %v", err)
	}
}

func TestDiskstatsMayNotBeRead(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	deny(t, filepath.Join(dir, "proc/diskstats"))
	if _, err := NewDisks()(ctx); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

func TestParseDiskstatsColumns(t *testing.T) {
	tests := map[string]struct {
		line string
		want diskstats
	}{
		"partition before 2.6.25": {"8 1 sda1 35486 38030 38030 38030", diskstats{
			diskID: diskID{8, 1, "sda1"}, columns: 4, reads: 35486, readSectors: 38030, writes: 38030, writeSectors: 38030}},
		"4.17": {"8 0 sda 1 2 3 4 5 6 7 8 9 10 11", diskstats{
			diskID: diskID{8, 0, "sda"}, columns: 11, reads: 1, readsMerged: 2, readSectors: 3, readTime: 4,
			writes: 5, writesMerged: 6, writeSectors: 7, writeTime: 8, inFlight: 9, busyTime: 10, weightedTime: 11}},
		"4.18": {"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", diskstats{
			diskID: diskID{8, 0, "sda"}, columns: 15, reads: 1, readsMerged: 2, readSectors: 3, readTime: 4,
			writes: 5, writesMerged: 6, writeSectors: 7, writeTime: 8, inFlight: 9, busyTime: 10, weightedTime: 11,
			discards: 12, discardsMerged: 13, discardSectors: 14, discardTime: 15}},
		"5.5 and columns to come": {"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", diskstats{
			diskID: diskID{8, 0, "sda"}, columns: 17, reads: 1, readsMerged: 2, readSectors: 3, readTime: 4,
			writes: 5, writesMerged: 6, writeSectors: 7, writeTime: 8, inFlight: 9, busyTime: 10, weightedTime: 11,
			discards: 12, discardsMerged: 13, discardSectors: 14, discardTime: 15, flushes: 16, flushTime: 17}},
	}
	for name, test := range tests {
		got, err := parseDiskstats(test.line + "\n")
		if err != nil || len(got) != 1 || got[0] != test.want {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, got, err, test.want)
		}
	}
}

func TestRatesOfPartitionsWithFewColumns(t *testing.T) {
	before := diskstats{columns: 4, reads: 10, readSectors: 100}
	now := diskstats{columns: 4, reads: 20, readSectors: 200}
	var d Disk
	now.rates(before, time.Second, &d)
	wantNumber(t, "reads", d.Reads, 10)
	wantNumber(t, "read bytes", d.ReadBytes, 51200)
	wantMissing(t, "await", d.ReadAwait, Unsupported)
	wantMissing(t, "utilisation", d.Utilisation, Unsupported)
}

func TestDiskTotalsOfNothing(t *testing.T) {
	read, write := DiskTotals(nil)
	wantMissing(t, "no disks, read", read, Unsupported)
	wantMissing(t, "no disks, written", write, Unsupported)
	disks := []Disk{
		{Name: "sda", New: true, ReadBytes: Missing(NoBaseline)},
		{Name: "sr0"},
		{Name: "sda1", Parent: "sda", ReadBytes: Of(1)},
		{Name: "dm-0", Stacked: true, ReadBytes: Of(2)},
	}
	read, _ = DiskTotals(disks)
	wantMissing(t, "only a disk without a rate", read, NoBaseline)
	read, _ = DiskTotals(append(disks, Disk{Name: "sdb", ReadBytes: Of(4)}))
	wantNumber(t, "with one that has a rate", read, 4)
	read, _ = DiskTotals(append(disks, Disk{Name: "sdb", ReadBytes: Of(4)}, Disk{Name: "sdc", ReadBytes: Missing(NoBaseline)}))
	wantMissing(t, "with one that has lost its rate", read, NoBaseline)
}

func TestDiskTotalsDoNotDip(t *testing.T) {
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	inBubble(t, ctx, func(t *testing.T, ctx context.Context) {
		collect := NewDisks()
		tick := func() (read Value) {
			disks, _ := collect(ctx)
			read, _ = DiskTotals(disks)
			time.Sleep(time.Second)
			return read
		}
		wantMissing(t, "at first", tick(), NoBaseline)
		rewrite(t, diskstats, " sdb 500 0 40000 ", " sdc 500 0 40000 ")
		rewrite(t, diskstats, " sda 500 0 40000 ", " sda 500 0 40002 ")
		wantNumber(t, "with a new disk", tick(), 1024)
		rewrite(t, diskstats, " sdc 500 0 40000 ", " sdc 1 0 8 ")
		wantMissing(t, "with a disk whose counters were reset", tick(), NoBaseline)
		wantNumber(t, "a tick later", tick(), 0)
	})
}

// stackedDisks returns "stacked" or "whole" or the parent by name.
func stackedDisks(t *testing.T, lines ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "proc/diskstats"), strings.Join(lines, ""))
	places := make(map[string]string)
	for name, d := range readDisks(t, NewDisks(), rootedAt(t.Context(), dir)) {
		places[name] = "whole"
		if d.Parent != "" {
			places[name] = "part of " + d.Parent
		}
		if d.Stacked {
			places[name] = "stacked"
		}
	}
	return places
}

func TestStackedDisksByName(t *testing.T) {
	want := map[string]string{
		"sda": "whole", "rbd0": "whole", "nbd1": "whole", "dm": "whole", "mdx": "whole", "nvme1n1": "whole",
		"loop3": "stacked", "zd16": "stacked", "drbd0": "stacked", "dm-12": "stacked", "md127": "stacked",
		"md_home": "stacked", "bcache0": "stacked", "md127p1": "part of md127",
	}
	var lines []string
	for name := range want {
		lines = append(lines, "250 0 "+name+" 1 2 3 4 5 6 7 8 9 10 11\n")
	}
	if got := stackedDisks(t, lines...); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMultipathCountsOnce(t *testing.T) {
	const counts = " 1 2 3 4 5 6 7 8 9 10 11\n"
	got := stackedDisks(t, "0 0 nvme0c0n1"+counts, "0 0 nvme0c33n1"+counts, "259 1 nvme0n1"+counts, "259 2 nvme0n1p1"+counts,
		"259 3 nvme0n2"+counts, "259 4 nvme1n1"+counts, "259 5 nvmecn1"+counts,
		"259 6 nvmexc1n1"+counts, "259 7 nvmexn1"+counts)
	want := map[string]string{
		"nvme0c0n1": "whole", "nvme0c33n1": "whole", "nvme0n1": "stacked", "nvme0n1p1": "part of nvme0n1",
		"nvme0n2": "whole", "nvme1n1": "whole", "nvmecn1": "whole",
		"nvmexc1n1": "whole", "nvmexn1": "whole",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("without sysfs got %v, want %v", got, want)
	}
	ctx, dir := diskFixture(t, "disks-6.1")
	diskstats := filepath.Join(dir, "proc/diskstats")
	rewrite(t, diskstats, "43       0 nbd0 0", "0 0 nvme0c2n1 9")
	disks := readDisks(t, NewDisks(), ctx)
	if path, head := disks["nvme0c2n1"], disks["nvme0n1"]; path.Name == "" || path.Stacked || !head.Stacked {
		t.Errorf("with sysfs: path %+v, namespace %+v", path, head)
	}
}

// TestDisksOfThisMachine compares with a second reading of the kernel's text.
func TestDisksOfThisMachine(t *testing.T) {
	disks, err := NewDisks()(t.Context())
	if errors.Is(err, ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return // a container may have no diskstats
	}
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/diskstats")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range disks {
		for line := range strings.Lines(string(text)) {
			var major, minor uint32
			var name string
			var reads, merged, sectors uint64
			if n, _ := fmt.Sscan(line, &major, &minor, &name, &reads, &merged, &sectors); n != 6 || name != d.Name {
				continue
			}
			near(t, name+" reads", Of(float64(d.Totals.Reads)), float64(reads), 1)
			near(t, name+" read bytes", Of(float64(d.Totals.ReadBytes)), float64(sectors)*512, 512)
			if major != d.Major || minor != d.Minor {
				t.Errorf("%s is %d:%d, want %d:%d", name, d.Major, d.Minor, major, minor)
			}
		}
	}
}

func FuzzDiskstats(f *testing.F) {
	for _, name := range []string{"disks-6.1", "disks-4.9"} {
		text, err := os.ReadFile(filepath.Join("testdata", name, "proc/diskstats"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), string(text))
	}
	f.Add("8 1 sda1 1 2 3 4\n", "8 1 sda1 1 2 3 18446744073709551615\n")
	f.Fuzz(func(t *testing.T, first, second string) {
		before, err := parseDiskstats(first)
		if err != nil {
			return
		}
		after, err := parseDiskstats(second)
		if err != nil || len(before) != len(after) {
			return
		}
		for i, d := range after {
			var disk Disk
			d.rates(before[i], time.Second, &disk)
			for _, v := range []Value{disk.Reads, disk.ReadBytes, disk.Writes, disk.WriteBytes, disk.ReadAwait, disk.WriteAwait, disk.Queue, disk.Utilisation} {
				if number, _ := v.Get(); number < 0 {
					t.Fatalf("%q then %q gives %v", first, second, number)
				}
			}
			if number, _ := disk.Utilisation.Get(); number > 100 {
				t.Fatalf("utilisation %v", number)
			}
			parentByName(d.name, namesOf(after))
		}
	})
}
