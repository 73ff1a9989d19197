package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	podmanID  = "aa11bb22cc33dd44ee55ff6677889900aa11bb22cc33dd44ee55ff6677889900"
	criID     = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
	sandboxID = "5a5b5c5d5a5b5c5d5a5b5c5d5a5b5c5d5a5b5c5d5a5b5c5d5a5b5c5d5a5b5c5d"
	podPath   = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f0a9c3e_77aa_4b12_9d3e_0123456789ab.slice"
	nginx     = "/system.slice/nginx.service"
)

func TestCgroupsAreListedByWhatTheyAre(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		data := c.collect(0)
		var got []string
		for _, g := range data.Cgroups {
			got = append(got, fmt.Sprint(g.Kind, " ", g.Name, " in ", g.Parent))
		}
		want := []string{
			"root / in ",
			"scope init.scope in /",
			"group jobs in /",
			"slice kubepods.slice in /",
			"slice kubepods-burstable.slice in /kubepods.slice",
			"pod shop/web-7d4b9 in /kubepods.slice/kubepods-burstable.slice",
			"container POD in " + podPath,
			"container web in " + podPath,
			"slice machine.slice in /",
			"container mail in /machine.slice",
			"scope libpod-conmon-" + podmanID + ".scope in /machine.slice",
			"machine win11 in /machine.slice",
			"slice system.slice in /",
			"service cron.service in /system.slice",
			"container shop_db in /system.slice",
			"service nginx.service in /system.slice",
			"slice system-systemd-fsck.slice in /system.slice",
			"slice user.slice in /",
			"slice user-1000.slice in /user.slice",
			"session session-3.scope in /user.slice/user-1000.slice",
			"service user@1000.service in /user.slice/user-1000.slice",
			"slice app.slice in /user.slice/user-1000.slice/user@1000.service",
			"scope app-gnome-org.gnome.Ter-minal-41.scope in /user.slice/user-1000.slice/user@1000.service/app.slice",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if data.Hierarchy != "v2" || data.Truncated || data.LeftOut != 0 {
			t.Errorf("%q, truncated %v, left out %d", data.Hierarchy, data.Truncated, data.LeftOut)
		}
		web := c.group(data, podPath+"/cri-containerd-"+criID+".scope")
		if web.PodName != "shop/web-7d4b9" || web.Runtime != "containerd" || web.Pod != uid36 || web.NameStatus != OK {
			t.Errorf("%+v", web)
		}
	})
}

func TestCgroupNumbersOfVersion2(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		g := c.group(c.collect(0), nginx)
		wantNumber(t, "usage", g.CPU.Usage, 1000)
		wantNumber(t, "user", g.CPU.User, 600)
		wantNumber(t, "system", g.CPU.System, 400)
		wantMissing(t, "percent", g.CPU.Percent, NoBaseline)
		wantMissing(t, "throttled", g.CPU.ThrottledPercent, NoBaseline)
		wantNumber(t, "limit", g.CPU.Limit, 1.5)
		wantNumber(t, "weight", g.CPU.Weight, 200)
		wantMissing(t, "shares", g.CPU.Shares, Unsupported)
		wantNumber(t, "periods", g.CPU.Periods, 5000)
		wantNumber(t, "throttled", g.CPU.Throttled, 250)
		wantNumber(t, "throttled seconds", g.CPU.ThrottledSeconds, 12.5)
		wantNumber(t, "memory", g.Memory.Current, 268435456)
		wantNumber(t, "limit", g.Memory.Limit, 1<<30)
		wantNumber(t, "percent", g.Memory.Percent, 25)
		wantNumber(t, "high", g.Memory.High, 805306368)
		wantNumber(t, "working set", g.Memory.WorkingSet, 200000000)
		wantNumber(t, "anon", g.Memory.Anon, 120000000)
		wantNumber(t, "file", g.Memory.File, 130000000)
		wantNumber(t, "slab", g.Memory.Slab, 6000000)
		wantNumber(t, "kernel", g.Memory.Kernel, 6098304)
		wantNumber(t, "swap", g.Memory.Swap, 4096)
		wantNumber(t, "swap limit", g.Memory.SwapLimit, 0)
		wantNumber(t, "oom", g.Memory.OOM, 2)
		wantNumber(t, "oom kills", g.Memory.OOMKills, 1)
		wantNumber(t, "highs", g.Memory.Highs, 7)
		wantNumber(t, "maxes", g.Memory.Maxes, 3)
		// dm-0 lies on sda, and the loop on a file: the larger of the first two counts.
		wantNumber(t, "read", g.IO.Read, 1048576)
		wantNumber(t, "written", g.IO.Written, 2097152)
		wantNumber(t, "reads", g.IO.Reads, 16)
		wantNumber(t, "writes", g.IO.Writes, 32)
		wantMissing(t, "read rate", g.IO.ReadRate, NoBaseline)
		wantNumber(t, "tasks", g.PIDs.Current, 9)
		wantNumber(t, "task limit", g.PIDs.Limit, 512)
		wantNumber(t, "tasks percent", g.PIDs.Percent, 100*9.0/512)
		wantMissing(t, "pressure", g.Pressure.CPU, NoBaseline)
		if g.State != "populated" || g.Memory.LimitedBy != nginx {
			t.Errorf("state %q, limited by %q", g.State, g.Memory.LimitedBy)
		}
	})
}

