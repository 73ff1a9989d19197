package collector

import (
	"cmp"
	"strings"
)

// naturalCompare orders names as people count: "sda2" before "sda10". Names
// that differ only in leading zeros stay apart, so the order is total.
func naturalCompare(a, b string) int {
	whole, other := a, b
	for a != "" && b != "" {
		if !isDigit(a[0]) || !isDigit(b[0]) {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		var m, n string
		m, a = cutDigits(a)
		n, b = cutDigits(b)
		if order := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); order != 0 {
			return order
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(whole, other))
}

// cutDigits splits off the leading number, without its leading zeros.
func cutDigits(s string) (digits, rest string) {
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return strings.TrimLeft(s[:end], "0"), s[end:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
