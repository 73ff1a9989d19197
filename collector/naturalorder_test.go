package collector

import (
	"slices"
	"testing"
)

func TestNaturalOrderCountsNumbers(t *testing.T) {
	want := []string{"", "dm-0", "dm-2", "dm-10", "sda", "sda1", "sda01", "sda2", "sda10", "sdaa", "sdb"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, naturalCompare)
	// "sda01" and "sda1" are the same number, and byte order decides.
	slices.Sort(want[5:7])
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzNaturalOrderIsTotal(f *testing.F) {
	f.Add("a1", "a01", "a10")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if naturalCompare(a, b) != -naturalCompare(b, a) || (naturalCompare(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q", a, b)
		}
		if naturalCompare(a, b) < 0 && naturalCompare(b, c) < 0 && naturalCompare(a, c) >= 0 {
			t.Fatalf("%q < %q < %q, but not the first before the last", a, b, c)
		}
	})
}
