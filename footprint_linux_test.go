package main

import "testing"

func TestUnwritten(t *testing.T) {
	for line, want := range map[string]uintptr{
		"00400000-00c32000 r-xp 00000000 fe:00 10158339   /opt/my tacho": 0x832000,
		"00c32000-015da000 r--p 00832000 fe:00 10158339   /opt/my tacho": 0x9a8000,
		"015da000-01651000 rw-p 011da000 fe:00 10158339   /opt/my tacho": 0,
		"7f27df5a0000-7f27df800000 r--p 00000000 00:00 0  /lib/other.so": 0,
		"7f27df5a0000-7f27df800000 r--p 00000000 00:00 0":                0,
		"nonsense r-xp 00000000 fe:00 1 /opt/my tacho":                   0,
		"00c32000-00400000 r-xp 00000000 fe:00 10158339   /opt/my tacho": 0,
		"": 0,
	} {
		if _, length, ok := unwritten(line, "/opt/my tacho"); ok != (want > 0) || length != want {
			t.Errorf("%q: %#x, %v", line, length, ok)
		}
	}
}

// What was given back is there again when it is needed.
func TestReleaseStart(t *testing.T) {
	for range 3 {
		releaseStart()
		TestUnwritten(t)
	}
}
