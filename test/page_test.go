package test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
)

func TestNumbersChangeByThemselves(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	eval[bool](w, `window.same = true`)
	const read = `document.querySelector("#self-body time").dateTime`
	for range 4 {
		w.wait(fmt.Sprintf(`%s !== %q`, read, eval[string](w, read)))
	}
	if !eval[bool](w, `window.same === true`) {
		t.Error("the page was loaded again")
	}
	for _, panel := range []string{"host", "cpu", "memory", "disks", "network", "mounts", "self"} {
		if !eval[bool](w, fmt.Sprintf(`/\d/.test(document.getElementById("%s-body").innerText)`, panel)) {
			t.Errorf("panel %s has no numbers", panel)
		}
	}
	w.wantConsecutive()
	if !eval[bool](w, `/(^|· )CPU \d+ % · RAM \d+ % · /.test(document.title)`) {
		t.Errorf("the title is %q", eval[string](w, `document.title`))
	}
}

// wantConsecutive wants the samples that have arrived to be of consecutive
// ticks of one run.
func (w *window) wantConsecutive() {
	w.t.Helper()
	if gap := eval[string](w, `seen.samples.map(({ id }) => id).find((id, i, ids) => {
		const [boot, seq] = (ids[i - 1] ?? "").split("-");
		return i > 0 && id !== boot + "-" + (Number(seq) + 1);
	}) ?? ""`); gap != "" {
		w.t.Errorf("sample %s does not follow on the one before it: %v", gap, eval[[]string](w, `seen.samples.map(({ id }) => id)`))
	}
}

func TestReaderIsNotDisturbed(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=500ms")
	w := open(t, p.URL)
	w.waitState("live")
	const details = `#mounts-skipped`
	w.do(chromedp.Click(chromedp.CSS(details + " summary")))
	selected := eval[string](w, `(() => {
		const range = document.createRange();
		range.selectNodeContents(document.querySelector("#cpu-body .about"));
		getSelection().removeAllRanges();
		getSelection().addRange(range);
		return getSelection().toString();
	})()`)
	if selected == "" {
		t.Fatal("nothing to select")
	}
	for _, control := range []string{`#disks-table`, `.themes input:checked`} {
		w.do(chromedp.Focus(chromedp.CSS(control)))
		w.waitTicks(5)
		if got := eval[string](w, `getSelection().toString()`); got != selected {
			t.Errorf("%q was selected, and now %q is", selected, got)
		}
		if !eval[bool](w, fmt.Sprintf(`document.activeElement.matches(%q)`, control)) {
			t.Errorf("%s has lost the focus to %s", control, eval[string](w, `document.activeElement.outerHTML.slice(0, 200)`))
		}
		if !eval[bool](w, fmt.Sprintf(`document.querySelector(%q).open`, details)) {
			t.Errorf("%s was opened, and has closed by itself", details)
		}
	}
}

func TestThemeStays(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL, browser.Scheme("light"))
	light := w.brightness()
	w.waitState("live")
	w.do(chromedp.Click(chromedp.CSS(`.themes label:has([value=dark])`)))
	if dark := w.brightness(); dark >= light {
		t.Errorf("the dark theme is of brightness %v, the light one of %v", dark, light)
	}
	w.do(chromedp.Navigate(p.URL))
	if after := w.brightness(); after >= light {
		t.Errorf("the choice is forgotten: brightness %v", after)
	}
	if !eval[bool](w, `document.querySelector(".themes [value=dark]").checked`) {
		t.Error("the choice is not shown")
	}
	w.do(chromedp.Navigate(p.URL + "?theme=dark"))
	w.waitState("live")
	w.do(chromedp.Click(chromedp.CSS(`.themes label:has([value=light])`)), chromedp.Reload())
	if after := w.brightness(); after < light {
		t.Errorf("the address has won over a later choice: brightness %v", after)
	}
}

// brightness of the page, from 0 to 255.
func (w *window) brightness() float64 {
	w.t.Helper()
	return eval[float64](w, `(() => {
		const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
		return 0.3 * r + 0.6 * g + 0.1 * b;
	})()`)
}