func TestCgroupRates(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		_, err := c.collector.collect(c.ctx)
		if !errors.Is(err, ErrNoBaseline) || !strings.HasPrefix(err.Error(), "cgroups: ") {
			t.Errorf("first: %v", err)
		}
		rewrite(t, c.at(nginx+"/cpu.stat"), "usage_usec 1000000000\nuser_usec 600000000\nsystem_usec 400000000", "usage_usec 1003000000\nuser_usec 602000000\nsystem_usec 401000000")
		rewrite(t, c.at(nginx+"/cpu.stat"), "nr_periods 5000\nnr_throttled 250\nthrottled_usec 12500000", "nr_periods 5020\nnr_throttled 255\nthrottled_usec 13500000")
		rewrite(t, c.at(nginx+"/io.stat"), "8:0 rbytes=1048576 wbytes=2097152 rios=16 wios=32", "8:0 rbytes=1048776 wbytes=2098152 rios=20 wios=42")
		rewrite(t, c.at(nginx+"/memory.events"), "oom_kill 1", "oom_kill 4")
		rewrite(t, c.at(nginx+"/cpu.pressure"), "total=2000000", "total=2500000")
		rewrite(t, c.at(nginx+"/io.pressure"), "total=300000", "total=9900000")
		time.Sleep(2 * time.Second)
		data, err := c.collector.collect(c.ctx)
		if err != nil {
			t.Errorf("second: %v", err)
		}
		g := c.group(data, nginx)
		wantNumber(t, "percent", g.CPU.Percent, 150)
		wantNumber(t, "user", g.CPU.UserPercent, 100)
		wantNumber(t, "system", g.CPU.SystemPercent, 50)
		wantNumber(t, "of limit", g.CPU.LimitPercent, 100)
		wantNumber(t, "throttled", g.CPU.ThrottledPercent, 25)
		wantNumber(t, "throttled rate", g.CPU.ThrottledRate, 0.5)
		wantNumber(t, "read", g.IO.ReadRate, 100)
		wantNumber(t, "write", g.IO.WriteRate, 500)
		wantNumber(t, "reads", g.IO.ReadsRate, 2)
		wantNumber(t, "writes", g.IO.WritesRate, 5)
		wantNumber(t, "oom kills", g.Memory.OOMKillsRate, 1.5)
		wantNumber(t, "highs", g.Memory.HighsRate, 0)
		wantNumber(t, "cpu pressure", g.Pressure.CPU, 25)
		wantNumber(t, "io pressure", g.Pressure.IO, 0)
		wantNumber(t, "io full pressure", g.Pressure.IOFull, 100)
		for range 3 {
			g = c.group(c.collect(time.Second), nginx)
			wantNumber(t, "percent at rest", g.CPU.Percent, 0)
			wantMissing(t, "throttled at rest", g.CPU.ThrottledPercent, Idle)
			wantNumber(t, "read at rest", g.IO.ReadRate, 0)
			wantNumber(t, "oom kills at rest", g.Memory.OOMKillsRate, 0)
			wantNumber(t, "pressure at rest", g.Pressure.CPU, 0)
		}
	})
}

// TestRatesEnd: what a group did in one tick is not said of the next ones, whichever
// file it shows in.
func TestRatesEnd(t *testing.T) {
	for name, test := range map[string]struct {
		file, old, replacement string
		rate                   func(*Cgroup) Value
	}{
		"read":      {"io.stat", "8:0 rbytes=1", "8:0 rbytes=2", func(g *Cgroup) Value { return g.IO.ReadRate }},
		"writes":    {"io.stat", "wios=32", "wios=64", func(g *Cgroup) Value { return g.IO.WritesRate }},
		"pressure":  {"memory.pressure", "total=100000", "total=900000", func(g *Cgroup) Value { return g.Pressure.Memory }},
		"stall":     {"io.pressure", "total=300000", "total=900000", func(g *Cgroup) Value { return g.Pressure.IOFull }},
		"oom kills": {"memory.events", "oom_kill 1", "oom_kill 2", func(g *Cgroup) Value { return g.Memory.OOMKillsRate }},
		"highs":     {"memory.events", "high 7", "high 9", func(g *Cgroup) Value { return g.Memory.HighsRate }},
	} {
		cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
			c.collect(0)
			c.collect(time.Second)
			c.collect(time.Second)
			c.touch(nginx)
			rewrite(t, c.at(nginx+"/"+test.file), test.old, test.replacement)
			if rate, ok := test.rate(c.group(c.collect(time.Second), nginx)).Get(); !ok || rate <= 0 {
				t.Errorf("%s: %v", name, rate)
			}
			wantNumber(t, name+" afterwards", test.rate(c.group(c.collect(time.Second), nginx)), 0)
		})
	}
}

