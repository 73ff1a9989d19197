package collector

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const kiB = 1024

func TestMemory(t *testing.T) {
	ctx, _ := fixture(t, "debian12")
	memory, err := NewMemory()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := Memory{
		Total:           16000000 * kiB,
		Used:            6000000 * kiB,
		Available:       10000000 * kiB,
		KernelAvailable: Of(10000000 * kiB),
		Free:            2000000 * kiB,
		Buffers:         Of(300000 * kiB),
		Cached:          Of(7000000 * kiB),
		Slab:            Of(900000 * kiB),
		SlabReclaimable: Of(600000 * kiB),
		Dirty:           Of(2048 * kiB),
		Writeback:       Of(16 * kiB),
		Shared:          Of(250000 * kiB),
		Active:          Of(5000000 * kiB), Inactive: Of(6000000 * kiB),
		Anonymous: Of(3700000 * kiB), AnonymousHuge: Of(1200000 * kiB), Mapped: Of(900000 * kiB),
		Unevictable: Of(64 * kiB), Locked: Of(64 * kiB),
		KernelStack: Of(14000 * kiB), PageTables: Of(40000 * kiB), PerCPU: Of(5000 * kiB),
		KernelReclaimable: Of(600000 * kiB),
		Committed:         Of(9000000 * kiB), CommitLimit: Of(12000000 * kiB),
		Zswap: Of(0), Zswapped: Of(0), Corrupted: Of(0),
		HugePages:     Of(8),
		HugePagesFree: Of(3),
		HugePageSize:  Of(2048 * kiB),
		ARC:           Missing(Unsupported),
		UsedPercent:   Of(37.5),
	}
	memory.Lines = Counters{}
	if !reflect.DeepEqual(memory, want) {
		t.Errorf("got  %+v\nwant %+v", memory, want)
	}
}

func TestMemoryAvailable(t *testing.T) {
	for _, test := range []struct {
		fixture   string
		kernel    Value
		available uint64
	}{
		{"linux3.2", Missing(Unsupported), (500000 + 100000 + 400000 + 50000 - 30000) * kiB},
		{"linux4.4", Of(1200000 * kiB), 1000000 * kiB}, // says more than Total
		{"zfs", Of(5000000 * kiB), 5000000*kiB + 16384000000 - 1024000000},
	} {
		ctx, _ := fixture(t, test.fixture)
		memory, err := NewMemory()(ctx)
		if err != nil {
			t.Fatalf("%s: %v", test.fixture, err)
		}
		if memory.KernelAvailable != test.kernel || memory.Available != test.available {
			t.Errorf("%s: available %d, by the kernel %v, want %d and %v",
				test.fixture, memory.Available, memory.KernelAvailable, test.available, test.kernel)
		}
		if memory.Used+memory.Available != memory.Total {
			t.Errorf("%s: used and available are not all of %+v", test.fixture, memory)
		}
	}
}

func TestMemoryARC(t *testing.T) {
	const kernel = 5000000 * kiB
	for name, test := range map[string]struct {
		change    func(t *testing.T, arcstats string)
		arc       Value
		available uint64
	}{
		"as it is": {func(*testing.T, string) {}, Of(16384000000), kernel + 16384000000 - 1024000000},
		"below its minimum": {func(t *testing.T, path string) {
			rewrite(t, path, "16384000000", "1000000000")
		}, Of(1000000000), kernel},
		"larger than the memory": {func(t *testing.T, path string) {
			rewrite(t, path, "16384000000", "99999999999999")
		}, Of(99999999999999), 32000000 * kiB},
		"cut off": {func(t *testing.T, path string) {
			writeFile(t, path, "c_min 4 5\nsize 4 1638")
		}, Missing(Failed), kernel},
		"without size": {func(t *testing.T, path string) {
			rewrite(t, path, "\nsize  ", "\nsice  ")
		}, Missing(Failed), kernel},
		"a directory": {func(t *testing.T, path string) {
			os.Remove(path)
			os.Mkdir(path, 0o700)
		}, Missing(Failed), kernel},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, dir := fixture(t, "zfs")
			test.change(t, filepath.Join(dir, "proc/spl/kstat/zfs/arcstats"))
			memory, err := NewMemory()(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if memory.ARC != test.arc || memory.Available != test.available {
				t.Errorf("ARC %v, available %d, want %v and %d", memory.ARC, memory.Available, test.arc, test.available)
			}
		})
	}
}

