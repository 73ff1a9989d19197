package collector

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		collect := NewKernel()
		kernel, err := collect(ctx)
		if !errors.Is(err, ErrNoBaseline) {
			t.Fatalf("the first call says %v, want ErrNoBaseline", err)
		}
		for name, v := range map[string]Value{
			"context switches": kernel.ContextSwitchRate, "forks": kernel.ForkRate, "faults": kernel.Paging.FaultRate,
			"scanned": kernel.Paging.ScanRate, "packets": kernel.Softnet.ProcessedRate,
		} {
			wantMissing(t, name, v, NoBaseline)
		}
		for name, number := range map[string]struct {
			got  Value
			want float64
		}{
			"context switches": {kernel.ContextSwitches, 93410022},
			"interrupts":       {kernel.Interrupts, 51234567},
			"forks":            {kernel.Forks, 120345},
			"softirqs":         {kernel.SoftIRQs, 21340011},
			"entropy":          {kernel.Limits.Entropy, 256},
			"pool":             {kernel.Limits.EntropyPool, 256},
			"open files":       {kernel.Limits.OpenFiles, 4992},
			"open files max":   {kernel.Limits.OpenFilesMax, 1 << 63},
			"inodes":           {kernel.Limits.Inodes, 155429},
			"inodes free":      {kernel.Limits.InodesFree, 12044},
			"tasks":            {kernel.Limits.Tasks, 712},
			"threads max":      {kernel.Limits.ThreadsMax, 127013},
			"pid max":          {kernel.Limits.PIDMax, 4194304},
		} {
			wantNumber(t, name, number.got, number.want)
		}

		time.Sleep(2 * time.Second)
		stat := filepath.Join(dir, "proc/stat")
		rewrite(t, stat, "ctxt 93410022", "ctxt 93412022")
		rewrite(t, stat, "intr 51234567", "intr 51234667")
		rewrite(t, stat, "processes 120345", "processes 120346")
		rewrite(t, stat, "softirq 21340011", "softirq 21340010")
		if kernel, err = collect(ctx); err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "context switches", kernel.ContextSwitchRate, 1000)
		wantNumber(t, "interrupts", kernel.InterruptRate, 50)
		wantNumber(t, "forks", kernel.ForkRate, 0.5)
		wantMissing(t, "softirqs", kernel.SoftIRQRate, NoBaseline)
		wantNumber(t, "softirqs since boot", kernel.SoftIRQs, 21340010)
	})
}

