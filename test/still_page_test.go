package test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

// watchShifts keeps in window.shifts what moved though nobody asked for it, as
// the browser tells of layout shifts.
const watchShifts = `
	window.shifts = [];
	const path = (node) => {
		const element = node?.closest ? node : node?.parentElement;
		return element ? [element.parentElement?.closest("[id]")?.id, element.localName, element.className].join(" ") : "what is gone";
	};
	const box = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
	new PerformanceObserver((list) => {
		for (const { hadRecentInput, sources } of list.getEntries()) {
			if (!hadRecentInput) shifts.push(...sources.map(({ node, previousRect, currentRect }) => path(node) + ": " + box(previousRect) + " to " + box(currentRect)));
		}
	}).observe({ type: "layout-shift" });
	null`

// What a source has to say beside its numbers moves nothing, neither when it
// comes nor when it goes. Nor does what is found of the machine.
func TestNothingMoves(t *testing.T) {
	t.Parallel()
	proc := stallable(t)
	for _, width := range []int64{360, 768, 1280, 1920} {
		w := open(t, proc.url, browser.Size(width, 900))
		w.waitState("live")
		w.waitTicks(8)
		eval[any](w, watchShifts)
		still := func(when string) {
			t.Helper()
			w.waitTicks(4)
			for _, shift := range eval[[]string](w, `shifts.splice(0)`) {
				t.Errorf("%d wide, %s, something moves: %s", width, when, shift)
			}
		}
		still("at first")
		proc.stall(t)
		w.wait(`["cpu", "memory", "disks"].every((panel) => document.querySelector("#" + panel + " .remark.stale")) && document.querySelector(".swap > .remark.stale")`)
		still("with stale panels")
		proc.resume(t)
		w.wait(`document.querySelector(".remark.stale") === null`)
		still("with panels that are current again")
	}
}

// stalling is a program whose files of /proc may stop to answer.
type stalling struct {
	dir, url string
	contents map[string]string
}

// stallable starts one, on a machine that swaps.
func stallable(t *testing.T) *stalling {
	t.Helper()
	s := &stalling{dir: t.TempDir(), contents: map[string]string{}}
	// It has one process, so that no others come and go.
	if err := program.Mirror("/proc", s.dir, func(name string) bool { return name == "1" || name[0] > '9' }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stat", "meminfo", "diskstats"} {
		text, err := os.ReadFile(filepath.Join("/proc", name))
		if err != nil {
			t.Fatal(err)
		}
		s.contents[name] = regexp.MustCompile(`(?m)^(SwapTotal|SwapFree):.*`).ReplaceAllString(string(text), "$1: 2097152 kB")
	}
	s.put(t)
	p, err := program.StartInside(t.TempDir(), "export HOST_PROC="+s.dir, "--interval=250ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	s.url = p.URL
	return s
}

// put gives the files their contents.
func (s *stalling) put(t *testing.T) {
	t.Helper()
	for name, text := range s.contents {
		s.replace(t, name, func(path string) error { return os.WriteFile(path, []byte(text), 0o600) })
	}
}

// stall has whoever reads wait.
func (s *stalling) stall(t *testing.T) {
	t.Helper()
	for name := range s.contents {
		s.replace(t, name, func(path string) error { return unix.Mkfifo(path, 0o600) })
	}
}

// resume gives those who wait what they wait for.
func (s *stalling) resume(t *testing.T) {
	t.Helper()
	pipes := map[string]*os.File{}
	for name := range s.contents {
		pipe, err := os.OpenFile(filepath.Join(s.dir, name), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer pipe.Close()
		pipes[name] = pipe
	}
	s.put(t)
	for name, pipe := range pipes {
		if _, err := pipe.WriteString(s.contents[name]); err != nil {
			t.Error(err)
		}
	}
}

// replace replaces a file at once.
func (s *stalling) replace(t *testing.T, name string, make func(path string) error) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(make(path+" new"), os.Rename(path+" new", path)); err != nil {
		t.Fatal(err)
	}
}
