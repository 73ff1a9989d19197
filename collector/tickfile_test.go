package collector

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestTickFiles(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	path := filepath.Join(dir, "proc", "stat")
	was := readFile(t, path)
	var own []byte
	tick := withTickFiles(ctx)
	read := func() string {
		t.Helper()
		text, err := readProcShared(tick, "stat", &own)
		if err != nil {
			t.Fatal(err)
		}
		if cap(text) != len(text) {
			t.Error("there is room behind the text, which an append would take")
		}
		return string(text)
	}
	held, _ := readProcShared(tick, "stat", &own)
	for _, is := range []string{"cpu  1\n", "cpu  1 2 3 4\n"} {
		writeFile(t, path, is)
		if got := read(); got != was {
			t.Errorf("at the same tick it is %q", got)
		}
		tick = withTickFiles(ctx)
		if got := read(); got != is {
			t.Errorf("at the next tick it is %q, not %q", got, is)
		}
		was = is
	}
	if own != nil || string(held) != readFile(t, filepath.Join("testdata", "debian12", "proc", "stat")) {
		t.Error("what was read at a tick is not left alone")
	}
}

func TestFilesOutsideOfTicks(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	var own []byte
	first, err := readProcShared(ctx, "stat", &own)
	if err != nil || len(own) == 0 || &first[0] != &own[0] {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "proc", "stat"), "cpu  1\n")
	if text, err := readProcShared(ctx, "stat", &own); err != nil || string(text) != "cpu  1\n" || &text[0] != &first[0] {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(filepath.Join(dir, "proc", "stat")); err != nil {
		t.Fatal(err)
	}
	if _, err := readProcShared(ctx, "stat", &own); !errors.Is(err, fs.ErrNotExist) || len(own) == 0 {
		t.Errorf("without the file: %v, and %d bytes of memory", err, len(own))
	}
	if text, err := readProcShared(withTickFiles(ctx), "uptime", &own); err != nil || &text[0] != &own[0] {
		t.Errorf("a file that is no tick's: %v", err)
	}
}

// TestTickFileThatFails fails for all who read it at that tick.
func TestTickFileThatFails(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	path := filepath.Join(dir, "proc", "loadavg")
	text := readFile(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	tick := withTickFiles(ctx)
	for range 2 {
		if text, err := readProcShared(tick, "loadavg", new([]byte)); !errors.Is(err, fs.ErrNotExist) || len(text) > 0 {
			t.Errorf("%q, %v", text, err)
		}
		writeFile(t, path, text)
	}
	if _, err := readProcShared(withTickFiles(ctx), "loadavg", new([]byte)); err != nil {
		t.Error(err)
	}
}

// TestTickFilesAtOnce: whoever asks first reads, and all have the same.
func TestTickFilesAtOnce(t *testing.T) {
	for range 20 {
		tick := withTickFiles(t.Context())
		var texts [8][]byte
		var readers sync.WaitGroup
		for i := range texts {
			readers.Go(func() { texts[i], _ = readProcShared(tick, "stat", new([]byte)) })
		}
		readers.Wait()
		for _, text := range texts {
			if len(text) == 0 || &text[0] != &texts[0][0] {
				t.Fatal("not all have the same text")
			}
		}
	}
}

// TestCollectorsOfOneTickAgree: though the files change between them.
func TestCollectorsOfOneTickAgree(t *testing.T) {
	ctx, dir := fixture(t, "debian12")
	want, _ := NewLoad()(ctx)
	memory, _ := NewMemory()(ctx)
	tick := withTickFiles(ctx)
	if _, err := NewKernel()(tick); !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	if _, err := NewSwap()(tick); !errors.Is(err, ErrNoBaseline) {
		t.Fatal(err)
	}
	for _, name := range tickNames {
		writeFile(t, filepath.Join(dir, "proc", name), "garbage\n")
	}
	if load, err := NewLoad()(tick); err != nil || load != want {
		t.Errorf("load: %+v, %v, want %+v", load, err, want)
	}
	if cpu, err := NewCPU()(tick); !errors.Is(err, ErrNoBaseline) || len(cpu.Cores) == 0 {
		t.Errorf("cpu: %+v, %v", cpu, err)
	}
	if got, err := NewMemory()(tick); err != nil || got.Total != memory.Total {
		t.Errorf("memory: %v", err)
	}
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	if err := c.system.read(tick, &c.text); err != nil || c.system.cpus == 0 {
		t.Errorf("processes: %v", err)
	}
}
