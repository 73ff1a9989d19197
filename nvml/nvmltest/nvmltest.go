// Package nvmltest is for tests of what uses package nvml on a machine without a
// GPU: it compiles the helper, and a library that stands in for NVIDIA's.
package nvmltest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Addresses of the GPUs that the library has, or has trouble with.
const (
	H200        = "0000:01:00.0" // tells everything
	GeForce     = "0000:02:00.0" // tells little: NOT_SUPPORTED, NO_PERMISSION
	Hanging     = "0000:03:00.0" // a call about it does not return
	Crashing    = "0000:04:00.0" // a call about it is a fault of the library
	Lost        = "0000:05:00.0" // has fallen off the bus
	Unknown     = "0000:06:00.0" // is not known to the library
	manyMinimum = 100            // processes of GeForce, more than the first buffer holds
)

// GeForceProcesses is how many graphics processes GeForce has: PID 1000 and up,
// each with 1 MiB.
const GeForceProcesses = manyMinimum

//go:embed testdata/nvml.c
var source string

// Library compiles the stand-in, with macros like "INIT_RETURNS=18" or "OLD", and
// returns its path.
func Library(t testing.TB, macros ...string) string {
	t.Helper()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "nvml.c"), filepath.Join(dir, "libnvidia-ml.so.1")
	if err := os.WriteFile(from, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-shared", "-fPIC", "-Wall", "-Werror", "-o", to, from}
	for _, macro := range macros {
		arguments = append(arguments, "-D"+macro)
	}
	if out, err := exec.Command("gcc", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("gcc, which Debian has in its package gcc: %v\n%s", err, out)
	}
	return to
}

// Program compiles the helper as make build does, once a test binary.
var Program = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "nvmltest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "host")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "github.com/tacho-monitor/tacho/nvml/host")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return os.ReadFile(path)
})
