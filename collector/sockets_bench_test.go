package collector

import "testing"

func BenchmarkSockets(b *testing.B) { benchmarkCollector(b, NewSockets()) }
