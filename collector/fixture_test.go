package collector

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/shirou/gopsutil/v4/common"
	"golang.org/x/sys/unix"
)

// fixture copies testdata/name to a directory of the test's own, which it may
// rewrite between two readings, and returns a context that roots there.
func fixture(t *testing.T, name string) (ctx context.Context, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	return rootedAt(t.Context(), dir), dir
}

// rootedAt returns a context in which every root lies below dir.
func rootedAt(ctx context.Context, dir string) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{
		common.HostProcEnvKey: filepath.Join(dir, "proc"),
		common.HostSysEnvKey:  filepath.Join(dir, "sys"),
		common.HostEtcEnvKey:  filepath.Join(dir, "etc"),
		common.HostVarEnvKey:  filepath.Join(dir, "var"),
		common.HostRunEnvKey:  filepath.Join(dir, "run"),
		common.HostRootEnvKey: dir,
	})
}

// rewrite replaces old, which must be there, in one file of a fixture.
func rewrite(t *testing.T, path, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	writeFile(t, path, strings.ReplaceAll(string(text), old, replacement))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantNumber(t *testing.T, name string, v Value, want float64) {
	t.Helper()
	number, ok := v.Get()
	if !ok || math.Abs(number-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s is %v (%v), want %v", name, number, v.Status(), want)
	}
}

func wantMissing(t *testing.T, name string, v Value, why Status) {
	t.Helper()
	if number, ok := v.Get(); ok || v.Status() != why {
		t.Errorf("%s is %v (%v), want it %v", name, number, v.Status(), why)
	}
}

// deny makes files unreadable for the rest of the test, which must call the
// collector in its own goroutine: for root, its thread gives up the capabilities
// that read any file.
func deny(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var held [2]unix.CapUserData
	if err := unix.Capget(&header, &held[0]); err != nil {
		t.Fatal(err)
	}
	fewer := held
	fewer[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
	if err := unix.Capset(&header, &fewer[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Capset(&header, &held[0]); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
	})
}

func TestPermissionStaysInTheError(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	proc := filepath.Join(dir, "proc")
	deny(t, filepath.Join(proc, "stat"), filepath.Join(proc, "loadavg"), filepath.Join(proc, "meminfo"))
	for name, collect := range map[string]func() error{
		"cpu":    func() error { _, err := NewCPU()(ctx); return err },
		"load":   func() error { _, err := NewLoad()(ctx); return err },
		"memory": func() error { _, err := NewMemory()(ctx); return err },
		"swap":   func() error { _, err := NewSwap()(ctx); return err },
		"host":   func() error { _, err := NewHost()(ctx); return err },
	} {
		if err := collect(); (Reading[int]{Err: err}).Status() != Denied || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadIntoHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "endless")
	writeFile(t, path, "")
	for size, tooLong := range map[int64]bool{readLimit: false, readLimit + 1: true} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		text, err := readInto(path, nil)
		if (err != nil) != tooLong || !tooLong && int64(len(text)) != size {
			t.Errorf("of %d bytes read %d: %v", size, len(text), err)
		}
		if tooLong && (!errors.Is(err, errTooLong) || !strings.Contains(err.Error(), path)) {
			t.Errorf("error is %v", err)
		}
	}
}

// TestEmptyProc: a root without /proc is a fault of the root, whatever is read.
func TestEmptyProc(t *testing.T) {
	ctx := rootedAt(t.Context(), t.TempDir())
	for name, collect := range map[string]func() error{
		"cpu":     func() error { _, err := NewCPU()(ctx); return err },
		"load":    func() error { _, err := NewLoad()(ctx); return err },
		"memory":  func() error { _, err := NewMemory()(ctx); return err },
		"swap":    func() error { _, err := NewSwap()(ctx); return err },
		"host":    func() error { _, err := NewHost()(ctx); return err },
		"disks":   func() error { _, err := NewDisks()(ctx); return err },
		"network": func() error { _, err := NewNetwork()(ctx); return err },
		"mounts":  func() error { _, err := NewMounts(MountFilter{})(ctx); return err },
	} {
		err := collect()
		if status := (Reading[int]{Err: err}).Status(); status != Failed || !strings.HasSuffix(err.Error(), "(is /proc mounted?)") || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v, %v", name, status, err)
		}
	}
}
