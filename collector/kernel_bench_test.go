package collector

import "testing"

// BenchmarkKernelCounters is the cost of one call of the collectors of what the
// kernel counts, on this machine, after the first.
func BenchmarkKernelCounters(b *testing.B) {
	b.Run("kernel", func(b *testing.B) { benchmarkCollector(b, NewKernel()) })
	b.Run("pressure", func(b *testing.B) { benchmarkCollector(b, NewPressure()) })
}
