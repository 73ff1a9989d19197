package collector

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestShortageOfDescriptors: where nothing more can be opened, there are not fewer
// groups: the section fails, and goes on afterwards as if nothing had been.
func TestShortageOfDescriptors(t *testing.T) {
	for _, name := range []string{"cgroup-v2", "cgroup-hybrid", "cgroup-v1"} {
		cgroupTest(t, name, func(t *testing.T, c *cgroupCase) {
			c.failsForWantOfDescriptors()
			if _, err := c.collector.collect(c.ctx); !errors.Is(err, ErrNoBaseline) {
				t.Errorf("the first reading: %v", err)
			}
			before := len(c.collect(time.Second).Cgroups)
			time.Sleep(2 * time.Second)
			c.failsForWantOfDescriptors()
			data := c.collect(2 * time.Second)
			if len(data.Cgroups) != before || data.Unreadable != 0 {
				t.Errorf("%d groups of %d, %d unreadable", len(data.Cgroups), before, data.Unreadable)
			}
			for _, g := range data.Cgroups {
				if status := g.CPU.Percent.Status(); status != OK && status != Unsupported {
					t.Errorf("%s: %v", g.Path, status)
				}
			}
		})
	}
}

func (c *cgroupCase) failsForWantOfDescriptors() {
	c.Helper()
	var err error
	withoutDescriptors(c.T, func() { _, err = c.collector.collect(c.ctx) })
	if (Reading[Cgroups]{Err: err}).Status() != Failed || !errors.Is(err, unix.EMFILE) || !strings.HasPrefix(err.Error(), "cgroups: open ") {
		c.Errorf("error is %v", err)
	}
}

// withoutDescriptors calls do while this process may open nothing.
func withoutDescriptors(t *testing.T, do func()) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 0, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// TestRemovedDirectory: that a directory cannot be opened does not mean that it is gone.
func TestRemovedDirectory(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		d := c.collector.byPath[nginx].home
		d.close()
		withoutDescriptors(t, func() {
			if d.isRemoved() {
				t.Error("gone for want of descriptors")
			}
		})
		if d.isRemoved() {
			t.Error("gone")
		}
		d.close()
		if err := os.RemoveAll(c.at(nginx)); err != nil {
			t.Fatal(err)
		}
		if !d.isRemoved() {
			t.Error("removed, and still there")
		}
	})
}

// TestDeniedDirectory: what is below a directory that may not be listed is what was
// known, and how many such directories there are is told.
func TestDeniedDirectory(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		before := len(c.collect(time.Second).Cgroups)
		c.touch(nginx)
		deny(t, c.at("/system.slice"), c.at("/machine.slice"))
		data := c.collect(2 * time.Second)
		if len(data.Cgroups) != before || data.Denied != 2 || data.Unreadable != 0 || data.Truncated {
			t.Errorf("%d groups of %d, %d denied, %d unreadable", len(data.Cgroups), before, data.Denied, data.Unreadable)
		}
		wantNumber(t, "percent", c.group(data, nginx).CPU.Percent, 50)
		c.collector.forget()
		data = c.collect(time.Second)
		if len(data.Cgroups) >= before || data.Denied != 2 {
			t.Errorf("%d groups of %d, %d denied", len(data.Cgroups), before, data.Denied)
		}
		wantNumber(t, "usage beside it", c.group(data, "/jobs").CPU.Usage, 0.003)
	})
}

func TestRefusedDirectories(t *testing.T) {
	for _, test := range []struct {
		err                error
		denied, unreadable uint64
	}{
		{unix.EACCES, 1, 0}, {unix.EPERM, 1, 0}, {unix.EIO, 0, 1}, {errTooLong, 0, 1},
		{unix.EMFILE, 0, 0}, {unix.ENFILE, 0, 0}, {unix.ENOMEM, 0, 0},
	} {
		var tree cgroupTree
		if tree.refuse(test.err); tree.denied != test.denied || tree.unreadable != test.unreadable {
			t.Errorf("%v: %d denied, %d unreadable", test.err, tree.denied, tree.unreadable)
		}
	}
}
