package test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
)

// axe is the program that looks for what keeps people out of a page.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// bypassPolicy lets a test bring its own script.
func bypassPolicy(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	return chromedp.Void{}, err
}

// violation is what axe has found.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []json.RawMessage
		FailureSummary string
	}
}

// wantAccessible wants axe to find nothing, in what is shown at this moment.
func (w *window) wantAccessible(when string) {
	w.t.Helper()
	// An embed is a part of another page, which has these.
	rules := `document.body.matches(".embed") ? { "landmark-one-main": { enabled: false }, "page-has-heading-one": { enabled: false } } : {}`
	ctx, cancel := context.WithTimeout(w.ctx, 3*patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](
		`axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: `+rules+` }).then(({ violations }) => violations)`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range found {
		for i, node := range v.Nodes {
			if i == 3 {
				w.t.Errorf("%s: %s: and %d more", when, v.ID, len(v.Nodes)-i)
				break
			}
			w.t.Errorf("%s: %s (%s): %s: %s: %s", when, v.ID, v.Impact, v.Help, node.Target, node.FailureSummary)
		}
	}
}

// TestNobodyIsKeptOut has axe look at the page in each of its shapes.
func TestNobodyIsKeptOut(t *testing.T) {
	p := start(t)
	eventually(t, func() error { return rates(p.URL) })
	for _, shape := range []struct {
		name          string
		width, height int64
		scheme, query string
	}{
		{"light", 1280, 900, "light", ""},
		{"dark", 1280, 900, "dark", ""},
		{"phone", 360, 800, "light", ""},
		{"200 %", 640, 450, "dark", ""},
		{"chosen", 1280, 900, "light", "?tree=on&panels=processes,-cpu,memory"},
		{"kiosk", 1920, 1080, "dark", "?kiosk"},
	} {
		t.Run(shape.name, func(t *testing.T) {
			w := open(t, p.URL+shape.query, bypassPolicy, browser.Size(shape.width, shape.height), browser.Scheme(shape.scheme))
			w.waitState("live")
			w.waitTicks(2)
			eval[any](w, axe(t)+"; null")
			w.wantAccessible("page")
			if strings.Contains(shape.query, "kiosk") {
				return
			}
			eval[any](w, `document.getElementById("tools-keys").click(), null`)
			w.wait(`document.querySelector("dialog[open] kbd")`)
			w.wantAccessible("keys")
			w.closeDialog()
			eval[any](w, `document.querySelector("#memory .sources").click(), null`)
			w.wait(`document.querySelector("dialog[open] tbody")`)
			w.wantAccessible("sources")
			w.closeDialog()
			w.openProcess()
			w.wantAccessible("process")
			w.closeDialog()
			eval[any](w, `document.querySelector("#cgroups a.drawer").click(), null`)
			w.wait(`document.querySelector("dialog[open] .trend path")`)
			w.wantAccessible("group")
		})
	}
}

func (w *window) closeDialog() {
	w.t.Helper()
	eval[any](w, `document.querySelector("dialog").close(), null`)
	w.wait(`document.querySelector("dialog") === null`)
}

// TestPagesWithoutScriptsAreForAll looks at the documents beside the dashboard.
func TestPagesWithoutScriptsAreForAll(t *testing.T) {
	p := start(t)
	eventually(t, func() error { return rates(p.URL) })
	for _, path := range []string{"fields/processes", fmt.Sprintf("processes/%d", os.Getpid()), "cgroups/", "nowhere", "embed/processes"} {
		w := open(t, p.URL+path, bypassPolicy)
		w.tolerate("404")
		if strings.HasPrefix(path, "embed") {
			w.waitTicks(2) // the scripts take out of reach what leads nowhere
		}
		eval[any](w, axe(t)+"; null")
		w.wantAccessible(path)
	}
}
