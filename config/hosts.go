package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

func portNumber(text string) (int, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s is not a port", quoted(text))
	}
	return int(port), nil
}

// hostOrAddress is text in the form in which two names of one host are equal:
// lower case, and an address as netip writes it.
func hostOrAddress(text string) (string, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.String(), addr.Zone() == ""
	}
	return strings.ToLower(text), isHostName(text)
}

// withoutBrackets is the IPv6 address in text, or text itself.
func withoutBrackets(text string) string {
	if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' && strings.Contains(text, ":") {
		return text[1 : len(text)-1]
	}
	return text
}

// isHostName knows names in ASCII, with the underscores that some networks use.
// A name that ends in a number is an address to browsers, so it is none.
func isHostName(text string) bool {
	if len(text) > 253 {
		return false
	}
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || !only(label, "-_") || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// only reports whether text is made of ASCII letters, digits and marks.
func only(text, marks string) bool {
	const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return strings.Trim(text, alphanumeric+marks) == ""
}
