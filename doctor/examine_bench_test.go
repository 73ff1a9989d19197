package doctor

import "testing"

func BenchmarkExamine(b *testing.B) {
	second, e := secondOf(b), Look()
	b.ReportAllocs()
	for b.Loop() {
		Examine(second, e)
	}
}
