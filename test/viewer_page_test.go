package test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tacho-monitor/tacho/test/browser"
)

const panelNames = `[...document.querySelectorAll("main > .panel")].map(({ id }) => id)`

// press presses keys one after the other, wherever the focus is.
func (w *window) press(keys ...string) {
	w.t.Helper()
	for _, key := range keys {
		w.do(chromedp.KeyEvent(key))
	}
}

// TestKeys goes about the page without a pointer.
func TestKeys(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	w.press("?")
	w.wait(`document.querySelector("dialog[open]")?.innerText.includes("filter the processes")`)
	w.press("g", "m") // not for the page behind it
	if !eval[bool](w, `document.querySelector("dialog").contains(document.activeElement)`) {
		t.Error("keys act behind the sheet")
	}
	w.press(kb.Escape)
	w.wait(`document.querySelector("dialog") === null`)
	w.press("g", "m")
	w.wait(`document.activeElement.textContent === "Memory" && document.activeElement.closest("#memory h2")`)
	w.press("/")
	w.wait(`document.activeElement.matches("#processes-form [name=q]")`)
	w.empty("#processes-form [name=q]") // this keyboard types what was taken from it
	theme := eval[string](w, `document.documentElement.dataset.theme ?? ""`)
	w.press("g", "t", "?")
	if got := eval[string](w, `document.querySelector("#processes-form [name=q]").value`); got != "gt?" {
		t.Errorf("what is typed into a field acts on the page, and leaves %q", got)
	}
	eval[any](w, `document.activeElement.blur(), null`)
	w.press("t")
	w.wait(fmt.Sprintf(`(document.documentElement.dataset.theme ?? "") !== %q`, theme))

	eval[any](w, `document.getElementById("tools-keys").click(), null`)
	w.wait(`document.querySelector("dialog[open] input[type=checkbox]")`)
	eval[any](w, `document.querySelector("dialog input[type=checkbox]").click(), null`)
	w.press(kb.Escape)
	w.wait(`document.querySelector("dialog") === null`)
	eval[any](w, `document.querySelector("#memory .fold").focus(), null`)
	w.press("g", "c", "?")
	eval[any](w, `document.activeElement.blur(), null`)
	w.press(" ")
	if !eval[bool](w, following) {
		t.Error("the space bar acts after keys were turned off")
	}
	eval[any](w, `document.querySelector("#memory .fold").focus(), null`)
	if !eval[bool](w, `document.activeElement.closest("#memory") !== null && document.querySelector("dialog") === null`) {
		t.Error("keys act after they were turned off")
	}
	w.do(chromedp.Navigate(p.URL))
	w.waitState("live")
	w.press("?")
	if eval[bool](w, `document.querySelector("dialog") !== null`) {
		t.Error("loaded again, the page has forgotten that keys are off")
	}
}

// TestPanelsFoldAndMove arranges the page, which stays so, and is the usual one for
// whom an address says otherwise.
func TestPanelsFoldAndMove(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	usual := eval[[]string](w, panelNames)
	eval[any](w, `document.querySelector("#cpu .fold").focus(), null`)
	w.press(kb.Enter)
	w.wait(`document.querySelector("#cpu .fold").ariaExpanded === "false" && !document.querySelector("#cpu .chart").checkVisibility()`)
	w.wait(`/\d\s*%/.test(document.getElementById("cpu").innerText)`)
	w.do(chromedp.KeyEvent(kb.ArrowDown, chromedp.KeyModifiers(chromedp.ModifierAlt)))
	w.wait(panelNames + `[1] === "cpu"`)
	if !eval[bool](w, `document.activeElement.matches("#cpu .fold")`) {
		t.Error("the panel that was moved has lost the focus")
	}
	w.waitTicks(2)
	moved := eval[[]string](w, panelNames)
	if want := append([]string{usual[1], usual[0]}, usual[2:]...); !slices.Equal(moved, want) {
		t.Errorf("the panels are %q, want %q", moved, want)
	}
	w.do(chromedp.Navigate(p.URL))
	w.waitState("live")
	if got := eval[[]string](w, panelNames); !slices.Equal(got, moved) || !eval[bool](w, `document.querySelector("#cpu .fold").ariaExpanded === "false"`) {
		t.Errorf("loaded again, the panels are %q", got)
	}
	if cookie, want := eval[string](w, `document.cookie`), "="+usual[1]+".-"+usual[0]+"."; !strings.Contains(cookie, "tacho_panels"+eval[string](w, `location.port`)+want) {
		t.Errorf("the server learns %q, not %q: the page would move when it is loaded", cookie, want)
	}

	w.do(chromedp.Navigate(p.URL + "?panels=" + strings.Join(usual, ",")))
	w.waitState("live")
	if got := eval[[]string](w, panelNames); !slices.Equal(got, usual) || !eval[bool](w, `document.querySelector("#cpu .fold").ariaExpanded === "true"`) {
		t.Errorf("a link shows the panels %q", got)
	}
	eval[any](w, `document.querySelector("#memory .fold").click(), null`)
	w.wait(`location.search.includes("-memory")`)
	w.do(chromedp.Navigate(p.URL))
	w.waitState("live")
	if got := eval[[]string](w, panelNames); !slices.Equal(got, moved) || !eval[bool](w, `document.querySelector("#memory .fold").ariaExpanded === "true"`) {
		t.Errorf("after a link was looked at, the panels are %q", got)
	}
	w.press("x")
	w.wait(`document.querySelector("#cpu .fold").ariaExpanded === "true" && !document.documentElement.hasAttribute("data-arranged")`)
	if got := eval[[]string](w, panelNames); !slices.Equal(got, usual) {
		t.Errorf("put back, the panels are %q", got)
	}
}

