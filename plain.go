package main

import (
	"fmt"
	"strings"
)

// plainJSON escapes in a JSON text what a terminal may obey and JSON allows as it
// is: U+007F, and the control characters U+0080 to U+009F. The text means the same.
func plainJSON(text []byte) []byte { return []byte(controls.Replace(string(text))) }

// controls replaces them by their escapes; they stand nowhere but in strings.
var controls = func() *strings.Replacer {
	var pairs []string
	for r := rune(0x7f); r <= 0x9f; r++ {
		pairs = append(pairs, string(r), fmt.Sprintf(`\u%04x`, r))
	}
	return strings.NewReplacer(pairs...)
}()