// TestChildThatMovesAlone: what a group uses is exact, and that of the root of version 2
// is what the ticks of the clock met, so one that runs shortly moves below a root that
// does not.
func TestChildThatMovesAlone(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		c.collect(time.Second)
		for range 3 {
			c.touch(nginx)
			data := c.collect(time.Second)
			wantNumber(t, "percent", c.group(data, nginx).CPU.Percent, 100)
			wantNumber(t, "percent of the slice above", c.group(data, "/system.slice").CPU.Percent, 0)
			wantNumber(t, "percent of the root", c.group(data, "/").CPU.Percent, 0)
		}
		c.touch("/")
		c.touch("/system.slice")
		wantNumber(t, "percent at rest", c.group(c.collect(time.Second), nginx).CPU.Percent, 0)
	})
}

// TestRootIsNeverAtRest: that its processor time stands still does not say that the
// root did nothing.
func TestRootIsNeverAtRest(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		writeFile(t, c.at("/io.stat"), "8:0 rbytes=1000 wbytes=0 rios=1 wios=0\n")
		rewrite(t, c.at("/memory.stat"), "file_dirty 4096", "file_dirty 0")
		for range 3 {
			c.collect(time.Second)
		}
		rewrite(t, c.at("/io.stat"), "rbytes=1000", "rbytes=5000")
		wantNumber(t, "read", c.group(c.collect(time.Second), "/").IO.ReadRate, 4000)
	})
}

// TestSideOfAStackThatLags: what dm-crypt writes is counted for the group at the top
// of the stack alone, where the bottom has far more of before.
func TestSideOfAStackThatLags(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		writeFile(t, c.at(nginx+"/io.stat"), "8:0 rbytes=0 wbytes=9000000 rios=0 wios=900\n253:0 rbytes=0 wbytes=1000 rios=0 wios=1\n")
		wantNumber(t, "written", c.group(c.collect(0), nginx).IO.Written, 9000000)
		c.touch(nginx)
		rewrite(t, c.at(nginx+"/io.stat"), "wbytes=1000 rios=0 wios=1", "wbytes=3000 rios=0 wios=5")
		g := c.group(c.collect(time.Second), nginx)
		wantNumber(t, "write rate", g.IO.WriteRate, 2000)
		wantNumber(t, "writes rate", g.IO.WritesRate, 4)
		wantNumber(t, "written", g.IO.Written, 9002000)
		c.touch(nginx)
		rewrite(t, c.at(nginx+"/io.stat"), "wbytes=9000000", "wbytes=9000500")
		g = c.group(c.collect(time.Second), nginx)
		wantNumber(t, "write rate of the other side", g.IO.WriteRate, 500)
		wantNumber(t, "written", g.IO.Written, 9002500)
	})
}

// TestRateOfOneThatBegins: what a group moves in its first tick after a pause is
// not spread over the pause in which it was not read.
func TestRateOfOneThatBegins(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		for range 4 {
			c.collect(time.Second)
		}
		c.touch(nginx)
		rewrite(t, c.at(nginx+"/io.stat"), "8:0 rbytes=1048576", "8:0 rbytes=2048576")
		g := c.group(c.collect(time.Second), nginx)
		wantNumber(t, "read", g.IO.ReadRate, 1e6)
		wantNumber(t, "percent", g.CPU.Percent, 100)
	})
}

// TestWritebackOfOneAtRest: the kernel writes what a group left in the page cache
// while the group itself sleeps.
func TestWritebackOfOneAtRest(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		rewrite(t, c.at(nginx+"/memory.stat"), "file_dirty 0", "file_dirty 4096")
		c.collect(0)
		for range 3 {
			c.collect(time.Second)
		}
		rewrite(t, c.at(nginx+"/io.stat"), "wbytes=2097152 rios=16", "wbytes=2101248 rios=16")
		g := c.group(c.collect(time.Second), nginx)
		wantNumber(t, "write", g.IO.WriteRate, 4096)
	})
}

// TestLimitsOfOneWithWriteback: what is read at each tick without running has its limits
// read from time to time as well.
func TestLimitsOfOneWithWriteback(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		rewrite(t, c.at(nginx+"/memory.stat"), "file_dirty 0", "file_dirty 4096")
		c.collect(0)
		writeFile(t, c.at(nginx+"/memory.max"), "536870912\n")
		var data Cgroups
		for range 40 {
			data = c.collect(time.Second)
		}
		wantNumber(t, "limit", c.group(data, nginx).Memory.Limit, 536870912)
	})
}

