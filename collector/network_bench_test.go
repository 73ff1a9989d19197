package collector

import (
	"fmt"
	"testing"
)

// BenchmarkNetwork never reads facts again, which a tick does for one interface
// or a few; BenchmarkInterfaceFacts does that for one.
func BenchmarkNetwork(b *testing.B) { benchmarkCollector(b, NewNetwork()) }

// BenchmarkNetworkOfMany has the files of a thousand interfaces on a disk.
func BenchmarkNetworkOfMany(b *testing.B) {
	dir := b.TempDir()
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("veth%d", i)
	}
	layInterfaces(b, dir, names...)
	layNetdev(b, dir, 123456789, names...)
	ctx, collect := rootedAt(b.Context(), dir), NewNetwork()
	collect(ctx)
	b.ReportAllocs()
	for b.Loop() {
		collect(ctx)
	}
}

func BenchmarkInterfaceFacts(b *testing.B) {
	dir := sysPath(b.Context(), "class", "net", "lo")
	class := readInterfaceFacts(dir, nil).class
	b.ReportAllocs()
	for b.Loop() {
		readInterfaceFacts(dir, class)
		readLinkFacts(dir)
	}
}
