package views

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// htmxConfig: no style sheet of htmx's own, which the content security policy
// refuses; and no rewriting of the browser's history.
const htmxConfig = `{"includeIndicatorCSS":false,"history":false}`

// streamConfig leaves it to the scripts when to connect: a wait that the server
// asks for, a tab that another one speaks for, or a device that was asleep.
const streamConfig = `{"sse":{"reconnect":false,"pauseOnBackground":false,"connectTimeout":4000}}`

var themeChoices = []struct{ value, label string }{
	{"", "auto"}, {"light", "light"}, {"dark", "dark"},
}

// markTicks is the scale of the mark: an hour apart, as on a tachograph disc.
var markTicks = ticks(24, 12, 9.3, 10.5)

// ticks is an SVG path of n strokes around a centre, between two radii.
func ticks(n int, centre, inner, outer float64) string {
	var path strings.Builder
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		fmt.Fprintf(&path, "M%.1f %.1fL%.1f %.1f",
			centre+inner*cos, centre+inner*sin, centre+outer*cos, centre+outer*sin)
	}
	return path.String()
}

// wholePercent is for titles, where a decimal is noise.
func wholePercent(x float64) (digits, unit string) {
	return strconv.FormatFloat(x, 'f', 0, 64), "%"
}