// What a link has folded unfolds again, and is gone from the address then.
func TestPanelsOfALink(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL+"?panels=cpu,-memory")
	w.waitState("live")
	const memory = `document.querySelector("#memory .fold")`
	w.press("x")
	w.wait(memory + `.ariaExpanded === "true" && location.search === ""`)
	w.do(chromedp.Navigate(p.URL + "?panels=-memory"))
	w.waitState("live")
	eval[any](w, memory+`.click(), null`)
	w.wait(memory + `.ariaExpanded === "true" && location.search === ""`)

	other := w.beside(p.URL)
	other.waitState("live")
	eval[any](w, memory+`.click(), null`)
	other.wait(memory + `.ariaExpanded === "false"`)
}

// hidable lets a test hide the page as a viewer does who looks at another.
const hidable = `window.hide = (hidden) => {
	Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
	document.dispatchEvent(new Event("visibilitychange"));
}`

// asking counts what the page asks for, by path.
const asking = `window.asked = {};
	const ask = fetch;
	window.fetch = (what, ...more) => {
		const { pathname, searchParams } = new URL(what.url ?? what, location.href);
		const path = pathname + (searchParams.has("poll") ? "?poll" : "");
		asked[path] = (asked[path] ?? 0) + 1;
		return ask(what, ...more);
	}`

// A page that comes back gets many ticks at once, and asks but once for what it
// looks at.
func TestReturnAsksOnce(t *testing.T) {
	t.Parallel()
	startSubject(t, "needle asked", fmt.Sprint("rest ", os.Geteuid()))
	p := start(t, "--interval=200ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"?q=needle+asked")
	w.do(chromedp.Evaluate[chromedp.Void](hidable), chromedp.Evaluate[chromedp.Void](asking))
	w.waitState("live")
	w.waitRows(".name", "needle asked")
	eval[any](w, `document.querySelector("#processes-chosen a.drawer").click(), null`)
	w.wait(`document.querySelector("dialog[open] main time")`)
	eval[any](w, `hide(true), null`)
	at := w.newest()
	eventually(t, func() error {
		s, err := snapshotOf(p.URL)
		if err == nil && int(s.Seq) < at+30 {
			err = fmt.Errorf("tick %d", s.Seq)
		}
		return err
	})
	eval[any](w, `asked = {}, hide(false), null`)
	w.waitSeq(at + 30)
	asked := eval[map[string]int](w, `asked`)
	for path, n := range asked {
		if n > 5 {
			t.Errorf("%s is asked for %d times: %v", path, n, asked)
		}
	}
}

// Who was among the processes stays there when one of them ends.
func TestFocusOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	s := startSubject(t, "brief", fmt.Sprint("rest ", os.Geteuid()))
	startSubject(t, "brief", fmt.Sprint("rest ", os.Geteuid()))
	p := start(t, "--interval=250ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"?q=brief")
	w.waitState("live")
	w.wait(`document.querySelectorAll("#processes-chosen a.drawer").length === 2`)
	eval[any](w, fmt.Sprintf(`[...document.querySelectorAll("#processes-chosen tr")].find((row) => row.querySelector(".pid")?.textContent === "%d").querySelector("a").focus(), null`, s.pid()))
	s.say.Close()
	s.command.Wait()
	w.wait(`document.querySelectorAll("#processes-chosen a.drawer").length === 1`)
	if !eval[bool](w, `document.activeElement.matches("#processes-chosen a.drawer")`) {
		t.Errorf("the focus is at %s", eval[string](w, `document.activeElement.outerHTML.slice(0, 100)`))
	}
}

// In a frame a process leads nowhere.
func TestEmbeddedProcesses(t *testing.T) {
	t.Parallel()
	p := start(t)
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"embed/processes")
	w.waitState("live")
	w.do(chromedp.Evaluate[chromedp.Void](asking))
	eval[any](w, `document.querySelector("a.drawer").click(), null`)
	w.waitTicks(2)
	if eval[bool](w, `document.querySelector("dialog") !== null || Object.keys(asked).length > 0 || !location.pathname.endsWith("embed/processes")`) {
		t.Errorf("a click leads to %s, and asks for %v", eval[string](w, `location.href`), eval[map[string]int](w, `asked`))
	}
}

