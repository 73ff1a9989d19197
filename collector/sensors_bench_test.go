package collector

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkSensors reads the files of a desktop, which lie on a disk here: sysfs
// is faster, and its drivers are slower.
func BenchmarkSensors(b *testing.B) {
	dir := b.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata", "sensors-desktop.txt"))
	if err != nil {
		b.Fatal(err)
	}
	addToTree(b, dir, string(text))
	ctx := rootedAt(b.Context(), dir)
	collect := NewSensors()
	collect(ctx)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := collect(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKeptFile compares a kept descriptor with opening a file each time.
func BenchmarkKeptFile(b *testing.B) {
	const path = "/sys/devices/system/cpu/online"
	b.Run("kept", func(b *testing.B) {
		f := keptFile{path: path}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.read(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("opened", func(b *testing.B) {
		buf := make([]byte, 0, 64)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := readInto(path, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRAID(b *testing.B)  { benchmarkTree(b, "raid-6.1", NewRAID()) }
func BenchmarkZFS(b *testing.B)   { benchmarkTree(b, "zfs-2.1", NewZFS()) }
func BenchmarkClock(b *testing.B) { benchmarkCollector(b, NewClock()) }

func benchmarkTree[T any](b *testing.B, name string, collect Collector[T]) {
	ctx := rootedAt(b.Context(), filepath.Join("testdata", name))
	collect(ctx)
	b.ReportAllocs()
	for b.Loop() {
		collect(ctx)
	}
}
