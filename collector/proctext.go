package collector

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

func readText(path string) (string, error) {
	text, err := readInto(path, nil)
	return string(text), err
}

// readProc reads a file of /proc that every Linux has.
func readProc(ctx context.Context, parts ...string) (string, error) {
	text, err := readText(procPath(ctx, parts...))
	return text, hintAtProc(err)
}

// wholeLines fails for a text that ends within a line.
func wholeLines(text string) error {
	if !strings.HasSuffix(text, "\n") {
		return errCutShort
	}
	return nil
}

// lineAfter returns what follows prefix on the first line that starts with it,
// without the space around it.
func lineAfter(text, prefix string) (rest string, found bool) {
	rest, found = strings.CutPrefix(text, prefix)
	if !found {
		_, rest, found = strings.Cut(text, "\n"+prefix)
	}
	rest, _, _ = strings.Cut(rest, "\n")
	return strings.TrimSpace(rest), found
}

// parseFinite reads a number as the kernel prints them: from 0 up, neither NaN
// nor infinite, which strconv takes as well.
func parseFinite(text string) (float64, error) {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, err
	}
	if math.IsNaN(number) || math.IsInf(number, 0) || number < 0 {
		return 0, fmt.Errorf("%q is no amount", text)
	}
	return number, nil
}

// parseScaled is number times unit, or an error when that is too much.
func parseScaled(number string, unit uint64) (uint64, error) {
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, err
	}
	over, product := bits.Mul64(n, unit)
	if over != 0 {
		return 0, fmt.Errorf("%q is no amount", number)
	}
	return product, nil
}
