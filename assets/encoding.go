package assets

import (
	"strconv"
	"strings"
)

// choose returns the variant that an Accept-Encoding header likes best
// (RFC 9110, section 12.5.3). Of equals the smallest wins; the plain one comes
// last, and is what a client gets that accepts nothing there is.
func (f file) choose(header []string) variant {
	accepted := parseAccept(header)
	best, weight := f.variants[len(f.variants)-1], 0.0
	for _, v := range f.variants {
		if q := accepted.weight(v.coding); q > weight {
			best, weight = v, q
		}
	}
	return best
}

// accept maps a content coding, or "*", to its weight.
type accept map[string]float64

func parseAccept(header []string) accept {
	accepted := accept{}
	for _, item := range strings.Split(strings.Join(header, ","), ",") {
		coding, parameters, _ := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "" {
			accepted[coding] = quality(parameters)
		}
	}
	return accepted
}

// quality is the q parameter, 1 without one, and 0 for one that is no weight.
func quality(parameters string) float64 {
	for _, parameter := range strings.Split(parameters, ";") {
		name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}

// weight of a coding; "" is the plain content, which is acceptable unless it is
// refused, and never preferred unless it is asked for.
func (a accept) weight(coding string) float64 {
	name := coding
	if coding == "" {
		name = "identity"
	}
	if q, ok := a[name]; ok {
		return q
	}
	if coding == "" {
		return 0
	}
	return a["*"]
}
