package collector

import "testing"

// BenchmarkNetwork never reads facts again, which a tick does for one interface
// or a few; BenchmarkInterfaceFacts does that for one.
func BenchmarkNetwork(b *testing.B) { benchmarkCollector(b, NewNetwork()) }

func BenchmarkInterfaceFacts(b *testing.B) {
	dir := sysPath(b.Context(), "class", "net", "lo")
	class := readInterfaceFacts(dir, nil).class
	b.ReportAllocs()
	for b.Loop() {
		readInterfaceFacts(dir, class)
		readLinkFacts(dir)
	}
}
