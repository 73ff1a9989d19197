package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkCgroups is the cost of a tick on control groups that the kernel made for
// this, in a tree of version 2, without controllers. It needs root, and leaves none.
func BenchmarkCgroups(b *testing.B) {
	for _, count := range []int{50, 500} {
		for _, active := range []int{0, 10, 100} {
			b.Run(fmt.Sprintf("%d,%d%%", count, active), func(b *testing.B) { benchmarkCgroups(b, count, active) })
		}
	}
}

func benchmarkCgroups(b *testing.B, count, active int) {
	top := makeCgroups(b, count)
	c := newCgroupCollector()
	c.hierarchies = &cgroupHierarchies{name: "v2"}
	c.hierarchies.addUnified(top)
	c.collect(b.Context())
	c.collect(b.Context())
	b.Cleanup(c.forget)
	b.ReportAllocs()
	before := processTime()
	for b.Loop() {
		// As far as the collector sees, a second has passed, and some have run in it.
		for i, n := range c.nodes {
			n.glanceAt, n.fullAt, n.limitsAt = n.glanceAt.Add(-time.Second), n.fullAt.Add(-time.Second), n.limitsAt.Add(-time.Second)
			if i*active/100 != (i+1)*active/100 {
				n.cpu.usage = 1
			}
		}
		c.nodes[0].cpu.usage = 1 // something always runs
		c.walked = c.walked.Add(-time.Second)
		c.collect(b.Context())
	}
	b.ReportMetric(float64(processTime()-before)/float64(b.N), "cpu-ns/op")
}

// makeCgroups makes so many control groups in a tree of version 2, and returns the one
// above them.
func makeCgroups(b testing.TB, count int) string {
	root := "/sys/fs/cgroup"
	if !isCgroup2(root) {
		root = filepath.Join(root, "unified")
	}
	top := filepath.Join(root, fmt.Sprintf("tacho-bench-%d.slice", os.Getpid()))
	if err := os.Mkdir(top, 0o755); err != nil {
		b.Skipf("no control groups can be made: %v", err)
	}
	b.Cleanup(func() { unix.Rmdir(top) })
	for i := range count {
		dir := filepath.Join(top, fmt.Sprintf("s%d.service", i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { unix.Rmdir(dir) })
	}
	return top
}
