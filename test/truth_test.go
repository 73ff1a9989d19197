package test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// readings are numbers by name, in the units of the JSON interface.
type readings map[string]float64

// What tacho says of a busy machine is what the kernel says. Each number of
// tacho lies between a direct reading before it and one after it. Numbers that
// fall and rise between the two may miss that, so all of a machine need not
// agree at once at the first attempt.
func TestTruth(t *testing.T) {
	p := start(t, "--interval=200ms")
	eventually(t, func() error { return rates(p.URL) })
	load(t)
	t.Run("served", func(t *testing.T) {
		eventually(t, func() error {
			before, began := direct(t), time.Now()
			var s snapshot
			eventually(t, func() (err error) {
				if s, err = snapshotOf(p.URL); err == nil && s.Time.Before(began) {
					err = fmt.Errorf("no tick since %s", began)
				}
				return err
			})
			return compare(s, before, direct(t))
		})
	})
	t.Run("printed", func(t *testing.T) {
		eventually(t, func() error {
			before := direct(t)
			got := run(t, t.TempDir(), nil, "snapshot", "--json", "--interval=100ms")
			return compare(decode[snapshot](t, got.stdout), before, direct(t))
		})
	})
	t.Run("rates", func(t *testing.T) { wantRates(t, start(t).URL) })
}

// load keeps the machine busy until the test ends: a core, a gibibyte of
// memory, and a disk.
func load(t *testing.T) {
	t.Helper()
	memory, err := unix.Mmap(-1, 0, 1<<30, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	ctx, stop := context.WithCancel(context.Background())
	path := filepath.Join(t.TempDir(), "written")
	var working sync.WaitGroup
	var failed error
	working.Go(func() {
		for ctx.Err() == nil && failed == nil {
			failed = writeThrough(path, memory[:16<<20])
		}
	})
	working.Go(func() {
		for ctx.Err() == nil {
		}
	})
	t.Cleanup(func() {
		stop()
		working.Wait()
		if failed != nil {
			t.Error(failed)
		}
		unix.Munmap(memory)
	})
}

func writeThrough(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}

// compare says which numbers of a snapshot do not lie between two direct
// readings of them, to 1 % or one unit.
func compare(s snapshot, before, after readings) error {
	said := s.readings()
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(before)) {
		end, still := after[name]
		if !still {
			continue // a disk or mount that has gone meanwhile
		}
		low, high := min(before[name], end), max(before[name], end)
		slack := max(unit(name), math.Abs(high)/100)
		if number, ok := said[name]; !ok {
			wrong = append(wrong, fmt.Errorf("%s is %v and missing in the snapshot", name, high))
		} else if number < low-slack || number > high+slack {
			wrong = append(wrong, fmt.Errorf("%s is %v, directly %v to %v", name, number, low, high))
		}
	}
	return errors.Join(wrong...)
}

// unit is the step in which the kernel counts.
func unit(name string) float64 {
	switch {
	case strings.HasPrefix(name, "load."):
		return 0.01
	case strings.HasSuffix(name, "seconds_total"):
		return 0.01
	case strings.HasPrefix(name, "memory."), strings.HasPrefix(name, "mount."):
		return 4096
	}
	return 1
}

// readings are the numbers of a snapshot that direct reads as well.
func (s snapshot) readings() readings {
	out := readings{
		"host.uptime_seconds": s.Host.Data.Uptime,
		"load.1m":             s.Load.Data.One, "load.5m": s.Load.Data.Five, "load.15m": s.Load.Data.Fifteen,
	}
	put := func(prefix string, from numbers) {
		for name, number := range from {
			if number != nil {
				out[prefix+name] = *number
			}
		}
	}
	put("memory.", s.Memory.Data)
	put("cpu.", s.CPU.Data.Times)
	for _, core := range s.CPU.Data.Cores {
		put(fmt.Sprintf("cpu%d.", core.ID), core.Times)
	}
	for _, d := range s.Disks.Data {
		put("disk."+d.Name+".", d.Totals)
	}
	for _, l := range s.Network.Data {
		put("link."+l.Name+".receive.", l.Receive)
		put("link."+l.Name+".transmit.", l.Transmit)
	}
	for _, m := range s.Mounts.Data.Mounts {
		put("mount."+m.Mountpoint+".", numbers{"size_bytes": m.Size, "free_bytes": m.Free, "available_bytes": m.Available, "inodes_free": m.InodesFree})
	}
	return out
}

// direct reads the kernel's own numbers.
func direct(t *testing.T) readings {
	t.Helper()
	out := readings{}
	loads, uptime := table(t, "/proc/loadavg")[0], table(t, "/proc/uptime")[0]
	out["load.1m"], out["load.5m"], out["load.15m"] = number(t, loads[0]), number(t, loads[1]), number(t, loads[2])
	out["host.uptime_seconds"] = number(t, uptime[0])
	directMemory(t, out)
	directCPU(t, out)
	directDisks(t, out)
	directNetwork(t, out)
	directMounts(t, out)
	return out
}

