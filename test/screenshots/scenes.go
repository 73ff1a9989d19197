package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

type action = chromedp.Action[chromedp.Void]

// scene is one picture: of a page as it is after some steps.
type scene struct {
	name    string
	query   string   // of the address
	prepare []action // before the page is there
	steps   []action // once it is live
	still   bool     // it has no scripts, and is never live
	whole   bool     // down to its end, not only what a screen shows
}

var (
	light = []action{browser.Size(1280, 900), browser.Scheme("light")}
	dark  = []action{browser.Size(1280, 900), browser.Scheme("dark")}
	wide  = []action{browser.Size(1920, 1080), browser.Scheme("light")}
	wall  = []action{browser.Size(1920, 1080), browser.Scheme("dark")}
	phone = []action{browser.Size(360, 800), browser.Scheme("light")}
	night = []action{browser.Size(360, 800), browser.Scheme("dark")}
)

var calm = views("calm")

var stress = append(views("stress"),
	scene{name: "stress-scriptless", prepare: append(light[:2:2], scriptless), still: true, whole: true},
	scene{name: "stress-scriptless-phone", prepare: append(phone[:2:2], scriptless), still: true, whole: true},
	scene{name: "stress-kiosk", query: "?kiosk", prepare: wall},
	scene{name: "stress-keys", prepare: light, steps: []action{chromedp.KeyEvent("?"), shown("dialog")}},
	scene{name: "stress-keys-phone", prepare: phone, steps: []action{chromedp.Click(chromedp.CSS("#tools-keys")), shown("dialog")}},
	scene{name: "stress-process", prepare: light, steps: []action{chromedp.Click(chromedp.CSS("a.drawer")), shown(".trend path[d*=' 1 ']")}},
	scene{name: "stress-process-phone", prepare: phone, steps: []action{chromedp.Click(chromedp.CSS("a.drawer")), shown(".trend path[d*=' 1 ']")}},
	scene{name: "stress-cgroup", prepare: light, steps: []action{chromedp.Click(chromedp.CSS("#cgroups a.drawer")), shown(".trend path[d*=' 1 ']")}},
	scene{name: "stress-cgroup-phone", prepare: phone, steps: []action{chromedp.Click(chromedp.CSS("#cgroups a.drawer")), shown(".trend path[d*=' 1 ']")}},
	scene{name: "stress-zoom", prepare: light, steps: []action{zoom, ticked}},
	scene{name: "stress-zoom-dark", prepare: dark, steps: []action{zoom, ticked}},
	scene{name: "stress-menu", prepare: light, steps: []action{chromedp.Click(chromedp.CSS("[data-chart=disks] .menu summary")), shown("[data-chart=disks] .menu[open]")}},
	scene{name: "stress-table", prepare: light, steps: []action{chromedp.Click(chromedp.CSS("[data-chart=disks] .menu summary")), chromedp.Click(chromedp.CSS("[data-chart=disks] [data-do=table]")), shown("dialog table")}},
	scene{name: "stress-folded", prepare: light, steps: []action{fold("cpu"), fold("network"), ticked}},
	scene{name: "stress-folded-phone", prepare: phone, steps: []action{fold("cpu"), fold("memory"), fold("disks"), ticked}},
)

// views are the pictures that are taken of every state of the machine.
func views(state string) []scene {
	return []scene{
		{name: state + "-light", prepare: light},
		{name: state + "-dark", prepare: dark},
		{name: state + "-wide", prepare: wide},
		{name: state + "-wall", prepare: wall},
		{name: state + "-phone", prepare: phone},
		{name: state + "-night", prepare: night},
		{name: state + "-light-whole", prepare: light, whole: true},
		{name: state + "-phone-whole", prepare: phone, whole: true},
	}
}

// take takes pictures into a directory.
func take(chromium context.Context, url, dir string, scenes []scene) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, s := range scenes {
		picture, err := s.shot(chromium, url)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := save(filepath.Join(dir, s.name+".png"), picture); err != nil {
			return err
		}
	}
	return nil
}

func (s scene) shot(chromium context.Context, url string) (image.Image, error) {
	ctx, _ := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	defer chromedp.Cancel(ctx)
	if err := s.play(ctx, url); err != nil {
		return nil, err
	}
	return capture(ctx, s.whole)
}

