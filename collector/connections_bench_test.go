package collector

import "testing"

func BenchmarkConnections(b *testing.B) { benchmarkCollector(b, NewConnections()) }