// TestRowsHoldStill wants numbers to change under the pointer, and rows to stay.
func TestRowsHoldStill(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	w.press("h")
	w.wait(`document.querySelector("#processes[data-held] .held").checkVisibility({ visibilityProperty: true })`)
	// From one tick to the next, what is there at both stays in its row.
	eval[any](w, `(() => {
		const rows = () => [...document.querySelectorAll("#processes-table tbody tr")].map(({ dataset }) => dataset.row);
		window.held = { ticks: 0, moved: [], rows: rows() };
		document.addEventListener("htmx:after:swap", () => {
			const now = rows();
			held.ticks++;
			held.moved.push(...now.filter((id, i) => held.rows.includes(id) && held.rows[i] !== id));
			held.rows = now;
		});
	})(), null`)
	startSubject(t, "restless", "burn 2")
	w.wait(`held.ticks > 15`)
	if moved := eval[[]string](w, `held.moved`); len(moved) > 0 {
		t.Errorf("rows moved: %q", moved)
	}
	w.press("h")
	w.waitTicks(3)
	w.wait(`!document.querySelector("#processes").hasAttribute("data-held")`)
	w.wait(`(([first, second]) => parseFloat(first.textContent) >= parseFloat(second.textContent))(document.querySelectorAll("#processes-table tbody .level .n"))`)
}

// TestPointedRowsHoldStill holds rows as long as the pointer is over them, and not
// longer.
func TestPointedRowsHoldStill(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	w := open(t, p.URL)
	w.waitState("live")
	at := eval[[]float64](w, `(({ x, y }) => [x + 20, y + 5])(document.querySelector("#processes-table tbody tr:nth-child(3)").getBoundingClientRect())`)
	w.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
	w.wait(`document.querySelector("#processes").hasAttribute("data-held")`)
	w.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], 5))
	w.wait(`!document.querySelector("#processes").hasAttribute("data-held")`)
}

