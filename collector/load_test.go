package collector

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestLoad(t *testing.T) {
	for name, want := range map[string]Load{
		"debian12": {One: 0.52, Five: 1.04, Fifteen: 2, Running: 3, Blocked: 1, Tasks: 712},
		"linux4.4": {One: 0, Five: 0.01, Fifteen: 0.05, Running: 1, Blocked: 0, Tasks: 88},
	} {
		ctx, _ := fixture(t, name)
		if load, err := NewLoad()(ctx); err != nil || load != want {
			t.Errorf("%s: %+v, %v, want %+v", name, load, err, want)
		}
	}
}

func TestLoadFromBrokenFiles(t *testing.T) {
	for name, change := range map[string]struct{ file, text string }{
		"empty":          {"loadavg", ""},
		"cut off":        {"loadavg", "0.52 1.04 2.00 3/7"},
		"no slash":       {"loadavg", "0.52 1.04 2.00 3 712\n"},
		"not finite":     {"loadavg", "NaN 1.04 Inf 3/712 5\n"},
		"negative":       {"loadavg", "-0.52 1.04 2.00 3/712 5\n"},
		"no blocked":     {"stat", "cpu  1 2 3 4\nprocs_running 1\n"},
		"blocked cut":    {"stat", "procs_blocked 1"},
		"blocked a word": {"stat", "procs_blocked many\n"},
	} {
		ctx, dir := fixture(t, "debian12")
		writeFile(t, filepath.Join(dir, "proc", change.file), change.text)
		if load, err := NewLoad()(ctx); err == nil {
			t.Errorf("%s: read as %+v", name, load)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	for _, file := range []string{"loadavg", "stat"} {
		ctx, dir := fixture(t, "debian12")
		if err := os.Remove(filepath.Join(dir, "proc", file)); err != nil {
			t.Fatal(err)
		}
		if _, err := NewLoad()(ctx); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

func FuzzParseLoad(f *testing.F) {
	f.Add("0.38 0.29 0.16 2/85 7203\n")
	f.Add("0x1p-2 1e400 NaN / 0")
	f.Fuzz(func(t *testing.T, text string) {
		load, err := parseLoad(text)
		if err != nil {
			return
		}
		for _, average := range []float64{load.One, load.Five, load.Fifteen} {
			if !(average >= 0) || math.IsInf(average, 0) {
				t.Errorf("%q has the average %v", text, average)
			}
		}
	})
}
