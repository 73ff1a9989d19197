package collector

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSoftnet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := fixture(t, "kernel-6.1")
		path := filepath.Join(dir, "proc/net/softnet_stat")
		var reader softnetReader
		softnet := reader.read(ctx)
		wantNumber(t, "processed", softnet.Processed, 0x1d1fa+0xfffffff0)
		wantNumber(t, "dropped", softnet.Dropped, 2)
		wantNumber(t, "squeezed", softnet.Squeezed, 0x15)
		wantMissing(t, "processed per second", softnet.ProcessedRate, NoBaseline)

		time.Sleep(2 * time.Second)
		rewrite(t, path, "fffffff0 00000000", "00000010 00000006") // past 2^32
		softnet = reader.read(ctx)
		wantNumber(t, "processed per second", softnet.ProcessedRate, 16)
		wantNumber(t, "processed past 2^32", softnet.Processed, 0x1d1fa+0x100000010)
		wantNumber(t, "dropped per second", softnet.DroppedRate, 3)
		wantNumber(t, "squeezed per second", softnet.SqueezedRate, 0)
	})
}

func TestSoftnetHotplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			core1 = "00000800 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001\n"
			core2 = "00000900 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002\n"
		)
		ctx, dir := fixture(t, "kernel-6.1")
		path := filepath.Join(dir, "proc/net/softnet_stat")
		var reader softnetReader
		for _, step := range []struct {
			name, text string
			total      float64
			rate       Value
		}{
			{"two cores", "00000010 0 0\n00000800 0 0\n", 0x810, Missing(NoBaseline)},
			{"one left", "00000020 0 0\n", 0x810, Missing(NoBaseline)},
			{"one", "00000030 0 0\n", 0x820, Of(16)},
			{"two again", "00000040 0 0\n00000800 0 0\n", 0x820, Missing(NoBaseline)},
			{"two still", "00000050 0 0\n00000810 0 0\n", 0x840, Of(32)},
			{"set back", "00000060 0 0\n00000000 0 0\n", 0x840, Missing(NoBaseline)},
			{"cores by number", core1, 0x840, Missing(NoBaseline)},
			{"another core", core2, 0x840, Missing(NoBaseline)},
			{"the other again", core1, 0x840, Missing(NoBaseline)},
			{"unreadable", "0000", 0, Missing(Failed)},
			{"readable, 2 s later", strings.Replace(core1, "00000800", "00000810", 1), 0x850, Of(8)},
		} {
			writeFile(t, path, step.text)
			softnet := reader.read(ctx)
			if softnet.ProcessedRate != step.rate {
				t.Errorf("%s: %v a second, want %v", step.name, softnet.ProcessedRate, step.rate)
			}
			if total, ok := softnet.Processed.Get(); ok && total != step.total {
				t.Errorf("%s: %#x in total, want %#x", step.name, int(total), int(step.total))
			}
			time.Sleep(time.Second)
		}
	})
}

func TestParseSoftnetRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":       "",
		"few columns": "00000001 00000002\n",
		"cut off":     "00000001 00000002 00000003\n0000",
		"word":        "00000001 0000000x 00000003\n",
		"too much":    "100000000 00000002 00000003\n",
		"empty line":  "00000001 00000002 00000003\n\n",
		"binary":      "\x00\xff\x7fELF\n",
	} {
		if cores, err := parseSoftnet(text); err == nil {
			t.Errorf("%s: read as %+v", name, cores)
		}
	}
}

func FuzzParseSoftnet(f *testing.F) {
	f.Add("0001d1fa 00000000 00000000\n", "0001d1fb 00000000 ffffffff\n")
	f.Add("ffffffff 0 0 0 0 0 0 0 0 0 0 0 7\n", "0 0 0 0 0 0 0 0 0 0 0 0 7\n")
	f.Fuzz(func(t *testing.T, first, second string) {
		before, err := parseSoftnet(first)
		if err != nil {
			return
		}
		after, err := parseSoftnet(second)
		if err != nil {
			return
		}
		moved, known := softnetBetween(before, after)
		for _, count := range moved {
			if !known && count != 0 || count > uint64(len(after))<<31 {
				t.Errorf("%q then %q: %v, %v", first, second, moved, known)
			}
		}
	})
}
