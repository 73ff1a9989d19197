package collector

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The kernel gives the time of its own threads that end to nobody, so it hides
// nothing of what children used.
func TestShortLivedBesideAnEndedKernelThread(t *testing.T) {
	ctx, dir := fixture(t, "proc-6.12")
	proc := filepath.Join(dir, "proc")
	rewrite(t, filepath.Join(proc, "14", "stat"), " 2 0 41 0 0 0 ", " 2 0 18000 0 0 0 ")
	c := newProcessCollector(false)
	c.collect(ctx)
	c.at = c.at.Add(-10 * time.Second)
	if err := os.RemoveAll(filepath.Join(proc, "14")); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(proc, "1", "stat"), " 120000 34000 ", " 120500 34100 ")
	p, err := c.collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// 6 s in 10 s, and the little that the test itself takes.
	if share, ok := p.ShortLived.CPU.Get(); !ok || share < 55 || share > 60 {
		t.Errorf("%v %% (%v), want 60 %%", share, p.ShortLived.CPU.Status())
	}
}
