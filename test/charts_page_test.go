package test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// charted opens the page of a tacho that ticks fast, once there is something in
// its charts.
func charted(t *testing.T, prepare ...chromedp.Action[chromedp.Void]) *window {
	t.Helper()
	p := start(t, "--interval=250ms")
	w := open(t, p.URL, prepare...)
	w.waitState("live")
	w.wait(`seen.samples.length >= 24`)
	return w
}

func (w *window) mouse(kind string, x, y float64, buttons int64) {
	w.t.Helper()
	w.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		button := input.MouseButtonNone
		if kind != "mouseMoved" {
			button = input.MouseButtonLeft
		}
		_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: input.DispatchMouseEventType(kind), X: x, Y: y, Button: button, Buttons: buttons, ClickCount: 1,
		})
		return chromedp.Void{}, err
	})
}

// plotAt is a place in the plot of a chart: part of its width, at half its height.
func (w *window) plotAt(chart string, part float64) (x, y float64) {
	w.t.Helper()
	at := eval[[]float64](w, fmt.Sprintf(`((box) => [box.left + %v * box.width, box.top + box.height / 2])(document.querySelector("[data-chart=%s] .u-over").getBoundingClientRect())`, part, chart))
	return at[0], at[1]
}

// moments are what the charts say that their readings are of.
func (w *window) moments() []string {
	w.t.Helper()
	return eval[[]string](w, `[...document.querySelectorAll(".moment")].map((e) => e.textContent)`)
}

const (
	heldStill = `[...document.querySelectorAll(".back")].every((e) => !e.hidden)`
	following = `[...document.querySelectorAll(".back")].every((e) => e.hidden)`
	// firstMoment is what the CPU chart says.
	firstMoment = `document.querySelector("[data-chart=cpu] .moment").textContent`
)

// What a chart shows can be had when the server has gone.
func TestTableWithoutServer(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.waitTicks(2)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	w.waitState("stopped")
	eval[any](w, `document.querySelector("[data-chart=cpu] [data-do=table]").click(), null`)
	w.wait(`document.querySelector("dialog[open] table td")`)
}

// The cursor is in all charts, and time stands still under it.
func TestCursorOfAllCharts(t *testing.T) {
	t.Parallel()
	w := charted(t)
	x, y := w.plotAt("memory", 0.985)
	w.mouse("mouseMoved", x, y, 0)
	w.wait(firstMoment + `.endsWith(" held")`)
	moments := w.moments()
	if slices.ContainsFunc(moments, func(m string) bool { return m != moments[0] }) {
		t.Errorf("the charts read different times: %q", moments)
	}
	readings := `[...document.querySelectorAll(".legend .reading")].map((e) => e.textContent).join()`
	before := eval[string](w, readings)
	w.waitTicks(4)
	if after := eval[string](w, readings); after != before {
		t.Errorf("what is read under the cursor was %s and is %s", before, after)
	}
	lines := eval[[]float64](w, `[...document.querySelectorAll(".u-cursor-x")].map((e) => Math.round(new DOMMatrix(getComputedStyle(e).transform).e / e.parentElement.clientWidth * 1000))`)
	if slices.Max(lines)-slices.Min(lines) > 3 || lines[0] <= 0 {
		t.Errorf("the cursors are at %v thousandths", lines)
	}
	w.mouse("mouseMoved", 5, 5, 0)
	w.wait(firstMoment + ` === "now"`)
}