func TestLayout(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, scheme := range []string{"light", "dark"} {
		w := open(t, p.URL, browser.Scheme(scheme))
		w.waitState("live")
		w.waitTicks(1)
		// What matters most is on the first screen, to its last line.
		for _, panel := range []string{"findings", "cpu", "memory", "disks", "network", "processes"} {
			if bottom := eval[float64](w, `document.querySelector(".dashboard main > .`+panel+`").getBoundingClientRect().bottom`); bottom > 900 {
				t.Errorf("%s: of 1280 x 900, %s reaches down to %v", scheme, panel, bottom)
			}
		}
		if got := w.brightness() < 128; got != (scheme == "dark") {
			t.Errorf("%s: brightness is %v", scheme, w.brightness())
		}
		for _, width := range []int64{1280, 768, 360} {
			w.do(browser.Size(width, 800))
			w.wait(fmt.Sprintf(`matchMedia("(width: %dpx)").matches`, width))
			if got := eval[int64](w, `document.scrollingElement.scrollWidth`); got > width {
				t.Errorf("%s: %d wide has to be scrolled to %d", scheme, width, got)
			}
		}
	}
}

// before is the address of a proxy in front of a server, which sees each request
// first.
func before(t *testing.T, server string, see http.HandlerFunc) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.FlushInterval = -1
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		see(w, r)
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// A proxy that has a policy of its own for all that it passes on: no style in
// documents, as many do.
func TestPolicyOfProxy(t *testing.T) {
	t.Parallel()
	p := start(t)
	front := before(t, p.URL, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Content-Security-Policy", "default-src 'self'")
	})
	w := open(t, "about:blank")
	w.tolerate("style-src-elem violated by inline", "Applying inline style violates")
	w.do(chromedp.Navigate(front))
	w.waitState("live")
	w.wait(`getComputedStyle(document.querySelector(".tiles")).display === "grid"`)
	if !eval[bool](w, `document.querySelector("#cpu").checkVisibility({ visibilityProperty: true })`) {
		t.Error("the panels are not to be seen")
	}
	if got := eval[int64](w, `document.scrollingElement.scrollWidth`); got > 1280 {
		t.Errorf("1280 wide has to be scrolled to %d", got)
	}
}

// What the machine is like is seen before the style of the panels has come, at the
// place where it stays.
func TestFirstScreenComesFirst(t *testing.T) {
	t.Parallel()
	p := start(t)
	release := make(chan struct{})
	front := before(t, p.URL, func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".css") {
			<-release
		}
	})
	free := sync.OnceFunc(func() { close(release) })
	t.Cleanup(free)

	const places = `[...document.querySelectorAll(".host, .findings, .glance, .tile")].map((e) => JSON.stringify(e.getBoundingClientRect())).join()`
	const seen = `[...document.querySelectorAll(".panel")].filter((e) => e.checkVisibility({ visibilityProperty: true })).length`
	w := open(t, front+"/healthz")
	eval[bool](w, `setTimeout(() => { location.href = "/" }) > 0`)
	w.wait(`performance.getEntriesByName("first-contentful-paint").length && document.querySelector("#verdict")?.checkVisibility()`)
	if n := eval[int](w, seen); n != 0 {
		t.Errorf("%d panels are to be seen without their style", n)
	}
	first := eval[string](w, places)
	free()
	w.waitState("live")
	if n := eval[int](w, seen); n < 10 {
		t.Errorf("%d panels are to be seen", n)
	}
	if after := eval[string](w, places); after != first {
		t.Errorf("the first screen has moved: at first %s, then %s", first, after)
	}
}

func TestPageWithoutScripts(t *testing.T) {
	t.Parallel()
	p := start(t)
	noScripts := func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	}
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL, noScripts)
	for _, panel := range []string{"host", "cpu", "memory", "disks", "network", "mounts", "self"} {
		if !eval[bool](w, fmt.Sprintf(`/\d/.test(document.getElementById("%s-body").innerText)`, panel)) {
			t.Errorf("panel %s has no numbers", panel)
		}
	}
	read := eval[string](w, `document.querySelector("#self-body time").dateTime`)
	w.wait(fmt.Sprintf(`document.querySelector("#self-body time")?.dateTime > %q`, read))
}

func TestNoSuchPage(t *testing.T) {
	t.Parallel()
	p := start(t, "--base-path=/monitor")
	w := open(t, p.URL+"nowhere")
	w.tolerate("404")
	if text := eval[string](w, `document.body.innerText`); text == "" {
		t.Error("the page is empty")
	}
	if !eval[bool](w, `matchMedia("all").matches && document.styleSheets[0].cssRules.length > 0`) {
		t.Error("the page has no style")
	}
	w.do(chromedp.Click(chromedp.CSS("main a")))
	w.wait(`document.getElementById("cpu-body")`)
	if response, _ := get(t, p.URL+"nowhere"); response.StatusCode != http.StatusNotFound {
		t.Errorf("answered with %s", response.Status)
	}
	if response, body := get(t, p.URL+"api/nowhere"); response.StatusCode != http.StatusNotFound || decode[map[string]any](t, body)["error"] == nil {
		t.Errorf("a program is answered with %s, %s", response.Status, body)
	}
}
