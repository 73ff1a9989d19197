package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// These tests ask the kernel of this machine.

// TestLiveCgroups compares what every group here has used with its files, and with what
// the processors can do in that time.
func TestLiveCgroups(t *testing.T) {
	c := newCgroupCollector()
	before := time.Now()
	data, err := c.collect(t.Context())
	if (Reading[Cgroups]{Err: err}).Status() != NoBaseline {
		t.Fatal(err)
	}
	t.Cleanup(c.forget)
	checkCgroups(t, data, math.MaxInt)
	if len(data.Cgroups) != len(c.nodes) || len(data.Cgroups) == 0 {
		t.Fatalf("%d groups of %d", len(data.Cgroups), len(c.nodes))
	}
	earlier := make(map[string]Value)
	for _, g := range data.Cgroups {
		earlier[g.Path] = g.CPU.Usage
	}
	for _, n := range c.nodes {
		d := n.dirs[sourceCPUTime]
		if d == nil {
			continue
		}
		var direct float64
		if d.tree.v2 {
			scanFile(t, filepath.Join(d.tree.root, d.path, "cpu.stat"), "usage_usec %g", &direct)
			direct /= 1e6
		} else {
			scanFile(t, filepath.Join(d.tree.root, d.path, "cpuacct.usage"), "%g", &direct)
			direct /= 1e9
		}
		usage, _ := n.entry.CPU.Usage.Get()
		wantNear(t, n.path, usage, direct, 1)
	}
	data, err = c.collect(t.Context())
	if err != nil {
		t.Error(err)
	}
	checkCgroups(t, data, math.MaxInt)
	// Both readings lie within this time, and how long each took is not known. The root
	// of version 2 is counted in ticks of the clock.
	most := time.Since(before).Seconds()*float64(processorsHere(t)) + 1
	for _, g := range data.Cgroups {
		then, had := earlier[g.Path].Get()
		if now, ok := g.CPU.Usage.Get(); ok && had && now-then > most {
			t.Errorf("%s has used %v s of %v s", g.Path, now-then, most)
		}
	}
}

func processorsHere(t *testing.T) (count int) {
	t.Helper()
	for line := range strings.Lines(readFile(t, "/proc/stat")) {
		if len(line) > 3 && strings.HasPrefix(line, "cpu") && isDigit(line[3]) {
			count++
		}
	}
	return count
}

// TestLiveCgroupLife makes a group of each version that this machine has, where it
// may, runs a process in it, and removes it.
func TestLiveCgroupLife(t *testing.T) {
	h, err := findCgroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := map[*cgroupTree]bool{}
	for _, tree := range h.sources[sourceCPUTime] {
		if made[tree] {
			continue
		}
		made[tree] = true
		path := fmt.Sprintf("/tacho-test-%d.service", os.Getpid())
		dir := filepath.Join(tree.root, path)
		if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
			t.Logf("%s: %v", dir, err)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(dir) })
		t.Run(strings.TrimPrefix(tree.root, "/sys/fs/"), func(t *testing.T) { liveCgroupLife(t, tree, path) })
	}
}

func liveCgroupLife(t *testing.T, tree *cgroupTree, path string) {
	c := newCgroupCollector()
	c.hierarchies = &cgroupHierarchies{name: "test"}
	if c.hierarchies.addUnified(tree.root); !tree.v2 {
		c.hierarchies.trees[0].v2 = false
	}
	t.Cleanup(c.forget)
	c.collect(t.Context())
	dir := filepath.Join(tree.root, path)
	before := time.Now()
	first := liveGroup(t, c, path)
	since := time.Now()
	wantNumber(t, "usage before", first.CPU.Usage, 0)
	burned := burnIn(t, dir)
	until := time.Now()
	second := liveGroup(t, c, path)
	after := time.Now()
	// The shell, and what it took to start it, which is counted for it from when it
	// was in the group.
	usage, ok := second.CPU.Usage.Get()
	if !ok || usage <= 0 || usage > burned.Seconds()*1.1+0.05 {
		t.Errorf("usage is %v, the process says %v", usage, burned)
	}
	percent, ok := second.CPU.Percent.Get()
	if most, least := 100*usage/until.Sub(since).Seconds(), 100*usage/after.Sub(before).Seconds(); !ok || percent > most*1.001 || percent < least*0.999 {
		t.Errorf("%v %%, want from %v to %v", percent, least, most)
	}
	third := liveGroup(t, c, path)
	wantNumber(t, "percent at rest", third.CPU.Percent, 0)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if g := findLive(t, c, path); g != nil {
		t.Errorf("%s was removed, and has %+v", path, g.CPU)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.walked = time.Time{}
	wantMissing(t, "percent of one made anew", liveGroup(t, c, path).CPU.Percent, NoBaseline)
}

func liveGroup(t *testing.T, c *cgroupCollector, path string) *Cgroup {
	t.Helper()
	g := findLive(t, c, path)
	if g == nil {
		t.Fatalf("no %s", path)
	}
	return g
}

func findLive(t *testing.T, c *cgroupCollector, path string) *Cgroup {
	t.Helper()
	data, err := c.collect(t.Context())
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	for _, g := range data.Cgroups {
		if g.Path == path {
			return g
		}
	}
	return nil
}

// burnIn runs a process in a control group, which counts to some number there, and
// returns how much processor time it took.
func burnIn(t *testing.T, dir string) time.Duration {
	t.Helper()
	script := `echo $$ > "$1/cgroup.procs" || exit 1; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
	shell := exec.Command("/bin/sh", "-c", script, "sh", dir)
	if text, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return shell.ProcessState.SystemTime() + shell.ProcessState.UserTime()
}