func TestRestingCgroupsAreTheSame(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		c.collect(time.Second)
		c.collect(time.Second)
		before := c.collect(time.Second)
		c.touch("/system.slice")
		c.touch(nginx)
		after := c.collect(time.Second)
		changed := map[string]bool{}
		for i, g := range after.Cgroups {
			if g != before.Cgroups[i] {
				changed[g.Path] = true
			}
		}
		for _, path := range []string{"/system.slice", nginx} {
			if !changed[path] {
				t.Errorf("%s is the same", path)
			}
		}
		if changed["/user.slice"] || changed["/system.slice/cron.service"] {
			t.Errorf("changed: %v", changed)
		}
		wantNumber(t, "percent in an earlier snapshot", c.group(before, nginx).CPU.Percent, 0)
	})
}

// TestMemoryOfOneAtRest: its memory may be taken, and limits changed, while it does
// nothing.
func TestMemoryOfOneAtRest(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		c.collect(time.Second)
		cron := "/system.slice/cron.service"
		writeFile(t, c.at(cron+"/memory.current"), "2097152\n")
		rewrite(t, c.at(cron+"/memory.stat"), "inactive_file 1500000", "inactive_file 97152")
		var data Cgroups
		for range 6 {
			data = c.collect(time.Second)
		}
		wantNumber(t, "memory", c.group(data, cron).Memory.Current, 2097152)
		wantNumber(t, "working set", c.group(data, cron).Memory.WorkingSet, 2000000)
		writeFile(t, c.at(cron+"/memory.max"), "4194304\n")
		for range 31 {
			data = c.collect(time.Second)
		}
		wantNumber(t, "limit", c.group(data, cron).Memory.Limit, 4194304)
		wantNumber(t, "percent", c.group(data, cron).Memory.Percent, 50)
	})
}

func TestLimitsFromAbove(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		data := c.collect(0)
		web := c.group(data, podPath+"/cri-containerd-"+criID+".scope")
		wantNumber(t, "limit", web.Memory.Limit, 2<<30)
		if web.Memory.LimitedBy != podPath {
			t.Errorf("limited by %q", web.Memory.LimitedBy)
		}
		wantNumber(t, "limit of a slice", c.group(data, "/kubepods.slice/kubepods-burstable.slice").Memory.Limit, 4<<30)
		slice := c.group(data, "/system.slice")
		wantMissing(t, "no limit", slice.Memory.Limit, Unsupported)
		wantMissing(t, "percent of no limit", slice.Memory.Percent, Unsupported)
		wantMissing(t, "no limit of cores", slice.CPU.Limit, Unsupported)
		wantMissing(t, "percent of no cores", slice.CPU.LimitPercent, Unsupported)
		wantMissing(t, "no limit of tasks", slice.PIDs.Limit, Unsupported)
	})
}

// TestMoreThanTheLimit: the memory of a group may be above its limit for a moment,
// and less than its inactive files, which are read a little later.
func TestMoreThanTheLimit(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		g := c.group(c.collect(0), "/system.slice/docker-"+id64+".scope")
		wantNumber(t, "percent", g.Memory.Percent, 100)
		wantNumber(t, "working set", g.Memory.WorkingSet, 0)
		if g.State != "frozen" || g.Name != "shop_db" {
			t.Errorf("%q is %q", g.Name, g.State)
		}
		if g := c.group(c.collect(time.Second), "/jobs"); g.State != "empty" {
			t.Errorf("/jobs is %q", g.State)
		}
	})
}

func TestWithoutControllers(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		g := c.group(c.collect(0), "/user.slice/user-1000.slice/session-3.scope")
		wantNumber(t, "usage", g.CPU.Usage, 0.5)
		for name, v := range map[string]Value{
			"throttled": g.CPU.ThrottledPercent, "periods": g.CPU.Periods, "limit": g.CPU.Limit, "weight": g.CPU.Weight,
			"memory": g.Memory.Current, "working set": g.Memory.WorkingSet, "anon": g.Memory.Anon, "memory percent": g.Memory.Percent,
			"oom": g.Memory.OOM, "oom rate": g.Memory.OOMRate, "read": g.IO.Read, "read rate": g.IO.ReadRate, "tasks": g.PIDs.Current,
		} {
			wantMissing(t, name, v, Unsupported)
		}
	})
	cgroupTest(t, "cgroup-bare", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		data := c.collect(time.Second)
		root := c.group(data, "/")
		wantNumber(t, "percent", root.CPU.Percent, 0)
		wantMissing(t, "memory", root.Memory.Current, Unsupported)
		wantMissing(t, "pressure", root.Pressure.CPU, Unsupported)
		if len(data.Cgroups) != 1 || data.Hierarchy != "v2" || root.State != "" {
			t.Errorf("%d groups, %q, state %q", len(data.Cgroups), data.Hierarchy, root.State)
		}
	})
}