// TestProcessDrawer looks into one process, tick by tick, and goes to its parent.
func TestProcessDrawer(t *testing.T) {
	t.Parallel()
	s := startSubject(t, "looked at", "burn 1")
	p := start(t, "--interval=250ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"?q=looked")
	w.waitState("live")
	w.waitRows(".name", "looked at")
	eval[any](w, `document.querySelector("#processes-chosen a.drawer").focus(), null`)
	w.press(kb.Enter)
	w.wait(fmt.Sprintf(`document.querySelector("dialog[open]")?.innerText.includes("pid %d")`, s.pid()))
	w.wait(`[...document.querySelectorAll("dialog .trend path")].some((line) => line.getAttribute("d").split(" ").length > 9)`)
	const moment = `document.querySelector("dialog main time").dateTime`
	w.wait(fmt.Sprintf(`%s !== %q`, moment, eval[string](w, moment)))
	eval[any](w, `[...document.querySelectorAll("dialog .parents a")].at(-1).click(), null`)
	w.wait(fmt.Sprintf(`document.querySelectorAll("dialog").length === 1 && !document.querySelector("dialog").innerText.includes("pid %d ")`, s.pid()))
	w.wait(fmt.Sprintf(`%s !== %q`, moment, eval[string](w, moment)))
	w.press(kb.Escape)
	w.wait(`document.querySelector("dialog") === null`)

	w.do(chromedp.Navigate(fmt.Sprintf("%sprocesses/%d", p.URL, s.pid())))
	if text := eval[string](w, `document.body.innerText`); !strings.Contains(text, "looked at") || eval[bool](w, `document.scripts.length > 0`) {
		t.Errorf("the page of the process: %s", text)
	}
}

// TestCgroupDrawer goes by keys to a unit, and by links through its processes back to it.
func TestCgroupDrawer(t *testing.T) {
	t.Parallel()
	s := startSubject(t, "of the group", "burn 1")
	if !makeCgroup(t, "tacho-drawer", s) {
		t.Fatal("makes control groups: to be run as root")
	}
	p := start(t, "--interval=250ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"?cgroup_q=tacho-drawer")
	w.waitState("live")
	w.wait(`document.querySelectorAll("#cgroups-chosen a.drawer").length === 1`)
	eval[any](w, `document.querySelector("#cgroups-chosen a.drawer").focus(), null`)
	w.press(kb.Enter)
	w.wait(`document.querySelector("dialog[open] h1")?.textContent === "tacho-drawer"`)
	w.wait(`[...document.querySelectorAll("dialog .trend path")].filter((line) => line.getAttribute("d").split(" ").length > 9).length === 2`)
	of := fmt.Sprintf(`[...document.querySelectorAll("dialog .members a")].find((link) => link.pathname.endsWith("/%d"))`, s.pid())
	w.wait(of)
	eval[any](w, of+`.click(), null`)
	w.wait(fmt.Sprintf(`document.querySelector("dialog[open]")?.innerText.includes("pid %d")`, s.pid()))
	eval[any](w, `document.querySelector("dialog dd a.drawer").click(), null`)
	w.wait(`document.querySelectorAll("dialog").length === 1 && document.querySelector("dialog h1").textContent === "tacho-drawer"`)
	w.press(kb.Escape)
	w.wait(`document.querySelector("dialog") === null`)

	w.do(chromedp.Navigate(p.URL + "cgroups/tacho-drawer"))
	if text := eval[string](w, `document.body.innerText`); !strings.Contains(text, "of the group") || eval[bool](w, `document.scripts.length > 0`) {
		t.Errorf("the page of the group: %s", text)
	}
}

// TestProcessTree wants children below their parents, and more rows on demand
// without losing the place.
func TestProcessTree(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=250ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	w.click(`#processes-form [name="tree"]`)
	w.wait(`document.querySelector("#processes-view .tree .depth-1")`)
	if first := w.rowsShown(".pid")[0]; first != "1" && first != "2" {
		t.Errorf("the first root is %s", first)
	}
	w.click(`#processes-form [name="tree"]`)
	w.wait(shared)
	rows := len(w.rowsShown(".name"))
	eval[any](w, `document.querySelector("#processes-table").scrollTop = 90, null`)
	eval[any](w, `document.querySelector("#processes-table .more button").focus({ preventScroll: true }), document.activeElement.click(), null`)
	w.wait(fmt.Sprintf(`document.querySelectorAll("#processes-view tbody tr").length > %d`, rows))
	w.waitTicks(2)
	if at := eval[float64](w, `document.querySelector("#processes-chosen").scrollTop`); at != 90 {
		t.Errorf("scrolled to 90, and with more rows to %v", at)
	}
	if !eval[bool](w, `document.querySelector("#processes-chosen").contains(document.activeElement)`) {
		t.Errorf("the focus went to %s", eval[string](w, `document.activeElement.outerHTML.slice(0, 100)`))
	}
	if !strings.Contains(w.query(), "limit=50") {
		t.Errorf("the address has %q", w.query())
	}
}

// TestKiosk is for walls: nothing to operate, and back by its key.
func TestKiosk(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL+"?kiosk", browser.Size(1920, 1080))
	w.waitState("live")
	const operable = `[...document.querySelectorAll(".query, .themes, .tools, .sources, .menu")].some((e) => e.checkVisibility())`
	if eval[bool](w, operable) {
		t.Error("there is something to operate")
	}
	w.press("k")
	w.wait(operable + ` && location.search === ""`)
}

// TestInstallable wants a manifest that a browser takes.
func TestInstallable(t *testing.T) {
	t.Parallel()
	p := start(t, "--base-path=/monitor")
	w := open(t, p.URL)
	_, text := get(t, eval[string](w, `document.querySelector("link[rel=manifest]").href`))
	manifest := decode[struct {
		Name    string
		Start   string `json:"start_url"`
		Display string
		Icons   []struct{ Src string }
	}](t, text)
	if manifest.Start != "./" || manifest.Display != "standalone" || !strings.Contains(manifest.Name, "tacho") || len(manifest.Icons) == 0 {
		t.Fatalf("the manifest is %s", text)
	}
	if response, _ := get(t, p.URL+manifest.Icons[0].Src); response.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the icon is answered with %s", response.Status)
	}
}
