package collector

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bigStat is the /proc/stat of a machine of many processors and interrupts.
func bigStat(cores, interrupts int) string {
	var s strings.Builder
	line := func(name string, scale int) {
		fmt.Fprintf(&s, "%s %d %d %d %d %d 0 %d 0 0 0\n", name, 4705912*scale, 150121*scale, 1120091*scale, 91382119*scale, 120833*scale, 98123*scale)
	}
	line("cpu ", cores)
	for i := range cores {
		line(fmt.Sprintf("cpu%d", i), 1)
	}
	s.WriteString("intr 4812334121")
	for i := range interrupts {
		fmt.Fprintf(&s, " %d", i%7*i*1103)
	}
	s.WriteString("\nctxt 9123441921\nbtime 1790000000\nprocesses 8123121\nprocs_running 3\nprocs_blocked 1\n" +
		"softirq 1812334121 12 512334121 9123 81233 412331 0 91233 312331221 0 412331\n")
	return s.String()
}

// bigMachine has 256 processors and 5,000 interrupts, and else what this one has.
func bigMachine(b *testing.B) context.Context {
	dir := b.TempDir()
	files := map[string]string{"stat": bigStat(256, 5000)}
	for _, name := range []string{"vmstat", "meminfo", "loadavg"} {
		text, err := readText(filepath.Join(procRoot, name))
		if err != nil {
			b.Fatal(err)
		}
		files[name] = text
	}
	if err := os.Mkdir(filepath.Join(dir, "proc"), 0o700); err != nil {
		b.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "proc", name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return rootedAt(b.Context(), dir)
}

// BenchmarkTickFiles is the cost of the collectors that have a file in common, for
// one tick of all of them.
func BenchmarkTickFiles(b *testing.B) {
	b.Run("live/apart", func(b *testing.B) { benchmarkTickFiles(b, b.Context(), false) })
	b.Run("live/shared", func(b *testing.B) { benchmarkTickFiles(b, b.Context(), true) })
	b.Run("big/apart", func(b *testing.B) { benchmarkTickFiles(b, bigMachine(b), false) })
	b.Run("big/shared", func(b *testing.B) { benchmarkTickFiles(b, bigMachine(b), true) })
}

func benchmarkTickFiles(b *testing.B, ctx context.Context, shared bool) {
	cpu, load, kernel, memory, swap := NewCPU(), NewLoad(), NewKernel(), NewMemory(), NewSwap()
	var system systemStat
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		tick := ctx
		if shared {
			tick = withTickFiles(ctx)
		}
		cpu(tick)
		load(tick)
		kernel(tick)
		memory(tick)
		swap(tick)
		if err := system.read(tick, &text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseStat is what each collector makes of one text of /proc/stat.
func BenchmarkParseStat(b *testing.B) {
	text := []byte(bigStat(256, 5000))
	b.SetBytes(int64(len(text)))
	b.Run("cpu", func(b *testing.B) {
		for b.Loop() {
			parseStat(string(cpuPart(text)))
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			parseStatLine(text, "procs_blocked")
		}
	})
	b.Run("kernel", func(b *testing.B) {
		for b.Loop() {
			parseKernelStat(text)
		}
	})
	b.Run("processes", func(b *testing.B) {
		for b.Loop() {
			parseSystemStat(text)
		}
	})
}
