package main

import (
	"runtime"
	"testing"
)

func TestProcessorsFollowWhoWatches(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	runtime.SetDefaultGOMAXPROCS()
	usual := runtime.GOMAXPROCS(0)
	p := newProcessors()
	for _, c := range []struct{ watching, want int }{{0, 1}, {few - 1, 1}, {few, usual}, {10_000, usual}, {0, 1}} {
		if p.adapt(c.watching); runtime.GOMAXPROCS(0) != c.want {
			t.Errorf("%d watch: %d processors, want %d", c.watching, runtime.GOMAXPROCS(0), c.want)
		}
	}
}

func TestProcessorsAreTheOwnersWord(t *testing.T) {
	t.Setenv("GOMAXPROCS", "3")
	before := runtime.GOMAXPROCS(0)
	if newProcessors().adapt(0); runtime.GOMAXPROCS(0) != before {
		t.Errorf("%d processors, want %d as before", runtime.GOMAXPROCS(0), before)
	}
}
