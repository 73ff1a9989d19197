package collector

import (
	"testing"

	"github.com/tacho-monitor/tacho/nvml/nvmltest"
)

// BenchmarkGPUs is the cost of a tick of a machine with an AMD card and an APU, and
// of one without a GPU; the files are a fixture's, which no driver has to ask for.
func BenchmarkGPUs(b *testing.B) {
	for name, dir := range map[string]string{"amd": "testdata/gpu-amd", "none": "testdata/mounts-plain"} {
		b.Run(name, func(b *testing.B) {
			collect, ctx := newSysfsGPUs(), rootedAt(b.Context(), dir)
			collect(ctx)
			b.ReportAllocs()
			for b.Loop() {
				collect(ctx)
			}
		})
	}
}

// BenchmarkNVIDIA is the cost of a request to the helper, with a library that has
// no driver to ask.
func BenchmarkNVIDIA(b *testing.B) {
	client := nvidiaClient(b, nvmltest.Library(b))
	addresses := []string{nvmltest.H200}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Sample(b.Context(), addresses); err != nil {
			b.Fatal(err)
		}
	}
}
