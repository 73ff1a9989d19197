package collector

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// These tests ask this machine twice: through a collector, and directly.

func scanFile(t *testing.T, path, format string, into ...any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(text), format, into...); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// wantNear allows 1 %, or one unit, for what changed between the two readings.
func wantNear(t *testing.T, name string, got, want, unit float64) {
	t.Helper()
	if math.Abs(got-want) > max(unit, math.Abs(want)/100) {
		t.Errorf("%s is %v, directly %v", name, got, want)
	}
}

func processTime() time.Duration {
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestLiveCPU(t *testing.T) {
	cpu, err := NewCPU()(t.Context())
	if status := (Reading[CPU]{Err: err}).Status(); status != NoBaseline {
		t.Fatal(err)
	}
	var user, nice, system, idle float64
	scanFile(t, "/proc/stat", "cpu %g %g %g %g", &user, &nice, &system, &idle)
	wantNear(t, "user", cpu.Times.User, user/userHZ, 1)
	wantNear(t, "nice", cpu.Times.Nice, nice/userHZ, 1)
	wantNear(t, "system", cpu.Times.System, system/userHZ, 1)
	wantNear(t, "idle", cpu.Times.Idle, idle/userHZ, 1)
	if len(cpu.Cores) == 0 || len(cpu.Cores) < runtime.NumCPU() {
		t.Errorf("%d cores of %d", len(cpu.Cores), runtime.NumCPU())
	}
}

func TestLiveLoad(t *testing.T) {
	load, err := NewLoad()(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var one, five, fifteen float64
	scanFile(t, "/proc/loadavg", "%g %g %g", &one, &five, &fifteen)
	wantNear(t, "load of 5 minutes", load.Five, five, 1)
	wantNear(t, "load of 15 minutes", load.Fifteen, fifteen, 1)
	if load.Running == 0 || load.Tasks < load.Running {
		t.Errorf("got %+v", load)
	}
}

func TestLiveMemoryAndSwap(t *testing.T) {
	memory, err := NewMemory()(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	swap, err := NewSwap()(t.Context())
	if status := (Reading[Swap]{At: time.Now(), Err: err}).Status(); status != NoBaseline && status != OK {
		t.Fatal(err)
	}
	var total, free, available float64
	scanFile(t, "/proc/meminfo", "MemTotal: %g kB\nMemFree: %g kB\nMemAvailable: %g kB", &total, &free, &available)
	wantNear(t, "total", float64(memory.Total), total*kiB, 0)
	kernel, _ := memory.KernelAvailable.Get()
	// Other programs take and give memory in between.
	wantNear(t, "available", kernel, available*kiB, total*kiB/50)
	wantNear(t, "free", float64(memory.Free), free*kiB, total*kiB/50)
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		t.Fatal(err)
	}
	wantNear(t, "swap", float64(swap.Total), float64(info.Totalswap)*float64(info.Unit), 0)
}

func TestLiveHost(t *testing.T) {
	host, err := NewHost()(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var uptime float64
	scanFile(t, "/proc/uptime", "%g", &uptime)
	wantNear(t, "uptime", host.Uptime, uptime, 1)
	if name, err := os.Hostname(); err != nil || host.Name != name {
		t.Errorf("name is %q, by uname %q (%v)", host.Name, name, err)
	}
	var names unix.Utsname
	if err := unix.Uname(&names); err != nil || host.Kernel != unix.ByteSliceToString(names.Release[:]) {
		t.Errorf("kernel is %q (%v)", host.Kernel, err)
	}
}

func TestLiveSelf(t *testing.T) {
	self, err := NewSelf(nil)(t.Context())
	if status := (Reading[Self]{Err: err}).Status(); status != NoBaseline {
		t.Fatal(err)
	}
	wantNear(t, "CPU seconds", self.CPUSeconds, processTime().Seconds(), 1)
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "VmRSS:")
	var resident float64
	if _, err := fmt.Sscanf(line, "%g kB", &resident); err != nil {
		t.Fatal(err)
	}
	wantNear(t, "resident", float64(self.Resident), resident*kiB, 4<<20)
}