func TestCgroupNumbersOfVersion1(t *testing.T) {
	for _, name := range []string{"v1", "hybrid"} {
		cgroupTest(t, "cgroup-"+name, func(t *testing.T, c *cgroupCase) {
			c.collect(0)
			docker := "/docker/" + id64
			for _, path := range []string{"", "/docker", docker} {
				rewrite(t, c.at("cpu,cpuacct"+path+"/cpuacct.usage"), "000000000\n", "500000000\n")
			}
			rewrite(t, c.at("cpu,cpuacct"+docker+"/cpuacct.stat"), "user 300", "user 325")
			rewrite(t, c.at("cpu,cpuacct"+docker+"/cpu.stat"), "nr_periods 1000\nnr_throttled 100\nthrottled_time 5000000000", "nr_periods 1010\nnr_throttled 105\nthrottled_time 5500000000")
			rewrite(t, c.at("memory"+docker+"/memory.oom_control"), "oom_kill 2", "oom_kill 3")
			rewrite(t, c.at("blkio"+docker+"/blkio.throttle.io_service_bytes_recursive"), "Write 8192", "Write 12288")
			data := c.collect(time.Second)
			if data.Hierarchy != name {
				t.Errorf("hierarchy is %q", data.Hierarchy)
			}
			g := c.group(data, docker)
			if g.Kind != "container" || g.Name != id64[:12] || g.NameStatus != Unsupported {
				t.Errorf("%s %q, %v", g.Kind, g.Name, g.NameStatus)
			}
			wantNumber(t, "percent", g.CPU.Percent, 50)
			wantNumber(t, "user", g.CPU.UserPercent, 25)
			wantNumber(t, "system", g.CPU.SystemPercent, 0)
			wantNumber(t, "usage", g.CPU.Usage, 5.5)
			wantNumber(t, "limit", g.CPU.Limit, 0.5)
			wantNumber(t, "of limit", g.CPU.LimitPercent, 100)
			wantNumber(t, "shares", g.CPU.Shares, 512)
			wantMissing(t, "weight", g.CPU.Weight, Unsupported)
			wantNumber(t, "throttled", g.CPU.ThrottledPercent, 50)
			wantNumber(t, "throttled rate", g.CPU.ThrottledRate, 0.5)
			wantNumber(t, "memory", g.Memory.Current, 3e8)
			wantNumber(t, "limit", g.Memory.Limit, 512<<20)
			wantNumber(t, "working set", g.Memory.WorkingSet, 25e7)
			wantNumber(t, "anon", g.Memory.Anon, 1e8)
			wantNumber(t, "file", g.Memory.File, 15e7)
			wantNumber(t, "shmem", g.Memory.Shmem, 4096)
			wantNumber(t, "swap", g.Memory.Swap, 4096)
			wantMissing(t, "slab", g.Memory.Slab, Unsupported)
			wantNumber(t, "kernel", g.Memory.Kernel, 65536)
			wantNumber(t, "oom kills", g.Memory.OOMKills, 3)
			wantNumber(t, "oom kills", g.Memory.OOMKillsRate, 1)
			wantMissing(t, "oom", g.Memory.OOM, Unsupported)
			wantMissing(t, "high", g.Memory.High, Unsupported)
			wantNumber(t, "maxes", g.Memory.Maxes, 17)
			wantNumber(t, "read", g.IO.Read, 4096)
			wantNumber(t, "write", g.IO.WriteRate, 4096)
			wantNumber(t, "writes", g.IO.Writes, 34)
			wantNumber(t, "tasks", g.PIDs.Current, 4)
			wantNumber(t, "task limit", g.PIDs.Limit, 64)
			// Neither accounted for by the controllers.
			ssh, rsyslog := c.group(data, "/system.slice/ssh.service"), c.group(data, "/system.slice/rsyslog.service")
			wantNumber(t, "memory of ssh", ssh.Memory.Current, 9e6)
			wantMissing(t, "limit of ssh", ssh.Memory.Limit, Unsupported)
			wantMissing(t, "memory of rsyslog", rsyslog.Memory.Current, Unsupported)
			if name == "hybrid" {
				wantNumber(t, "usage of rsyslog", rsyslog.CPU.Usage, 3)
				wantNumber(t, "percent of rsyslog", rsyslog.CPU.Percent, 0)
				wantNumber(t, "pressure", g.Pressure.IO, 0)
			} else {
				wantMissing(t, "percent of rsyslog", rsyslog.CPU.Percent, Unsupported)
				wantMissing(t, "pressure", g.Pressure.IO, Unsupported)
			}
		})
	}
}

