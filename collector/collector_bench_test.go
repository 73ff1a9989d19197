package collector

import "testing"

// BenchmarkCollect is the cost of one call of each collector on this machine,
// after the first.
func BenchmarkCollect(b *testing.B) {
	b.Run("cpu", func(b *testing.B) { benchmarkCollector(b, NewCPU()) })
	b.Run("load", func(b *testing.B) { benchmarkCollector(b, NewLoad()) })
	b.Run("memory", func(b *testing.B) { benchmarkCollector(b, NewMemory()) })
	b.Run("swap", func(b *testing.B) { benchmarkCollector(b, NewSwap()) })
	b.Run("host", func(b *testing.B) { benchmarkCollector(b, NewHost()) })
	b.Run("mounts", func(b *testing.B) { benchmarkCollector(b, NewMounts(MountFilter{})) })
	b.Run("disks", func(b *testing.B) { benchmarkCollector(b, NewDisks()) })
	b.Run("network", func(b *testing.B) { benchmarkCollector(b, NewNetwork()) })
	b.Run("self", func(b *testing.B) { benchmarkCollector(b, NewSelf(nil)) })
}

func benchmarkCollector[T any](b *testing.B, collect Collector[T]) {
	collect(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		collect(b.Context())
	}
}
