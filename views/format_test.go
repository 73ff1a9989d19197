package views

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tacho-monitor/tacho/collector"
)

func TestFormats(t *testing.T) {
	for _, test := range []struct {
		name string
		as   format
		x    float64
		want string
	}{
		{"nothing", bytes, 0, "0 B"},
		{"a trace", bytes, 0.2, "<1 B"},
		{"bytes", bytes, 999, "999 B"},
		{"the next prefix before a fourth digit", bytes, 1000, "0.98 KiB"},
		{"two decimals", bytes, 1536, "1.50 KiB"},
		{"one decimal", bytes, 12.34 * 1024, "12.3 KiB"},
		{"rounding across digits", bytes, 9.999 * 1024, "10.0 KiB"},
		{"rounding across prefixes", bytes, 999.9 * 1024, "0.98 MiB"},
		{"none", bytes, 123.4 * gib, "123 GiB"},
		{"exbibytes", bytes, 1 << 62, "4.00 EiB"},
		{"rate", byteRate, 5 * mib, "5.00 MiB/s"},
		{"link", bitRate, 1e9, "1 Gbit/s"},
		{"odd link", bitRate, 2.5e9, "2.5 Gbit/s"},
		{"slow link", bitRate, 1e8, "100 Mbit/s"},
		{"ten", bitRate, 1e10, "10 Gbit/s"},
		{"clock", hertz, 2.45e9, "2.45 GHz"},
		{"low percent", percent, 4.24, "4.2 %"},
		{"rounded percent", percent, 9.96, "10 %"},
		{"high percent", percent, 99.4, "99 %"},
		{"tenths", tenths, 37.44, "37.4 %"},
		{"tenths of almost all", tenths, 99.94, "99.9 %"},
		{"tenths of all", tenths, 99.96, "100 %"},
		{"count", count, 432, "432"},
		{"thousands", count, 1234, "1.23 k"},
		{"frequency zero", frequency, 0, "0"},
		{"frequency trace", frequency, 0.01, "<0.1"},
		{"frequency low", frequency, 0.42, "0.4"},
		{"frequency high", frequency, 15000, "15.0 k"},
		{"microseconds", latency, 87e-6, "87 µs"},
		{"milliseconds", latency, 1.24e-3, "1.24 ms"},
		{"almost a millisecond", latency, 999.6e-6, "1.00 ms"},
		{"seconds", latency, 2.5, "2.50 s"},
		{"less than the kernel counts", latency, 0, "<1 ms"},
		{"load", fixed, 1.214, "1.21"},
		{"load below a hundred", fixed, 99.994, "99.99"},
		{"load of hundreds", fixed, 99.996, "100.0"},
		{"load of thousands", fixed, 999.96, "1000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			digits, unit := test.as(test.x)
			got := digits
			if unit != "" {
				got += " " + unit
			}
			if got != test.want {
				t.Errorf("%v is %q, want %q", test.x, got, test.want)
			}
		})
	}
}

// A page reserves room for four characters, so that no number moves another.
func TestDigitsAreBounded(t *testing.T) {
	for name, as := range map[string]format{"bytes": bytes, "byteRate": byteRate, "hertz": hertz, "count": count, "frequency": frequency, "latency": latency} {
		most := 1e18
		if name == "latency" {
			most = 999
		}
		for x := 1e-9; x < most; x *= 1.037 {
			if digits, _ := as(x); utf8.RuneCountInString(digits) > 4 {
				t.Errorf("%s of %v has the digits %s", name, x, digits)
			}
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0\u00a0s",
		59 * time.Second:              "59\u00a0s",
		12*time.Minute + time.Second:  "12\u00a0min",
		4*time.Hour + 12*time.Minute:  "4\u00a0h\u00a012\u00a0min",
		76*time.Hour + 59*time.Minute: "3\u00a0d\u00a04\u00a0h",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestPeriod(t *testing.T) {
	for d, want := range map[time.Duration]string{250 * time.Millisecond: "250\u00a0ms", time.Second: "1\u00a0s", 2500 * time.Millisecond: "2.5\u00a0s", 10 * time.Second: "10\u00a0s"} {
		if got := period(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestShareStaysOnTheScale(t *testing.T) {
	for x, want := range map[float64]string{-3: "0%", 12.3456: "12.35%", 250: "100%"} {
		if got := share(x); got != want {
			t.Errorf("%v is %q, want %q", x, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for name, want := range map[string]string{
		"plain /mnt/ü":    "plain /mnt/ü",
		"a\nb\tc\x7f":     "a␊b␉c␡",
		"bad \xff":        "bad \ufffd",
		"\u202eevil":      "\ufffdevil",
		"next\u0085line":  "next\ufffdline",
		"para\u2029graph": "para\ufffdgraph",
	} {
		if got := clean(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestSlugsDiffer(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{"", "a", "A", "a b", "a_20b", "a_b", "a/b", "ä", "\xe4", "a\x00", "..", "_2e_2e"} {
		id := slug("x-", name)
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %q are both %s", name, other, id)
		}
		seen[id] = name
	}
}

func TestBarClass(t *testing.T) {
	for x, want := range map[float64]string{-3: "bar t0 u0 high", 0.04: "bar t0 u0 high", 0.05: "bar t0 u1 high", 1.4: "bar t0 u1 high", 37.4: "bar t3 u7 high", 99.5: "bar t10 u0 high", 250: "bar t10 u0 high"} {
		if got := barClass("high", collector.Of(x)); got != want {
			t.Errorf("%v is %q, want %q", x, got, want)
		}
	}
	if got, want := barClass("", collector.Value{}), "bar t0 u0"; got != want {
		t.Errorf("what is missing is %q, want %q", got, want)
	}
}