func TestZoomByDragAndBack(t *testing.T) {
	t.Parallel()
	w := charted(t)
	drag := func() {
		t.Helper()
		from, y := w.plotAt("cpu", 0.96)
		to, _ := w.plotAt("cpu", 0.99)
		w.mouse("mouseMoved", from, y, 0)
		w.mouse("mousePressed", from, y, 1)
		w.mouse("mouseMoved", to, y, 1)
		w.mouse("mouseReleased", to, y, 0)
		w.mouse("mouseMoved", 5, 5, 0)
		w.wait(heldStill)
	}
	cursorAfter := func() string { return eval[string](w, `document.querySelector(".u-select").style.width`) }
	drag()
	if width := cursorAfter(); width != "0px" {
		t.Errorf("what was chosen is still marked, %s wide", width)
	}
	if got := w.moments(); got[0] != "zoomed" {
		t.Errorf("the charts say %q", got)
	}
	x, y := w.plotAt("disks", 0.5)
	w.do(chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	w.wait(following)
	drag()
	w.do(chromedp.KeyEvent(kb.Escape))
	w.wait(following)
	drag()
	w.click(`[data-chart=network] .back`)
	w.wait(following)
	if !eval[bool](w, `document.activeElement.matches("[data-chart=network] .plot")`) {
		t.Errorf("the focus is lost to %s", eval[string](w, `document.activeElement.outerHTML.slice(0, 100)`))
	}
}

func TestSpacePauses(t *testing.T) {
	t.Parallel()
	w := charted(t)
	w.do(chromedp.KeyEvent(" "))
	w.wait(heldStill)
	if got := w.moments(); got[0] != "paused" {
		t.Errorf("the charts say %q", got)
	}
	w.waitTicks(3)
	w.do(chromedp.KeyEvent(" "))
	w.wait(following)
	w.do(chromedp.Focus(chromedp.CSS(`form.query [type=search]`)), chromedp.KeyEvent(" "))
	w.waitTicks(2)
	if !eval[bool](w, following) {
		t.Error("a space in a field pauses")
	}
}

func TestCursorByKeyboard(t *testing.T) {
	t.Parallel()
	w := charted(t)
	const plot = `[data-chart=memory] .plot`
	value := func() string {
		return eval[string](w, `document.querySelector("`+plot+`").getAttribute("aria-valuetext")`)
	}
	w.do(chromedp.Focus(chromedp.CSS(plot)))
	if got := value(); !strings.Contains(got, "used ") || !strings.Contains(got, "iB") {
		t.Errorf("a chart that is reached says %q", got)
	}
	w.do(chromedp.KeyEvent(kb.End))
	w.wait(heldStill)
	newest := value()
	w.waitTicks(3)
	if got := value(); got != newest {
		t.Errorf("time that passes says %q", got)
	}
	position := func() float64 {
		return eval[float64](w, `new DOMMatrix(getComputedStyle(document.querySelector("[data-chart=cpu] .u-cursor-x")).transform).e`)
	}
	at := position()
	w.do(chromedp.KeyEvent(kb.ArrowLeft))
	step := at - position()
	at = position()
	w.do(chromedp.KeyEvent(kb.ArrowLeft, chromedp.KeyModifiers(chromedp.ModifierShift)))
	if ten := at - position(); step <= 0 || ten < 8*step || ten > 12*step {
		t.Errorf("one sample is %v wide, and ten are %v", step, ten)
	}
	w.do(chromedp.KeyEvent(kb.ArrowUp))
	if got := value(); strings.Contains(got, "reclaimable") || !strings.Contains(got, "used ") {
		t.Errorf("of the series that is brought out it says %q", got)
	}
	w.do(chromedp.KeyEvent("+"))
	w.wait(firstMoment + `.endsWith(" zoomed")`)
	w.do(chromedp.KeyEvent(kb.Escape))
	w.wait(following)
}

// Whoever looks from elsewhere has the times of the machine, as its logs do.
func TestTimesAreOfTheMachine(t *testing.T) {
	t.Parallel()
	w := charted(t, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"})
		return chromedp.Void{}, err
	})
	w.do(chromedp.Focus(chromedp.CSS(`[data-chart=cpu] .plot`)), chromedp.KeyEvent(kb.ArrowLeft))
	w.wait(firstMoment + ` !== "now"`)
	clock, _, _ := strings.Cut(eval[string](w, firstMoment), " ")
	now := time.Now()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", now.Format("2006-01-02 ")+clock, time.Local)
	if ago := now.Sub(at).Abs() % (24 * time.Hour); err != nil || min(ago, 24*time.Hour-ago) > 10*time.Minute {
		t.Errorf("the chart says %q at %s (%v)", clock, now.Format(time.TimeOnly), err)
	}
}