// TestUncountedIO: where version 1 counts for no device, nothing moved is not 0.
func TestUncountedIO(t *testing.T) {
	cgroupTest(t, "cgroup-v1", func(t *testing.T, c *cgroupCase) {
		docker := "/docker/" + id64
		for _, path := range []string{"", "/docker", docker} {
			writeFile(t, c.at("blkio"+path+"/blkio.throttle.io_service_bytes_recursive"), "Total 0\n")
		}
		g := c.group(c.collect(0), docker)
		wantMissing(t, "read", g.IO.Read, Unsupported)
		wantMissing(t, "write rate", g.IO.WriteRate, Unsupported)
	})
	// In a namespace, "/" is the group of the container, which may have moved nothing yet.
	cgroupTest(t, "cgroup-v1", func(t *testing.T, c *cgroupCase) {
		if err := os.Remove(c.at("blkio/cgroup.sane_behavior")); err != nil {
			t.Fatal(err)
		}
		writeFile(t, c.at("blkio/blkio.throttle.io_service_bytes_recursive"), "Total 0\n")
		writeFile(t, c.at("blkio/blkio.throttle.io_serviced_recursive"), "Total 0\n")
		data := c.collect(0)
		wantNumber(t, "read of a namespace", c.group(data, "/").IO.Read, 0)
		wantNumber(t, "read below it", c.group(data, "/docker/"+id64).IO.Read, 4096)
	})
	cgroupTest(t, "cgroup-v1", func(t *testing.T, c *cgroupCase) {
		docker := "/docker/" + id64
		writeFile(t, c.at("blkio"+docker+"/blkio.throttle.io_service_bytes_recursive"), "Total 0\n")
		writeFile(t, c.at("blkio"+docker+"/blkio.throttle.io_serviced_recursive"), "Total 0\n")
		wantNumber(t, "read of one that moved nothing", c.group(c.collect(0), docker).IO.Read, 0)
	})
}

func TestCgroupThatEnds(t *testing.T) {
	for _, name := range []string{"cgroup-v2", "cgroup-v1"} {
		cgroupTest(t, name, func(t *testing.T, c *cgroupCase) {
			before := len(c.collect(0).Cgroups)
			tree := c.collector.hierarchies.trees[0]
			gone := tree.dirs[len(tree.dirs)-1]
			gone.release()
			gone.close()
			for _, tree := range c.collector.hierarchies.trees {
				if err := os.RemoveAll(filepath.Join(tree.root, gone.path)); err != nil {
					t.Fatal(err)
				}
			}
			data := c.collect(100 * time.Millisecond)
			for _, g := range data.Cgroups {
				if g.Path == gone.path {
					t.Errorf("%s is still there", gone.path)
				}
			}
			if after := len(c.collect(2 * time.Second).Cgroups); after >= before {
				t.Errorf("%d groups of %d", after, before)
			}
		})
	}
}

func TestCgroupMadeAnew(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		c.collect(time.Second)
		if err := os.Rename(c.at(nginx), filepath.Join(c.dir, "old")); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(c.at(nginx), os.DirFS(filepath.Join(c.dir, "old"))); err != nil {
			t.Fatal(err)
		}
		// More than before, as if it had gone on.
		rewrite(t, c.at(nginx+"/cpu.stat"), "usage_usec 1000000000", "usage_usec 5000000000")
		g := c.group(c.collect(2*time.Second), nginx)
		wantMissing(t, "percent", g.CPU.Percent, NoBaseline)
		wantMissing(t, "read", g.IO.ReadRate, NoBaseline)
		wantMissing(t, "pressure", g.Pressure.CPU, NoBaseline)
		wantNumber(t, "usage", g.CPU.Usage, 5000)
	})
}

// TestOnlyItsMemoryMadeAnew: in version 1 a group may go from one hierarchy, and come
// again, and stay in the others.
func TestOnlyItsMemoryMadeAnew(t *testing.T) {
	cgroupTest(t, "cgroup-v1", func(t *testing.T, c *cgroupCase) {
		docker := "/docker/" + id64
		c.collect(0)
		c.collect(time.Second)
		dir := c.at("memory" + docker)
		if err := os.Rename(dir, filepath.Join(c.dir, "old")); err != nil {
			t.Fatal(err)
		}
		g := c.group(c.collect(2*time.Second), docker)
		wantMissing(t, "memory of none", g.Memory.Current, Unsupported)
		wantNumber(t, "usage", g.CPU.Usage, 5)
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(c.dir, "old"))); err != nil {
			t.Fatal(err)
		}
		g = c.group(c.collect(2*time.Second), docker)
		wantNumber(t, "memory", g.Memory.Current, 3e8)
		wantMissing(t, "oom kills", g.Memory.OOMKillsRate, NoBaseline)
	})
}

func TestCgroupCounterBackwards(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		rewrite(t, c.at(nginx+"/cpu.stat"), "usage_usec 1000000000", "usage_usec 10")
		rewrite(t, c.at(nginx+"/cpu.stat"), "nr_throttled 250", "nr_throttled 1")
		rewrite(t, c.at(nginx+"/io.stat"), "rbytes=1", "rbytes=0")
		g := c.group(c.collect(time.Second), nginx)
		wantMissing(t, "percent", g.CPU.Percent, NoBaseline)
		wantMissing(t, "throttled", g.CPU.ThrottledPercent, NoBaseline)
		wantMissing(t, "read", g.IO.ReadRate, NoBaseline)
		wantNumber(t, "written", g.IO.WriteRate, 0)
	})
}

