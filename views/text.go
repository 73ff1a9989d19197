package views

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacho-monitor/tacho/collector"
)

// clean makes a name that came from the machine fit to be shown: invalid UTF-8
// and characters that turn the direction of text become U+FFFD, and control
// characters become their pictures, so a name stays on its line and looks like
// what it is.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '\u2400' + r
		case r == 0x7f:
			return '\u2421'
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return utf8.RuneError
		}
		return r
	}, name)
}

// slug is an identifier made of a name, one for each name: letters, digits,
// dots and hyphens stay, any other byte becomes _ and two hexadecimal digits.
func slug(prefix, name string) string {
	var id strings.Builder
	id.WriteString(prefix)
	for _, c := range []byte(name) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-':
			id.WriteByte(c)
		default:
			fmt.Fprintf(&id, "_%02x", c)
		}
	}
	return id.String()
}

// join puts dots between the parts that are not empty.
func join(parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, " · ")
}

// plural is the number with the noun behind it, in the plural unless it is one.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// why says in words what a status other than OK means for one number.
func why(status collector.Status) string {
	switch status {
	case collector.NoBaseline:
		return "no baseline yet: a rate needs two readings"
	case collector.Stale:
		return "no answer"
	case collector.Denied:
		return "permission denied"
	case collector.Failed:
		return "could not be read"
	case collector.Idle:
		return "idle: no operations"
	}
	return "not supported here"
}
