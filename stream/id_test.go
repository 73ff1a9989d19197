package stream_test

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/stream"
)

var canonical = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// isOwn says what Parse must, in other words.
func isOwn(boot stream.Boot, id string) (seq uint64, ok bool) {
	prefix := strings.TrimSuffix(boot.ID(0).String(), "0")
	number, found := strings.CutPrefix(id, prefix)
	if !found || !canonical.MatchString(number) {
		return 0, false
	}
	n, _ := new(big.Int).SetString(number, 10)
	return n.Uint64(), n.IsUint64()
}

func FuzzBootParse(f *testing.F) {
	for _, number := range []string{"0", "1", "18446744073709551615", "18446744073709551616", "007", "+1", "-1", "1_0", "0x1", "1 ", "1\n", "", "-", "\x00", "١"} {
		f.Add(number)
	}
	f.Add(strings.Repeat("9", 10000))
	boot, prefix := stream.NewBoot(), ""
	prefix = strings.TrimSuffix(boot.ID(0).String(), "0")
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range []string{text, prefix + text, strings.ToUpper(prefix) + text, text + prefix + "1"} {
			want, own := isOwn(boot, id)
			if got, ok := boot.Parse(id); got != want && own || ok != own {
				t.Errorf("Parse(%q) = %d, %t, want %d, %t", id, got, ok, want, own)
			}
			if _, ok := (stream.Boot{}).Parse(id); ok {
				t.Errorf("the zero Boot knows %q", id)
			}
		}
	})
}

func TestIDRoundTrip(t *testing.T) {
	boot := stream.NewBoot()
	for _, seq := range []uint64{0, 1, 9, 10, 1 << 40, math.MaxUint64} {
		id := boot.ID(seq)
		if got, ok := boot.Parse(id.String()); got != seq || !ok {
			t.Errorf("Parse(%q) = %d, %t", id, got, ok)
		}
		if want := fmt.Sprintf("id: %s\n", id); string(id.AppendLine(nil)) != want {
			t.Errorf("line %q, want %q", id.AppendLine(nil), want)
		}
		if _, ok := stream.NewBoot().Parse(id.String()); ok {
			t.Errorf("another run knows %q", id)
		}
	}
}

func TestNoBootNoID(t *testing.T) {
	for _, id := range []stream.ID{{}, stream.Boot{}.ID(0), stream.Boot{}.ID(5)} {
		if id.String() != "" || id.AppendLine(nil) != nil {
			t.Errorf("id %q, line %q", id, id.AppendLine(nil))
		}
	}
}