func TestMemoryARCDenied(t *testing.T) {
	ctx, dir := fixture(t, "zfs")
	deny(t, filepath.Join(dir, "proc/spl/kstat/zfs/arcstats"))
	memory, err := NewMemory()(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantMissing(t, "ARC", memory.ARC, Denied)
}

func TestMeminfoRefuses(t *testing.T) {
	text, err := os.ReadFile("testdata/debian12/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]string{
		"empty":         "",
		"binary":        "\x00\xff\x7fELF\n",
		"cut in a line": strings.TrimSuffix(string(text), "16000000 kB\n"),
		"cut at a line": string(text[:strings.Index(string(text), "MemAvailable:")]),
		"no free":       strings.ReplaceAll(string(text), "MemFree", "MemFrei"),
		"no total":      strings.ReplaceAll(string(text), "MemTotal", "MemTotle"),
		"total of 0":    strings.ReplaceAll(string(text), "MemTotal:       16000000", "MemTotal: 0"),
		"word":          strings.ReplaceAll(string(text), "10000000 kB", "much kB"),
		"too much":      strings.ReplaceAll(string(text), "10000000 kB", "18446744073709551615 kB"),
		"optional word": strings.ReplaceAll(string(text), "900000 kB", "much kB"),
	} {
		if info, err := parseMeminfo(broken); err == nil {
			t.Errorf("%s: read as %+v", name, info)
		}
	}
}

func parseMeminfo(text string) (meminfo, error) {
	r := newMeminfoReader()
	return r.parse([]byte(text))
}

func TestMemoryLines(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	collect := NewMemory()
	memory, err := collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"MemTotal_bytes": 16000000 * kiB, "Active_anon_bytes": 3000000 * kiB, "Inactive_file_bytes": 5100000 * kiB,
		"Committed_AS_bytes": 9000000 * kiB, "HugePages_Total": 8, "Hugepagesize_bytes": 2048 * kiB,
		"VmallocTotal_bytes": 34359738367 * kiB, "DirectMap2M_bytes": 16000000 * kiB,
	} {
		if got, ok := memory.Lines.Get(name); !ok || got != want {
			t.Errorf("%s is %v, %v, want %v", name, got, ok, want)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "proc/meminfo"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); len(memory.Lines.names) != lines {
		t.Errorf("%d lines of %d", len(memory.Lines.names), lines)
	}
}

func TestMemoryFromFewLines(t *testing.T) {
	for name, text := range map[string]string{
		"available": "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n",
		"cached":    "MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 300 kB\n",
	} {
		ctx, dir := fixture(t, "debian12")
		writeFile(t, filepath.Join(dir, "proc/meminfo"), text)
		memory, err := NewMemory()(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if memory.Total != 1000*kiB || memory.Available != 400*kiB || memory.Used != 600*kiB || memory.Free != 100*kiB {
			t.Errorf("%s: %+v", name, memory)
		}
		for name, v := range map[string]Value{
			"buffers": memory.Buffers, "slab": memory.Slab, "dirty": memory.Dirty, "writeback": memory.Writeback,
			"shared": memory.Shared, "huge pages": memory.HugePages, "huge page size": memory.HugePageSize,
		} {
			wantMissing(t, name, v, Unsupported)
		}
	}
}

func TestMemoryWithoutMeminfo(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	if err := os.Remove(filepath.Join(dir, "proc/meminfo")); err != nil {
		t.Fatal(err)
	}
	if _, err := NewMemory()(ctx); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

func FuzzParseMeminfo(f *testing.F) {
	text, err := os.ReadFile("testdata/linux3.2/proc/meminfo")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(strings.ReplaceAll(string(text), "500000", "18014398509481983"))
	f.Fuzz(func(t *testing.T, text string) {
		info, err := parseMeminfo(text)
		if err != nil {
			return
		}
		if info.KernelAvailable.Status() != OK && info.Available > info.Total {
			t.Errorf("estimates %d of %d available", info.Available, info.Total)
		}
		if swap := info.swap(); swap.Used+swap.Free != swap.Total {
			t.Errorf("swap does not add up: %+v", swap)
		}
	})
}

func FuzzParseARC(f *testing.F) {
	f.Add("name type data\nc_min 4 33554432\nsize  4    123\n")
	f.Add("size \nc_min")
	f.Fuzz(func(_ *testing.T, text string) { parseARC(text) })
}
