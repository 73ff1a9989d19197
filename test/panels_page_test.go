package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

// A file system that is nearly full is the first that the page tells, and every
// panel says what it has or why it has nothing, for as long as one looks.
func TestPanels(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := filepath.Join(dir, "<b>full&")
	script := fmt.Sprintf(`mkdir '%[1]s'
mount -t tmpfs -o size=1m none '%[1]s'
head -c 1032192 /dev/zero >'%[1]s/data'`, full)
	p, err := program.StartInside(dir, script, "--interval=500ms", "--mounts-include="+full)
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
	const finding = `#findings-body .finding.critical a[href="#mounts"]`
	w.wait(fmt.Sprintf(`document.querySelector(%q)`, finding))
	text := eval[string](w, fmt.Sprintf(`document.querySelector(%q).textContent`, finding))
	if !strings.Contains(text, full) || !strings.Contains(text, "98 % full") {
		t.Errorf("what is short is %q, want %s and 98 %% full", text, full)
	}
	// Others may come before it at any tick.
	eventually(t, func() error {
		w.click(finding)
		if hash := eval[string](w, `location.hash`); hash != "#mounts" {
			return fmt.Errorf("it leads to %q", hash)
		}
		return nil
	})
	wantPanels(w)
	w.waitTicks(20)
	w.wantConsecutive()
	w.do(browser.Size(360, 800))
	w.wait(`matchMedia("(width: 360px)").matches`)
	w.waitTicks(2)
	if got := eval[int](w, `document.scrollingElement.scrollWidth`); got > 360 {
		t.Errorf("360 wide has to be scrolled to %d by %v", got, eval[[]string](w,
			`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 360).map((e) => e.id || e.className).slice(0, 10)`))
	}
}

// wantPanels wants of each panel a heading, and numbers, or a word why there are
// none.
func wantPanels(w *window) {
	w.t.Helper()
	for panel, title := range map[string]string{
		"processes": "Processes", "cgroups": "Units and containers", "pressure": "Pressure", "sockets": "Sockets",
		"sensors": "Sensors", "gpus": "GPUs", "raid": "RAID and ZFS", "kernel": "Kernel", "mounts": "File systems",
	} {
		heading := fmt.Sprintf(`document.querySelector("section#%[1]s[aria-labelledby=%[1]s-title] > h2 #%[1]s-title")?.innerText ?? ""`, panel)
		if got := eval[string](w, heading); !strings.EqualFold(got, title) {
			w.t.Errorf("panel %s is headed %q", panel, got)
		}
		body := fmt.Sprintf(`((body) => /\d/.test(body.innerText) || body.querySelector(".absence")?.innerText.length > 5)(document.getElementById("%s-body"))`, panel)
		if !eval[bool](w, body) {
			w.t.Errorf("panel %s says %q", panel, eval[string](w, fmt.Sprintf(`document.getElementById("%s-body").innerText`, panel)))
		}
	}
}
