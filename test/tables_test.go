package test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTableOfOnesOwn sorts and filters a table, which then comes from the server
// for this reader alone, tick by tick, and goes back to the one that all get.
func TestTableOfOnesOwn(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	w := open(t, p.URL)
	w.waitState("live")
	const chosen = `document.querySelector("#processes-chosen")`
	if eval[bool](w, chosen+` !== null`) {
		t.Error("a table of one's own that nobody asked for")
	}
	w.do(chromedp.Click(chromedp.CSS(`#processes-table thead button[value=pid]`)))
	w.wait(chosen + `?.querySelector("th[aria-sort=descending]")?.innerText.includes("pid")`)
	w.wait(`location.search.includes("sort=pid")`)
	w.do(chromedp.Click(chromedp.CSS(`#processes-chosen thead button[value=pid]`)))
	w.wait(chosen + `?.querySelector("th[aria-sort=ascending]") && ` + chosen + `.querySelector("tbody td.pid").innerText === "1"`)
	if eval[bool](w, `document.querySelector("#processes-table").checkVisibility()`) {
		t.Error("two tables of processes are shown")
	}
	w.do(chromedp.SendKeys(chromedp.CSS(`#processes-form [name=q]`), "no such process"))
	w.wait(chosen + `?.innerText.includes("No process matches.")`)
	w.wait(`document.querySelector("#processes-form [name=q]").value === "no such process"`)
	if duplicate := eval[string](w, `(() => { const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id); return ids.find((id, i) => ids.indexOf(id) !== i) ?? "" })()`); duplicate != "" {
		t.Errorf("two elements have the identifier %s", duplicate)
	}
	eval[any](w, `(() => { const form = document.querySelector("#processes-form"); form.reset(); form.dispatchEvent(new Event("change", { bubbles: true })); return null })()`)
	w.wait(chosen + ` === null && location.search === "" && document.querySelector("#processes-table").checkVisibility()`)
}

// TestSourcesByKeyboard opens the sources of a panel in front of the page, which
// goes on behind it, and comes back to where the reader was.
func TestSourcesByKeyboard(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	eval[any](w, `document.querySelector("#memory .sources").focus(), null`)
	w.do(chromedp.KeyEvent(kb.Enter))
	w.wait(`document.querySelector("dialog[open]")?.innerText.includes("MemAvailable")`)
	if !eval[bool](w, `document.querySelector("dialog").contains(document.activeElement)`) {
		t.Error("the focus is behind the dialog")
	}
	if eval[string](w, `location.pathname`) != "/" {
		t.Error("the page was left")
	}
	w.do(chromedp.KeyEvent(kb.Escape))
	w.wait(`document.querySelector("dialog") === null`)
	w.wait(`document.activeElement === document.querySelector("#memory .sources")`)
	w.wantConsecutive()

	w.do(chromedp.Navigate(p.URL + "fields/memory")) // as without scripts
	w.wait(`document.querySelectorAll("main tbody tr").length > 20`)
	if eval[bool](w, `document.querySelector("script") !== null`) {
		t.Error("the page of the sources needs scripts")
	}
}

// TestEmbedHasNothingToSortWith wants that no key leads to what does nothing.
func TestEmbedHasNothingToSortWith(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL+"embed/processes")
	w.waitState("live")
	w.wait(`document.querySelectorAll("thead button").length > 5 && [...document.querySelectorAll("thead button")].every(({ tabIndex }) => tabIndex === -1)`)
}