// TestKernelFromOneFileLess: what a file tells is missing without it, and
// nothing else.
func TestKernelFromOneFileLess(t *testing.T) {
	values := map[string]func(Kernel) []Value{
		"vmstat":                          func(k Kernel) []Value { return []Value{k.Paging.Faults, k.Paging.FaultRate, k.Paging.AllocStalls} },
		"net/softnet_stat":                func(k Kernel) []Value { return []Value{k.Softnet.Processed, k.Softnet.SqueezedRate} },
		"loadavg":                         func(k Kernel) []Value { return []Value{k.Limits.Tasks} },
		"sys/fs/file-nr":                  func(k Kernel) []Value { return []Value{k.Limits.OpenFiles, k.Limits.OpenFilesMax} },
		"sys/fs/inode-nr":                 func(k Kernel) []Value { return []Value{k.Limits.Inodes, k.Limits.InodesFree} },
		"sys/kernel/pid_max":              func(k Kernel) []Value { return []Value{k.Limits.PIDMax} },
		"sys/kernel/threads-max":          func(k Kernel) []Value { return []Value{k.Limits.ThreadsMax} },
		"sys/kernel/random/entropy_avail": func(k Kernel) []Value { return []Value{k.Limits.Entropy} },
		"sys/kernel/random/poolsize":      func(k Kernel) []Value { return []Value{k.Limits.EntropyPool} },
	}
	for file := range values {
		for _, broken := range []struct {
			how    string
			breaks func(t *testing.T, path string)
			why    Status
		}{
			{"missing", func(t *testing.T, path string) { os.Remove(path) }, Unsupported},
			{"denied", func(t *testing.T, path string) { deny(t, path) }, Denied},
			{"empty", func(t *testing.T, path string) { writeFile(t, path, "") }, Failed},
			{"cut off", func(t *testing.T, path string) { writeFile(t, path, "12 34 56") }, Failed},
			{"a directory", func(t *testing.T, path string) { os.Remove(path); os.Mkdir(path, 0o700) }, Failed},
		} {
			t.Run(file+" "+broken.how, func(t *testing.T) {
				ctx, dir := fixture(t, "kernel-6.1")
				broken.breaks(t, filepath.Join(dir, "proc", file))
				collect := NewKernel()
				collect(ctx)
				kernel, err := collect(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for other, of := range values {
					for i, v := range of(kernel) {
						want := OK
						if other == file {
							want = broken.why
						}
						if v.Status() != want {
							t.Errorf("value %d of %s is %v, want %v", i, other, v.Status(), want)
						}
					}
				}
			})
		}
	}
}

func TestKernelWithoutStat(t *testing.T) {
	ctx, dir := fixture(t, "kernel-6.1")
	stat := filepath.Join(dir, "proc/stat")
	rewrite(t, stat, "softirq", "softirk")
	kernel, err := NewKernel()(ctx)
	if !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	wantMissing(t, "softirqs", kernel.SoftIRQs, Unsupported)
	wantMissing(t, "softirqs per second", kernel.SoftIRQRate, Unsupported)
	wantNumber(t, "forks", kernel.Forks, 120345)

	rewrite(t, stat, "ctxt 93410022", "ctxt many")
	if _, err := NewKernel()(ctx); (Reading[Kernel]{Err: err}).Status() != Failed || !strings.HasPrefix(err.Error(), "kernel: /proc/stat: ") {
		t.Errorf("a word: %v", err)
	}
	writeFile(t, stat, "cpu  1 2 3 4 5 6 7\nctxt 93410022")
	if _, err := NewKernel()(ctx); (Reading[Kernel]{Err: err}).Status() != Failed {
		t.Errorf("cut off: %v", err)
	}
	os.Remove(stat)
	if _, err := NewKernel()(ctx); !errors.Is(err, fs.ErrNotExist) || (Reading[Kernel]{Err: err}).Status() != Failed && !strings.HasSuffix(err.Error(), "(is /proc mounted?)") {
		t.Errorf("missing: %v", err)
	}
}

func TestPaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		collect := NewKernel()
		kernel, _ := collect(ctx)
		for name, number := range map[string]struct {
			got  Value
			want float64
		}{
			"faults":         {kernel.Paging.Faults, 402334112},
			"major faults":   {kernel.Paging.MajorFaults, 60221},
			"in":             {kernel.Paging.InBytes, 8210332 * 1024},
			"out":            {kernel.Paging.OutBytes, 21003344 * 1024},
			"swap in":        {kernel.Paging.SwapIn, 1000},
			"swap out":       {kernel.Paging.SwapOut, 250000},
			"OOM kills":      {kernel.Paging.OOMKills, 3},
			"scanned":        {kernel.Paging.Scanned, 950160},
			"reclaimed":      {kernel.Paging.Reclaimed, 840150},
			"compact stalls": {kernel.Paging.CompactStalls, 12},
			"alloc stalls":   {kernel.Paging.AllocStalls, 321},
		} {
			wantNumber(t, name, number.got, number.want)
		}

		time.Sleep(4 * time.Second)
		vmstat := filepath.Join(dir, "proc/vmstat")
		rewrite(t, vmstat, "pgpgin 8210332\n", "pgpgin 8210340\n")
		rewrite(t, vmstat, "pgscan_direct 50020\n", "pgscan_direct 50060\n")
		rewrite(t, vmstat, "allocstall_movable 300\n", "allocstall_movable 299\n")
		kernel, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "in", kernel.Paging.InRate, 2048)
		wantNumber(t, "scanned", kernel.Paging.ScanRate, 10)
		wantNumber(t, "OOM kills", kernel.Paging.OOMKillRate, 0)
		wantMissing(t, "alloc stalls", kernel.Paging.AllocStallRate, NoBaseline)

		rewrite(t, vmstat, "oom_kill 3\n", "")
		rewrite(t, vmstat, "pgscan_kswapd 900100\n", "pgscan_kswapd -5\n")
		if kernel, err = collect(ctx); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, "OOM kills", kernel.Paging.OOMKills, Unsupported) // before 4.13
		wantMissing(t, "scanned", kernel.Paging.Scanned, Failed)
		wantNumber(t, "reclaimed", kernel.Paging.Reclaimed, 840150)
	})
}

func TestPagingAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		vmstat := filepath.Join(dir, "proc/vmstat")
		collect := NewKernel()
		for _, step := range []struct {
			text string
			rate Value
		}{
			{"pgfault 100\n", Missing(NoBaseline)},
			{"pgfault 1", Missing(Failed)},
			{"pgfault 140\n", Of(20)}, // over both seconds
		} {
			writeFile(t, vmstat, step.text)
			if kernel, _ := collect(ctx); kernel.Paging.FaultRate != step.rate {
				t.Errorf("after %q: %v, want %v", step.text, kernel.Paging.FaultRate, step.rate)
			}
			time.Sleep(time.Second)
		}
	})
}

// TestPagingOfOldKernels: pages by zone.
func TestPagingOfOldKernels(t *testing.T) {
	for version, test := range map[string]struct {
		text                       string
		scanned, reclaimed, stalls float64
	}{
		"3.2": {
			"pgsteal_dma 1\npgsteal_dma32 20\npgsteal_normal 300\npgsteal_movable 0\npgscan_kswapd_dma 2\npgscan_kswapd_normal 400\n" +
				"pgscan_direct_dma32 30\npginodesteal 9\nkswapd_steal 200\nallocstall 7\n",
			432, 321, 7,
		},
		"4.4": {
			"pgsteal_kswapd_dma 1\npgsteal_kswapd_dma32 20\npgsteal_direct_normal 300\npgscan_kswapd_normal 400\n" +
				"pgscan_direct_high 30\npgscan_direct_throttle 9\nallocstall 7\n",
			430, 321, 7,
		},
	} {
		ctx, dir := fixture(t, "kernel-6.1")
		writeFile(t, filepath.Join(dir, "proc/vmstat"), test.text)
		kernel, _ := NewKernel()(ctx)
		wantNumber(t, version+" scanned", kernel.Paging.Scanned, test.scanned)
		wantNumber(t, version+" reclaimed", kernel.Paging.Reclaimed, test.reclaimed)
		wantNumber(t, version+" alloc stalls", kernel.Paging.AllocStalls, test.stalls)
		wantMissing(t, version+" compact stalls", kernel.Paging.CompactStalls, Unsupported)
	}
}

func TestVMStatLines(t *testing.T) {
	ctx, _ := fixture(t, "kernel-6.1")
	kernel, _ := NewKernel()(ctx)
	want := map[string]float64{
		"pgpgin": 8210332, "pgpgout": 21003344, "pswpin": 1000, "pswpout": 250000,
		"pgfault": 402334112, "pgmajfault": 60221, "oom_kill": 3,
	}
	if got := maps.Collect(kernel.VMStat.All()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLiveKernel(t *testing.T) {
	kernel, err := NewKernel()(t.Context())
	if !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	var threads, pids float64
	scanFile(t, "/proc/sys/kernel/threads-max", "%g", &threads)
	scanFile(t, "/proc/sys/kernel/pid_max", "%g", &pids)
	wantNear(t, "threads max", mustGet(t, kernel.Limits.ThreadsMax), threads, 0)
	wantNear(t, "pid max", mustGet(t, kernel.Limits.PIDMax), pids, 0)
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "pgfault ") })
	if at < 0 {
		wantMissing(t, "faults", kernel.Paging.Faults, Unsupported)
		return
	}
	faults := parseNumbers(strings.TrimPrefix(lines[at], "pgfault ")+"\n", 1)[0]
	wantNear(t, "faults", mustGet(t, kernel.Paging.Faults), mustGet(t, faults), 1000)
}

func FuzzParseKernelStat(f *testing.F) {
	text, err := os.ReadFile("testdata/kernel-6.1/proc/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, text)
	f.Add([]byte("intr 5\nctxt\n"), []byte("intr 4 1\nctxt 18446744073709551615\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		before, err := parseKernelStat(first)
		if err != nil {
			return
		}
		after, err := parseKernelStat(second)
		if err != nil {
			return
		}
		kernel := after.since(before, time.Second)
		for _, v := range []Value{kernel.ContextSwitchRate, kernel.InterruptRate, kernel.ForkRate, kernel.SoftIRQRate} {
			if number, _ := v.Get(); number < 0 {
				t.Errorf("%q then %q gives %v", first, second, number)
			}
		}
	})
}

func FuzzParseNumbers(f *testing.F) {
	f.Add("4992\t0\t9223372036854775807\n", 3)
	f.Add("\n", 1)
	f.Fuzz(func(t *testing.T, text string, many int) {
		for _, v := range parseNumbers(text, max(0, min(3, many))) {
			if number, _ := v.Get(); number < 0 {
				t.Errorf("%q gives %v", text, number)
			}
		}
	})
}
