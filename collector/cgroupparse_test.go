package collector

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseCgroupNumber(t *testing.T) {
	for text, want := range map[string]uint64{"0\n": 0, "42\n": 42, "max\n": noCgroupLimit, "18446744073709551615\n": math.MaxUint64} {
		if n, err := parseCgroupNumber([]byte(text)); n != want || err != nil {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "42", "max", "-1\n", "+1\n", " 1\n", "1 \n", "1\n2\n", "\n", "18446744073709551616\n", "0x1\n", "1.5\n"} {
		if n, err := parseCgroupNumber([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func TestParseCPUMax(t *testing.T) {
	for text, want := range map[string]float64{"150000 100000\n": 1.5, "1000 1000000\n": 0.001} {
		v, err := parseCPUMax([]byte(text))
		wantNumber(t, text, v, want)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	v, err := parseCPUMax([]byte("max 100000\n"))
	if wantMissing(t, "max", v, Unsupported); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "1 1", "1\n", "1 0\n", "-1 100000\n", "a b\n", "1 2 3\n"} {
		if v, err := parseCPUMax([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}

func TestParseIOStat(t *testing.T) {
	for text, want := range map[string][]deviceIO{
		"": nil,
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n":                            {{8, 0, ioCounters{1, 2, 3, 4}}},
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4\n8:16 rbytes=9\n":                             {{8, 0, ioCounters{1, 2, 3, 4}}, {8, 16, ioCounters{ioRead: 9}}},
		"254:16 254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n":                   {{254, 16, ioCounters{}}, {254, 0, ioCounters{1, 2, 3, 4}}},
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4 cost.vrate=100.00 cost.usage=5 use_delay=1\n": {{8, 0, ioCounters{1, 2, 3, 4}}},
		"(unknown) rbytes=7\n8:0 wios=1\n":                                                 {{8, 0, ioCounters{ioWrites: 1}}},
		"8:0 wios=1\n(unknown) rbytes=7\n":                                                 {{8, 0, ioCounters{ioWrites: 1}}},
	} {
		got, err := parseIOStat([]byte(text), nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"8:0 rbytes=1", "8:0 rbytes=\n", "8:0 rbytes=-1\n", "8:0 wios=x\n"} {
		if got, err := parseIOStat([]byte(text), nil); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestParseBlkio(t *testing.T) {
	bytesText := "8:0 Read 10\n8:0 Write 20\n8:0 Sync 5\n8:0 Total 30\n8:16 Read 1\nTotal 31\n"
	all, err := parseBlkio([]byte(bytesText), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err = parseBlkio([]byte("8:16 Write 3\n8:0 Read 2\nTotal 5\n"), false, all)
	want := []deviceIO{{8, 0, ioCounters{10, 20, 2, 0}}, {8, 16, ioCounters{1, 0, 0, 3}}}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%v, %v", all, err)
	}
	for _, text := range []string{"8:0 Read 1", "8:0 Read\n", "8:0 Write x\n", "8:0 Read -4\n"} {
		if got, err := parseBlkio([]byte(text), true, nil); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestParseMemoryStat(t *testing.T) {
	one := parseMemoryStat([]byte("cache 9\nrss 9\ntotal_cache 1\ntotal_rss 2\ntotal_shmem 3\ntotal_swap 4\ntotal_dirty 5\ntotal_writeback 6\ntotal_inactive_file 7\n"), false)
	two := parseMemoryStat([]byte("anon 2\nfile 1\nkernel 8\nshmem 3\nfile_dirty 5\nfile_writeback 6\ninactive_file 7\nslab 9\nswap 10\n"), true)
	for name, test := range map[string]struct {
		stat       int
		one, other Value
	}{
		"anon": {statAnon, Of(2), Of(2)}, "file": {statFile, Of(1), Of(1)}, "shmem": {statShmem, Of(3), Of(3)}, "dirty": {statDirty, Of(5), Of(5)},
		"writeback": {statWriteback, Of(6), Of(6)}, "inactive": {statInactiveFile, Of(7), Of(7)},
		"swap": {statSwap, Of(4), Missing(Unsupported)}, "slab": {statSlab, Missing(Unsupported), Of(9)}, "kernel": {statKernel, Missing(Unsupported), Of(8)},
	} {
		if one.value(test.stat) != test.one || two.value(test.stat) != test.other {
			t.Errorf("%s: %v and %v", name, one.value(test.stat), two.value(test.stat))
		}
	}
}

func TestParseKeyed(t *testing.T) {
	keys := []string{"oom", "oom_kill"}
	var values [2]uint64
	found, err := parseKeyed([]byte("low 0\noom 3\noom_kill 1\noom_kill_disable x\n"), keys, values[:])
	if err != nil || found != 3 || values != [2]uint64{3, 1} {
		t.Errorf("%b, %v, %v", found, values, err)
	}
	for _, text := range []string{"", "\n", "oom 3", "oom\n", "oom x\n", "oom 3 4\n", "Oom 3\n", "low 0\n", " 3\n"} {
		if found, err := parseKeyed([]byte(text), append(keys, ""), values[:]); err == nil {
			t.Errorf("%q: %b", text, found)
		}
	}
}

func TestParseDirents(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "sub.slice", `machine-qemu\x2d1.scope`} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "file"), "")
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	buf, err := readCgroupDirents(fd, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range parseDirents(buf) {
		names = append(names, string(e.name))
		var stat unix.Stat_t
		if err := unix.Stat(filepath.Join(dir, string(e.name)), &stat); err != nil {
			t.Errorf("%q: %v", e.name, err)
		}
	}
	if len(names) != 3 || strings.Contains(strings.Join(names, " "), "link") {
		t.Errorf("directories: %q", names)
	}
}

func FuzzParseDirents(f *testing.F) {
	entry := make([]byte, 24)
	binary.NativeEndian.PutUint16(entry[16:], 24)
	entry[18], entry[19] = unix.DT_DIR, 'a'
	f.Add(entry)
	f.Add(append(entry, entry[:20]...))
	f.Fuzz(func(t *testing.T, buf []byte) {
		for _, e := range parseDirents(buf) {
			if len(e.name) == 0 || bytes.IndexByte(e.name, 0) >= 0 {
				t.Errorf("name %q", e.name)
			}
		}
	})
}

func TestParseStalls(t *testing.T) {
	const some, full = "some avg10=0.12 avg60=0.40 avg300=0.21 total=159473\n", "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
	for text, want := range map[string]stalls{
		some + full:             {159473, 7, true, true},
		some:                    {some: 159473, hasSome: true},
		full:                    {full: 7, hasFull: true},
		"other x\n" + full:      {full: 7, hasFull: true},
		"some\ttotal=1 new=2\n": {some: 1, hasSome: true},
	} {
		if got, err := parseStalls([]byte(text)); got != want || err != nil {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "\n", "some total=1", "some\n", "some total=\n", "some total=-1\n", "some total=x\n", some + "full avg10=0\n", "total=1\n"} {
		if got, err := parseStalls([]byte(text)); err == nil || got != (stalls{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// FuzzCgroupFiles gives the same text to every parser of a file of a control group.
func FuzzCgroupFiles(f *testing.F) {
	for _, text := range []string{
		"", "max\n", "12\n", "150000 100000\n", "usage_usec 1\nuser_usec 2\nsystem_usec 3\nnr_periods 4\nnr_throttled 5\nthrottled_usec 6\n",
		"anon 1\nfile 2\ninactive_file 18446744073709551615\n", "8:0 rbytes=1 wbytes=2 rios=3 wios=4\n", "8:0 Read 1\nTotal 1\n",
		"some avg10=0.12 avg60=0.40 avg300=0.21 total=159473\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
		"populated 1\nfrozen 0\n", "254:0 254:16 rbytes=9\n", "user 1\nsystem 2\n",
	} {
		f.Add([]byte(text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, before, now []byte) {
		fuzzCgroupCPU(t, before, now)
		for _, v2 := range []bool{true, false} {
			stat := parseMemoryStat(now, v2)
			for i := range memoryStats {
				wantAmount(t, stat.value(i), math.Inf(1))
			}
		}
		limit, _ := parseCPUMax(now)
		wantAmount(t, limit, math.Inf(1))
		number, err := parseCgroupNumber(now)
		if err != nil && number != 0 {
			t.Errorf("%q is %d", now, number)
		}
		for _, parse := range []func([]byte) ([]deviceIO, error){
			func(text []byte) ([]deviceIO, error) { return parseIOStat(text, nil) },
			func(text []byte) ([]deviceIO, error) { return parseBlkio(text, true, nil) },
		} {
			if devices, _ := parse(now); len(devices) > len(now) {
				t.Errorf("%d devices in %d bytes", len(devices), len(now))
			}
		}
		parseCgroupState(now)
		fuzzStalls(t, now)
	})
}

// fuzzStalls: what is taken for the pressure of the machine says the same of a group.
func fuzzStalls(t *testing.T, text []byte) {
	whole, err := parsePressure(string(text))
	if err != nil {
		return
	}
	got, err := parseStalls(text)
	if want := (stalls{whole.some.Microseconds, whole.full.Microseconds, whole.hasSome, whole.hasFull}); got != want || err != nil {
		t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
	}
}

func fuzzCgroupCPU(t *testing.T, before, now []byte) {
	first, err := parseCgroupCPU(before)
	if err != nil && first != (cpuCounters{}) {
		t.Errorf("%q: %+v, %v", before, first, err)
	}
	second, err := parseCgroupCPU(now)
	if err != nil {
		return
	}
	cpu := CgroupCPU{Limit: Of(0.5)}
	second.fill(&cpu)
	second.fillRates(&cpu, first, 1)
	for _, v := range []Value{cpu.Percent, cpu.UserPercent, cpu.SystemPercent, cpu.Usage, cpu.User, cpu.System, cpu.ThrottledRate} {
		wantAmount(t, v, math.Inf(1))
	}
	wantAmount(t, cpu.ThrottledPercent, 100)
	wantAmount(t, cpu.LimitPercent, 100)
}

func wantAmount(t *testing.T, v Value, most float64) {
	t.Helper()
	if number, ok := v.Get(); ok && (number < 0 || number > most || math.IsNaN(number) || math.IsInf(number, 0)) {
		t.Errorf("%v is no amount", number)
	}
}