func TestNewCgroupShowsSoon(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		if err := os.CopyFS(c.at("/system.slice/new.service"), os.DirFS(c.at("/system.slice/cron.service"))); err != nil {
			t.Fatal(err)
		}
		c.collect(time.Second)
		g := c.group(c.collect(time.Second), "/system.slice/new.service")
		wantMissing(t, "percent", g.CPU.Percent, NoBaseline)
		wantNumber(t, "percent of one that was there", c.group(c.collect(time.Second), nginx).CPU.Percent, 0)
	})
}

func TestUnreadableCgroupFiles(t *testing.T) {
	for content, cpu := range map[string]Status{"": Failed, "usage_usec": Failed, "usage_usec 12": Failed, "usage_usec -1\n": Failed, "\x00\xff\n": Failed, "user_usec 1\n": Failed} {
		cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
			for _, file := range []string{"cpu.stat", "memory.stat", "memory.current", "memory.max", "memory.events", "io.stat", "pids.current", "pids.max", "cpu.max", "cpu.weight", "cpu.pressure"} {
				writeFile(t, c.at(nginx+"/"+file), content)
			}
			c.collect(0)
			g := c.group(c.collect(time.Second), nginx)
			for name, v := range map[string]Value{
				"percent": g.CPU.Percent, "usage": g.CPU.Usage, "limit": g.CPU.Limit, "weight": g.CPU.Weight, "of limit": g.CPU.LimitPercent,
				"memory": g.Memory.Current, "memory limit": g.Memory.Limit, "memory percent": g.Memory.Percent, "anon": g.Memory.Anon,
				"working set": g.Memory.WorkingSet, "oom": g.Memory.OOM, "tasks": g.PIDs.Current, "task limit": g.PIDs.Limit, "pressure": g.Pressure.CPU,
			} {
				wantMissing(t, fmt.Sprintf("%q: %s", content, name), v, cpu)
			}
		})
	}
}

func TestDeniedCgroups(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		deny(t, c.at(nginx+"/memory.current"), c.at(nginx+"/cpu.stat"), filepath.Join(c.dir, "var/lib/docker/containers"),
			filepath.Join(c.dir, "run/containerd/io.containerd.runtime.v2.task/k8s.io/"+criID+"/config.json"))
		data := c.collect(0)
		g := c.group(data, nginx)
		wantMissing(t, "memory", g.Memory.Current, Denied)
		wantMissing(t, "percent", g.CPU.Percent, Denied)
		wantNumber(t, "anon", g.Memory.Anon, 120000000)
		docker := c.group(data, "/system.slice/docker-"+id64+".scope")
		if docker.Name != id64[:12] || docker.NameStatus != Denied {
			t.Errorf("%q, %v", docker.Name, docker.NameStatus)
		}
		// The other container of the pod tells what the pod is called.
		if pod := c.group(data, podPath); pod.Name != "shop/web-7d4b9" {
			t.Errorf("pod %q", pod.Name)
		}
	})
}

func TestNamesAreLookedForAgain(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		file := filepath.Join(c.dir, "var/lib/docker/containers", id64, "config.v2.json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := "/system.slice/docker-" + id64 + ".scope"
		writeFile(t, file, "{")
		if g := c.group(c.collect(0), path); g.Name != id64[:12] || g.NameStatus != Failed {
			t.Errorf("%q, %v", g.Name, g.NameStatus)
		}
		writeFile(t, file, string(text))
		c.collect(2 * time.Second)
		if g := c.group(c.collect(time.Minute), path); g.Name != "shop_db" || g.NameStatus != OK {
			t.Errorf("%q, %v", g.Name, g.NameStatus)
		}
	})
}

func TestNoCgroups(t *testing.T) {
	dir := t.TempDir()
	ctx := rootedAt(t.Context(), dir)
	_, err := NewCgroups()(ctx)
	if (Reading[Cgroups]{Err: err}).Status() != Unsupported || !strings.HasPrefix(err.Error(), "cgroups: ") {
		t.Errorf("without /sys/fs/cgroup: %v", err)
	}
	root := filepath.Join(dir, "sys/fs/cgroup")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err = NewCgroups()(ctx); !errors.Is(err, ErrUnsupported) {
		t.Errorf("with an empty one: %v", err)
	}
	deny(t, root)
	if _, err = NewCgroups()(ctx); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrUnsupported) {
		t.Errorf("with one that may not be read: %v", err)
	}
}

// TestCgroupsComeBack: a hierarchy that is unmounted and mounted again starts anew.
func TestCgroupsComeBack(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		c.collect(0)
		away := filepath.Join(c.dir, "away")
		if err := os.Rename(c.at(""), away); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if _, err := c.collector.collect(c.ctx); err == nil {
			t.Error("no error without a hierarchy")
		}
		if err := os.Rename(away, c.at("")); err != nil {
			t.Fatal(err)
		}
		wantMissing(t, "percent", c.group(c.collect(time.Second), nginx).CPU.Percent, NoBaseline)
		wantNumber(t, "percent", c.group(c.collect(time.Second), nginx).CPU.Percent, 0)
	})
}