// A link holds the time that the charts show, until its viewer goes back to the
// present, and says so when that time is gone.
func TestRangeOfALink(t *testing.T) {
	t.Parallel()
	w := charted(t)
	eval[bool](w, `navigator.clipboard.writeText = (text) => (window.copied = text, Promise.resolve()), true`)
	w.do(chromedp.Focus(chromedp.CSS(`[data-chart=cpu] .plot`)), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent("+"))
	w.wait(firstMoment + `.endsWith(" zoomed")`)
	eval[any](w, `document.getElementById("tools-link").click(), null`)
	w.wait(`window.copied`)
	link := eval[string](w, `copied`)
	if !strings.Contains(link, "?range=") {
		t.Fatalf("the link is %s", link)
	}
	w.do(chromedp.Navigate(link))
	w.waitState("live")
	w.wait(`document.querySelector(".chart .back").checkVisibility()`)
	eval[bool](w, `navigator.clipboard.writeText = (text) => (window.copied = text, Promise.resolve()), true`)
	eval[any](w, `document.getElementById("tools-link").click(), null`)
	w.wait(`window.copied`)
	if again := eval[string](w, `copied`); again != link {
		t.Errorf("the link shows the time of %s, and was %s", again, link)
	}
	w.do(chromedp.Focus(chromedp.CSS(`[data-chart=cpu] .plot`)))
	w.do(chromedp.KeyEvent(kb.Escape))
	w.wait(following + ` && location.search === ""`)
	w.do(chromedp.Navigate(eval[string](w, `location.href`) + "?range=1-61"))
	w.waitState("live")
	w.wait(`document.getElementById("remarks").textContent.includes("no longer in the charts") && location.search === ""`)
}

func TestChartAsTable(t *testing.T) {
	t.Parallel()
	w := charted(t)
	eval[bool](w, `window.blobs = [], URL.createObjectURL = ((make) => (blob) => (blobs.push(blob), make.call(URL, blob)))(URL.createObjectURL), true`)
	eval[bool](w, `HTMLAnchorElement.prototype.click = ((click) => function () { blobs.at(-1).file = this.download; click.call(this); })(HTMLAnchorElement.prototype.click), true`)
	w.do(chromedp.Focus(chromedp.CSS(`[data-chart=disks] .menu summary`)), chromedp.KeyEvent(kb.Enter))
	w.click(`[data-chart=disks] [data-do=table]`)
	w.wait(`document.querySelector("dialog[open] table")`)
	if got := eval[[]string](w, `[...document.querySelectorAll("dialog thead th")].map((e) => e.textContent)`); !slices.Equal(got, []string{"time", "read (B/s)", "write (B/s)"}) {
		t.Errorf("the head of the table is %q", got)
	}
	if !eval[bool](w, `document.querySelector("dialog caption").textContent.startsWith("Disks, ")`) {
		t.Errorf("the caption is %q", eval[string](w, `document.querySelector("dialog caption").textContent`))
	}
	times := eval[[]string](w, `[...document.querySelectorAll("dialog tbody th")].map((e) => e.textContent)`)
	if len(times) < 20 || !slices.IsSortedFunc(times, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the rows are of %q", times)
	}
	eval[bool](w, `document.querySelector("dialog .actions button").click(), true`)
	w.wait(`blobs.length === 1`)
	wantCSV(w, len(times))
	eval[bool](w, `document.querySelector("dialog .actions button:last-child").click(), true`)
	w.wait(`blobs[1]?.type === "image/png" && blobs[1].size > 2000 && /^tacho-disks-.*\.png$/.test(blobs[1].file)`)
	w.do(chromedp.KeyEvent(kb.Escape))
	w.wait(`!document.querySelector("dialog")`)
	w.wait(`document.activeElement.matches("[data-chart=disks] .menu summary")`)
}

// wantCSV wants the file that was saved to have as many samples as were shown, or
// what has arrived since.
func wantCSV(w *window, rows int) {
	w.t.Helper()
	w.wait(`blobs[0].text().then((text) => { window.saved = text; }) && window.saved`)
	reader := csv.NewReader(strings.NewReader(eval[string](w, `saved`)))
	records, err := reader.ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(records[0], []string{"time (UTC)", "read (B/s)", "write (B/s)"}) || len(records) != rows+1 {
		w.t.Errorf("the file has the head %q and %d rows, want %d", records[0], len(records)-1, rows)
	}
	for _, record := range records[1:] {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", record[0]); err != nil {
			w.t.Error(err)
		}
	}
	if name := eval[string](w, `blobs[0].file`); !strings.HasPrefix(name, "tacho-disks-") || !strings.HasSuffix(name, ".csv") {
		w.t.Errorf("the file is called %s", name)
	}
}

