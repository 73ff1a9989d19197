package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// BenchmarkProcesses is the cost of one tick, where each is a second after the
// one before, so that a tenth of the processes has its turn.
func BenchmarkProcesses(b *testing.B) {
	b.Run("live", func(b *testing.B) { benchmarkProcesses(b, b.Context()) })
	for _, n := range []int{200, 2000} {
		b.Run("sleeping="+strconv.Itoa(n), func(b *testing.B) {
			startSleepers(b, n)
			benchmarkProcesses(b, b.Context())
		})
	}
	b.Run("tree=20000", func(b *testing.B) {
		benchmarkProcesses(b, rootedAt(b.Context(), processTree(b, 20000)))
	})
}

func benchmarkProcesses(b *testing.B, ctx context.Context) {
	c := newProcessCollector(false)
	c.collect(ctx)
	for len(c.wanting) > 0 {
		c.collect(ctx)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.at = c.at.Add(-time.Second)
		if _, err := c.collect(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.pids)), "ns/process")
	b.ReportMetric(float64(len(c.pids)), "processes")
}

// processTree makes a /proc of n processes out of plain files.
func processTree(tb testing.TB, n int) (dir string) {
	dir = tb.TempDir()
	write := func(text string, path ...string) {
		if err := os.WriteFile(filepath.Join(append([]string{dir, "proc"}, path...)...), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "proc"), 0o700); err != nil {
		tb.Fatal(err)
	}
	write("cpu  0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0\nbtime 1700000000\nprocesses 100000\n", "stat")
	for i := range n {
		pid := strconv.Itoa(i + 1)
		if err := os.Mkdir(filepath.Join(dir, "proc", pid), 0o700); err != nil {
			tb.Fatal(err)
		}
		write(fmt.Sprintf("%s (worker) S 1 1 1 0 -1 4194560 812 0 3 0 17 9 0 0 20 0 1 0 %d 9932800 1021 18446744073709551615 1 1 0 0 0 0 0 4096 0 1 0 0 17 3 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid, 1000+i), pid, "stat")
		write("Name:\tworker\nUid:\t1000\t1000\t1000\t1000\nVmSwap:\t       0 kB\n", pid, "status")
		write("0::/system.slice/worker.service\n", pid, "cgroup")
		write("rchar: 1\nwchar: 1\nsyscr: 1\nsyscw: 1\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n", pid, "io")
	}
	return dir
}
