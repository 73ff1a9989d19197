package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// Escaped or not, JSON means the same, and a terminal obeys none of it.
func FuzzPlainJSON(f *testing.F) {
	f.Add("/mnt/\u009b31m\u007f\u0080\u009f\u00a0\u00c2é")
	f.Add("\x1b]0;x\x07\xc2\x9b\xc2")
	f.Fuzz(func(t *testing.T, text string) {
		object, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		plain := plainJSON(object)
		var before, after string
		if err := json.Unmarshal(object, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &after); err != nil || before != after {
			t.Errorf("%q means %q, %v; before it was %q", plain, after, err, before)
		}
		isControl := func(r rune) bool { return r < ' ' || 0x7f <= r && r <= 0x9f }
		if !utf8.Valid(plain) || strings.ContainsFunc(string(plain), isControl) {
			t.Errorf("%q", plain)
		}
	})
}