func TestChartUnits(t *testing.T) {
	t.Parallel()
	w := charted(t)
	const used = `document.querySelector("[data-chart=memory] [data-series=used] .reading").textContent`
	if got := eval[string](w, used); !strings.HasSuffix(got, "iB") {
		t.Errorf("used is %s", got)
	}
	eval[bool](w, `((select) => (select.value = "decimal", select.dispatchEvent(new Event("change", { bubbles: true }))))(document.querySelector("[data-chart=memory] .units"))`)
	w.wait(used + `.endsWith("B") && !` + used + `.endsWith("iB")`)
	if !eval[bool](w, `[...document.querySelectorAll(".units")].every(({ value }) => value === "decimal")`) {
		t.Error("another chart offers other units")
	}
}

// What a mark says is there while the cursor is at it.
func TestMarkOfNotice(t *testing.T) {
	t.Parallel()
	w := charted(t)
	const text = `<b>sshd</b> failed`
	eval[bool](w, fmt.Sprintf(`document.getElementById("stream").dispatchEvent(new CustomEvent("notice", { detail: { data: JSON.stringify({
		id: "test-1.0", time: new Date(1000 * seen.samples.at(-4).time).toISOString(), severity: "critical", subject: %q, text: "failed", ended: false }) } }))`, "<b>sshd</b>"))
	w.do(chromedp.Focus(chromedp.CSS(`[data-chart=cpu] .plot`)), chromedp.KeyEvent(kb.End))
	shown := fmt.Sprintf(`!document.querySelector("[data-chart=disks] .mark-text").hidden && document.querySelector("[data-chart=disks] .mark-text").textContent.endsWith(%q)`, text)
	eventually(t, func() error {
		if eval[bool](w, shown) {
			return nil
		}
		w.do(chromedp.KeyEvent(kb.ArrowLeft))
		return fmt.Errorf("no mark at %q", w.moments())
	})
	if spoken := eval[string](w, `document.querySelector("[data-chart=cpu] .plot").getAttribute("aria-valuetext")`); !strings.Contains(spoken, text) {
		t.Errorf("who listens hears %q", spoken)
	}
}

// Each core has a row of pixels, and each pixel of the page as many as the screen.
func TestHeatOfCores(t *testing.T) {
	t.Parallel()
	w := charted(t)
	if eval[int](w, `document.querySelectorAll(".cores li, .strip").length`) < 2 {
		if eval[bool](w, `Boolean(document.querySelector(".heat"))`) {
			t.Error("a single core has a strip of its own")
		}
		return
	}
	const coloured = `((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 3).reduce((n, a) => n + (a > 0), 0))(document.querySelector(".heat canvas"))`
	w.wait(coloured + ` > 4`)
	height := `document.querySelector(".heat").getBoundingClientRect().height`
	if got := eval[float64](w, height); got < 8 {
		t.Errorf("the strip is %v high", got)
	}
	w.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1300, Height: 900, DeviceScaleFactor: 2})
		return chromedp.Void{}, err
	})
	const sharp = `[...document.querySelectorAll(".chart canvas")].filter((e) => e.clientWidth && Math.abs(e.width - 2 * e.clientWidth) > 2)`
	eventually(t, func() error {
		if blurred := eval[[]string](w, sharp+`.map((e) => [e.closest(".chart").dataset.chart, e.width, e.clientWidth, devicePixelRatio].join())`); len(blurred) > 0 {
			return fmt.Errorf("blurred: %q", blurred)
		}
		return nil
	})
}

// A finger reads what it is on, and scrolls the page up and down as ever.
func TestFingerReads(t *testing.T) {
	t.Parallel()
	w := charted(t)
	if got := eval[[]string](w, `[...new Set(Array.from(document.querySelectorAll(".u-over, .heat canvas"), (e) => getComputedStyle(e).touchAction))]`); !slices.Equal(got, []string{"pan-y"}) {
		t.Errorf("touch-action is %q", got)
	}
	x, y := w.plotAt("cpu", 0.985)
	touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
		t.Helper()
		w.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: append([]*input.TouchPoint{}, points...)})
			return chromedp.Void{}, err
		})
	}
	touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
	touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: x + 3, Y: y})
	touch(input.DispatchTouchEventTypeTouchEnd)
	w.wait(firstMoment + `.endsWith(" held")`)
	if !eval[bool](w, following) {
		t.Error("a finger has zoomed")
	}
}
