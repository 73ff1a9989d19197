package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// figure is what one Go benchmark says of one operation.
type figure struct{ nanoseconds, bytes, allocs float64 }

// code prints what it costs to sample, to render and to encode. Run it from the
// root of the repository.
func code(ctx context.Context, p plan) error {
	title("Samples: reading this machine once (medians of %d)", p.codeRounds)
	collectors := newTable("collector", "time us", "memory B", "allocations")
	if err := addBenchmarks(ctx, collectors, p, ".", "./collector", "^BenchmarkCollect$"); err != nil {
		return err
	}
	if err := addBenchmarks(ctx, collectors, p, "test/bench", ".", "^BenchmarkTick$"); err != nil {
		return err
	}
	collectors.print()
	fmt.Println("tick: all of them through the Sampler; time until published. tick CPU: what the process used for it.")

	title("Render and encode: one tick of this machine (medians of %d)", p.codeRounds)
	outputs := newTable("output", "time us", "memory B", "allocations")
	if err := addBenchmarks(ctx, outputs, p, "test/bench", ".", "^BenchmarkOutput$"); err != nil {
		return err
	}
	outputs.print()
	return nil
}

// addBenchmarks runs the Go benchmarks of one package, in the directory of its
// module, and adds a row for each.
func addBenchmarks(ctx context.Context, t *table, p plan, directory, packagePath, pattern string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench="+pattern, "-benchmem",
		"-benchtime="+p.codeTime, "-count="+strconv.Itoa(p.codeRounds), packagePath)
	cmd.Dir = directory
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("benchmarks of %s: %w\n%s", packagePath, err, output)
	}
	names, figures := parseBenchmarks(string(output))
	if len(names) == 0 {
		return fmt.Errorf("benchmarks of %s: none match %s", packagePath, pattern)
	}
	for _, name := range names {
		t.add(name, middle(figures[name], func(f figure) float64 { return f.nanoseconds / 1e3 }, 1),
			middle(figures[name], func(f figure) float64 { return f.bytes }, 0),
			middle(figures[name], func(f figure) float64 { return f.allocs }, 0))
	}
	return nil
}

func middle(figures []figure, of func(figure) float64, decimals int) string {
	return strconv.FormatFloat(median(collect(figures, of)), 'f', decimals, 64)
}

// parseBenchmarks reads the lines of "go test -bench" into the figures of each
// sub-benchmark, whose names it gives in their order.
func parseBenchmarks(output string) (names []string, figures map[string][]figure) {
	figures = make(map[string][]figure)
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := subBenchmark(fields[0])
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		figures[name] = append(figures[name], parseFigure(fields[2:]))
	}
	return names, figures
}

// subBenchmark makes "tick CPU" of "BenchmarkTick/tick_CPU-2".
func subBenchmark(name string) string {
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	if _, sub, ok := strings.Cut(name, "/"); ok {
		name = sub
	}
	return strings.ReplaceAll(name, "_", " ")
}

// parseFigure reads pairs of a number and its unit.
func parseFigure(fields []string) (f figure) {
	for i := 0; i+1 < len(fields); i += 2 {
		number, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			continue
		}
		switch fields[i+1] {
		case "ns/op":
			f.nanoseconds = number
		case "B/op":
			f.bytes = number
		case "allocs/op":
			f.allocs = number
		}
	}
	return f
}
