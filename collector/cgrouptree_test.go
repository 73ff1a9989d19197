package collector

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestShortageOfDescriptors: where nothing more can be opened, there are not fewer
// groups: the section fails, and goes on afterwards as if nothing had been.
func TestShortageOfDescriptors(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		before := len(c.collect(time.Second).Cgroups)
		restore := noDescriptors(t)
		time.Sleep(2 * time.Second)
		_, err := c.collector.collect(c.ctx)
		restore()
		if (Reading[Cgroups]{Err: err}).Status() != Failed || !strings.HasPrefix(err.Error(), "cgroups: open ") {
			t.Errorf("error is %v", err)
		}
		c.touch(nginx)
		data := c.collect(2 * time.Second)
		if len(data.Cgroups) != before {
			t.Errorf("%d groups of %d", len(data.Cgroups), before)
		}
		wantNumber(t, "percent over both ticks", c.group(data, nginx).CPU.Percent, 25)
	})
}

// noDescriptors lets this process open nothing more, until restore.
func noDescriptors(t *testing.T) (restore func()) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := unix.Rlimit{Cur: 0, Max: limit.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}
}