func directMemory(t *testing.T, out readings) {
	names := map[string]string{
		"MemTotal:": "total_bytes", "MemFree:": "free_bytes", "MemAvailable:": "kernel_available_bytes",
		"Buffers:": "buffers_bytes", "Cached:": "cached_bytes", "Shmem:": "shared_bytes", "Slab:": "slab_bytes",
	}
	for _, row := range table(t, "/proc/meminfo") {
		if name, ok := names[row[0]]; ok {
			out["memory."+name] = 1024 * number(t, row[1])
		}
	}
}

func directCPU(t *testing.T, out readings) {
	names := []string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"}
	for _, row := range table(t, "/proc/stat") {
		if !strings.HasPrefix(row[0], "cpu") {
			continue
		}
		for i, name := range names[:min(len(names), len(row)-1)] {
			out[row[0]+"."+name+"_seconds_total"] = number(t, row[i+1]) / 100
		}
	}
}

// directDisks leaves out devices that have never done anything, as those that
// no one has attached to.
func directDisks(t *testing.T, out readings) {
	names := map[int]string{3: "reads_total", 4: "reads_merged_total", 7: "writes_total", 8: "writes_merged_total"}
	for _, row := range table(t, "/proc/diskstats") {
		if strings.HasPrefix(row[2], "loop") || strings.HasPrefix(row[2], "ram") || number(t, row[3])+number(t, row[7]) == 0 {
			continue
		}
		prefix := "disk." + row[2] + "."
		for i, name := range names {
			out[prefix+name] = number(t, row[i])
		}
		out[prefix+"read_bytes_total"] = 512 * number(t, row[5])
		out[prefix+"write_bytes_total"] = 512 * number(t, row[9])
		out[prefix+"busy_seconds_total"] = number(t, row[12]) / 1000
	}
}

func directNetwork(t *testing.T, out readings) {
	names := map[int]string{
		1: "receive.bytes_total", 2: "receive.packets_total", 3: "receive.errors_total",
		9: "transmit.bytes_total", 10: "transmit.packets_total", 11: "transmit.errors_total",
	}
	for _, row := range table(t, "/proc/net/dev")[2:] {
		for i, name := range names {
			out["link."+strings.TrimSuffix(row[0], ":")+"."+name] = number(t, row[i])
		}
	}
}

// directMounts asks for the file systems that lie on a device.
func directMounts(t *testing.T, out readings) {
	seen := map[string]bool{}
	for _, row := range table(t, "/proc/self/mounts") {
		var fs unix.Statfs_t
		if !strings.HasPrefix(row[0], "/dev/") || seen[row[0]] || unix.Statfs(row[1], &fs) != nil {
			continue
		}
		seen[row[0]] = true
		prefix := "mount." + row[1] + "."
		out[prefix+"size_bytes"] = float64(fs.Blocks) * float64(fs.Frsize)
		out[prefix+"free_bytes"] = float64(fs.Bfree) * float64(fs.Frsize)
		out[prefix+"available_bytes"] = float64(fs.Bavail) * float64(fs.Frsize)
	}
}

// wantRates wants the rates of each tick to be what its counters and those of
// the tick before it say.
func wantRates(t *testing.T, url string) {
	events := take(t, parse(curl(t, url+"api/v1/stream/cpu,disks")), 4)
	for i := 2; i < len(events); i++ {
		before, after := decode[snapshot](t, events[i-1].data), decode[snapshot](t, events[i].data)
		near(t, "cpu busy", after.CPU.Data.Usage["busy_percent"], busy(before.CPU.Data.Times, after.CPU.Data.Times), 1)
		for k, d := range after.Disks.Data {
			if k >= len(before.Disks.Data) || before.Disks.Data[k].Name != d.Name {
				t.Fatalf("disk %s was not there before", d.Name)
			}
			written := *d.Totals["write_bytes_total"] - *before.Disks.Data[k].Totals["write_bytes_total"]
			rate := written / after.Time.Sub(before.Time).Seconds()
			// The time of a tick is that of its beginning, not of each reading in it.
			near(t, d.Name+" writes", d.Write, rate, rate/20)
		}
	}
}

// busy is the percentage of the time between two readings that was not idle.
func busy(before, after numbers) float64 {
	total, idle := 0.0, 0.0
	for name, end := range after {
		spent := *end - *before[name]
		switch name {
		case "guest_seconds_total", "guest_nice_seconds_total":
			continue // counted as user and nice as well
		case "idle_seconds_total", "iowait_seconds_total":
			idle += spent
		}
		total += spent
	}
	return 100 * (1 - idle/total)
}

func near(t *testing.T, name string, got *float64, want, slack float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing, its counters say %v", name, want)
	} else if math.Abs(*got-want) > slack {
		t.Errorf("%s is %v, its counters say %v", name, *got, want)
	}
}

// table is a file of /proc as rows of words.
func table(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			rows = append(rows, fields)
		}
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