// play brings a window to where the picture is to be taken.
func (s scene) play(ctx context.Context, url string) error {
	if err := chromedp.Do(ctx, s.prepare...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, program.Patience)
	defer cancel()
	steps := []action{chromedp.Navigate(url + s.query)}
	if !s.still {
		steps = append(steps, inState("live"), ticked)
	}
	steps = append(steps, s.steps...)
	if s.whole && !s.still {
		steps = append(steps, seen)
	}
	return chromedp.Do(ctx, steps...)
}

// capture takes a picture of what a screen shows of a page, or of all there is.
func capture(ctx context.Context, whole bool) (image.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, program.Patience)
	defer cancel()
	params := page.CaptureScreenshotParams{CaptureBeyondViewport: &whole}
	if whole {
		size, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return nil, err
		}
		params.Clip = &page.Viewport{Width: size.CSSContentSize.Width, Height: size.CSSContentSize.Height, Scale: 1}
	}
	result, err := chromedp.Call(ctx, page.CaptureScreenshot, params)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(result.Data))
}

// lost takes pictures of pages whose server has ended, in the state that they
// then are in.
func lost(chromium context.Context, url, dir, state string, end func() error) (err error) {
	scenes := []scene{{name: state + "-light", prepare: light}, {name: state + "-dark", prepare: dark}, {name: state + "-phone", prepare: phone}}
	var windows []context.Context
	for _, s := range scenes {
		ctx, _ := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
		defer chromedp.Cancel(ctx)
		windows = append(windows, ctx)
		if err := s.play(ctx, url); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := end(); err != nil {
		return err
	}
	for i, s := range scenes {
		picture, e := leftAlone(windows[i], state)
		if err = errors.Join(err, e); e == nil {
			err = errors.Join(err, save(filepath.Join(dir, s.name+".png"), picture))
		}
	}
	return err
}

func leftAlone(window context.Context, state string) (image.Image, error) {
	ctx, cancel := context.WithTimeout(window, program.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, inState(state)); err != nil {
		return nil, err
	}
	return capture(window, false)
}

func scriptless(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return chromedp.Void{}, err
}

// until waits for a condition of the page.
func until(condition string) action {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Poll[bool](condition)(ctx, target)
		return chromedp.Void{}, err
	}
}

func inState(name string) action {
	return until(fmt.Sprintf(`document.querySelector("[role=status]#state").dataset.state === %q`, name))
}

func shown(selector string) action {
	return until(fmt.Sprintf(`!!document.querySelector(%q)`, selector))
}

// ticked waits for a tick and the frame in which the charts show it.
func ticked(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[bool](drawn, chromedp.EvalAwaitPromise)(ctx, target)
	return chromedp.Void{}, err
}

const drawn = `new Promise((done) => document.addEventListener("sample", () =>
	requestAnimationFrame(() => requestAnimationFrame(() => done(true))), { once: true }))`

// seen scrolls through the page: what was never in sight was never drawn.
func seen(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[bool](scrolled, chromedp.EvalAwaitPromise)(ctx, target)
	return chromedp.Void{}, err
}

const scrolled = `(async () => {
	const frame = () => new Promise(requestAnimationFrame);
	for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
		scrollTo(0, y);
		for (let n = 0; n < 3; n++) await frame();
	}
	scrollTo(0, 0);
	await frame();
	return true;
})()`

func fold(panel string) action {
	return chromedp.Click(chromedp.CSS("#" + panel + " .fold"))
}

// zoom shows the last minute, and points at the middle of it.
func zoom(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
	steps := []action{chromedp.Focus(chromedp.CSS("[data-chart=cpu] .plot")), chromedp.KeyEvent(kb.End), chromedp.KeyEvent("++")}
	for _, step := range steps {
		if _, err := step(ctx, target); err != nil {
			return chromedp.Void{}, err
		}
	}
	at, err := chromedp.Evaluate[[]float64](`(({left, top, width, height}) => [left + width / 2, top + height / 2])(document.querySelector("[data-chart=cpu] .u-over").getBoundingClientRect())`)(ctx, target)
	if err != nil {
		return chromedp.Void{}, err
	}
	return chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1])(ctx, target)
}
