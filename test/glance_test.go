package test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

// What is the matter is the first line of the page, its title and its icon, and
// what is about it leads to the panel.
func TestVerdictOfThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.Mkdir(full, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := program.StartInside(dir, fmt.Sprintf(`set -e
mount -t tmpfs -o size=1m none '%[1]s'
head -c 1032192 /dev/zero >'%[1]s/data'`, full), "--interval=500ms", "--mounts-include="+full)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	w.wait(`document.querySelector("#verdict").dataset.state === "critical"`)
	w.wait(`document.title.startsWith("✖ " + document.querySelector("#verdict-short").textContent + " · CPU ")`)
	w.wait(`/icon-critical-\w+\.svg$/.test(document.querySelector("link[rel=icon]").href)`)
	w.wait(`document.querySelector("[data-tile=disk].critical[href='#mounts'] .limit").textContent.endsWith("98\u00a0% full")`)
	w.do(chromedp.Click(chromedp.CSS(`[data-tile=disk]`)))
	if hash := eval[string](w, `location.hash`); hash != "#mounts" {
		t.Errorf("the tile leads to %q", hash)
	}
}

// Tiles keep their places while their numbers change, and their trends are drawn.
func TestTilesStand(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=500ms")
	w := open(t, p.URL)
	w.waitState("live")
	for _, width := range []int64{1280, 800, 360} {
		w.do(browser.Size(width, 900))
		w.wait(fmt.Sprintf(`matchMedia("(width: %dpx)").matches`, width))
		w.waitTicks(1)
		eval[bool](w, `window.places = () => JSON.stringify([...document.querySelectorAll(".tile, .tile *, .tiles")].filter((e) => !e.matches("small, path")).map((e) => { const r = e.getBoundingClientRect(); return [e.dataset.tile, r.y + scrollY, e.matches(".tile, .spark") ? [r.x, r.width] : r.height]; })), window.before = places(), true`)
		w.waitTicks(4)
		if now := eval[string](w, `places()`); now != eval[string](w, `before`) {
			t.Errorf("%d wide: tiles have moved from %s to %s", width, eval[string](w, `before`), now)
		}
		if hole := eval[bool](w, `(() => { const tiles = document.querySelector(".tiles"), last = tiles.lastElementChild; return tiles.getBoundingClientRect().right - last.getBoundingClientRect().right > 1; })()`); hole {
			t.Errorf("%d wide: the last row of tiles has a hole", width)
		}
	}
	w.wait(`[...document.querySelectorAll(".spark")].every((svg) => svg.querySelector("path")?.getBBox().width > 0)`)
}