func TestMoreCgroupsThanAreLookedAt(t *testing.T) {
	cgroupTest(t, "cgroup-bare", func(t *testing.T, c *cgroupCase) {
		for i := range maxCgroups + 10 {
			unpack(t, c.at(fmt.Sprintf("s%d.slice/cgroup.procs", i)), "")
		}
		deep := "deep.slice"
		for range maxCgroupDepth + 5 {
			unpack(t, c.at(deep+"/cgroup.procs"), "")
			deep = filepath.Join(deep, "x.slice")
		}
		data := c.collect(0)
		if len(data.Cgroups) != maxCgroups || !data.Truncated || data.LeftOut < 11 {
			t.Errorf("%d groups, truncated %v, left out %d", len(data.Cgroups), data.Truncated, data.LeftOut)
		}
		for i := range maxCgroups {
			os.RemoveAll(c.at(fmt.Sprintf("s%d.slice", i)))
		}
		data = c.collect(2 * time.Second)
		if len(data.Cgroups) != 1+10+maxCgroupDepth || data.LeftOut != 1 {
			t.Errorf("%d groups, left out %d", len(data.Cgroups), data.LeftOut)
		}
	})
}

// TestManyAwakeTakeTurns: of more groups than are read in a tick, each is, in turn, and
// its rates are over the time since.
func TestManyAwakeTakeTurns(t *testing.T) {
	cgroupTest(t, "cgroup-bare", func(t *testing.T, c *cgroupCase) {
		const count = 2*mostAwake + 10
		write := func(i, tick int) {
			dir := c.at(fmt.Sprintf("s%d.slice", i))
			if tick == 0 {
				unpack(t, dir+"/cgroup.procs", "")
			}
			unpack(t, dir+"/cpu.stat", fmt.Sprintf("usage_usec %d\n", tick*1000))
			unpack(t, dir+"/io.stat", fmt.Sprintf("8:0 rbytes=%d\n", tick*100))
		}
		last := map[string]time.Time{}
		for tick := range 8 {
			for i := range count {
				write(i, tick)
			}
			data := c.collect(time.Second)
			read := 0
			for _, g := range data.Cgroups {
				if g.Path == "/" || tick == 0 {
					continue
				}
				wantNumber(t, g.Path+" percent", g.CPU.Percent, 0.1)
				wantNumber(t, g.Path+" read", g.IO.ReadRate, 100)
				if g.ReadAt != last[g.Path] {
					read++
				}
				if age := time.Since(g.ReadAt); age > 2*time.Second {
					t.Errorf("tick %d: %s was read %v ago", tick, g.Path, age)
				}
				last[g.Path] = g.ReadAt
			}
			if tick > 1 && (read < count/3-1 || read > count/3+1) {
				t.Errorf("tick %d: %d of %d were read", tick, read, count)
			}
		}
	})
}

func descriptorsHeld(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestCgroupDescriptorBudget: a collector keeps as many open as it may, whatever was to
// be had when another one looked.
func TestCgroupDescriptorBudget(t *testing.T) {
	cgroupTest(t, "cgroup-v2", func(t *testing.T, c *cgroupCase) {
		withoutDescriptors(t, func() { newCgroupCollector().collect(c.ctx) })
		c.collector = newCgroupCollector()
		t.Cleanup(c.collector.forget)
		c.collector.kept.limit = min(c.collector.kept.limit, 3)
		before := descriptorsHeld(t)
		c.collect(0)
		c.collect(time.Second)
		if held := descriptorsHeld(t) - before; held < 3 || held > 2*3 {
			t.Errorf("%d descriptors are open, of three directories and a file in each at most", held)
		}
	})
}

// TestCgroupDescriptors: descriptors stay within the budget, and none is lost with the
// groups.
func TestCgroupDescriptors(t *testing.T) {
	cgroupTest(t, "cgroup-bare", func(t *testing.T, c *cgroupCase) {
		before := descriptorsHeld(t)
		for i := range mostKeptCgroups + 50 {
			unpack(t, c.at(fmt.Sprintf("s%d.slice/cgroup.procs", i)), "")
			unpack(t, c.at(fmt.Sprintf("s%d.slice/cpu.stat", i)), "usage_usec 1\n")
		}
		for range 5 {
			c.collect(time.Second)
		}
		if held := descriptorsHeld(t) - before; held > 2*mostKeptCgroups || held < mostKeptCgroups {
			t.Errorf("%d descriptors", held)
		}
		c.collector.forget()
		if held := descriptorsHeld(t) - before; held > 2 {
			t.Errorf("%d descriptors are left", held)
		}
	})
}
