package test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	shownRows = `[...document.querySelectorAll("#processes .scroll")].filter((e) => e.offsetParent).flatMap((e) => [...e.querySelectorAll("tbody tr")])`
	shared    = `document.querySelector("#processes-table").offsetParent !== null && !document.querySelector("#processes-view").hasChildNodes()`
)

// rowsShown are the cells of one column in the rows that a viewer sees.
func (w *window) rowsShown(column string) []string {
	w.t.Helper()
	return eval[[]string](w, fmt.Sprintf(`%s.map((row) => row.querySelector(%q)?.textContent.trim() ?? "none")`, shownRows, column))
}

// openProcess opens the drawer of the oldest process that is shown: a younger one
// may have ended since it was sampled, which the browser would report.
func (w *window) openProcess() {
	w.t.Helper()
	const oldest = `.map((row) => row.querySelector("a.drawer")).reduce((a, b) => (Number(new URL(b.href).searchParams.get("start")) < Number(new URL(a.href).searchParams.get("start")) ? b : a))`
	eval[any](w, shownRows+oldest+`.click(), null`)
	w.wait(`document.querySelector("dialog[open] .trend path")`)
}

// waitRows waits until all rows that are shown have a text in a column, and
// there is one.
func (w *window) waitRows(column, text string) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`((rows) => rows.length > 0 && rows.every((row) => row.querySelector(%q)?.textContent.includes(%q)))(%s)`,
		column, text, shownRows))
}

// fill writes into a field as a viewer does, key by key.
func (w *window) fill(field, text string) {
	w.t.Helper()
	eval[bool](w, fmt.Sprintf(`(document.querySelector(%[1]q).focus(), document.activeElement.matches(%[1]q))`, field))
	w.do(chromedp.KeyEvent(text))
}

// empty clears a field as its button does.
func (w *window) empty(field string) {
	w.t.Helper()
	eval[bool](w, fmt.Sprintf(`((field) => {
		field.value = "";
		return field.dispatchEvent(new Event("input", { bubbles: true }));
	})(document.querySelector(%q))`, field))
}

// click clicks on an element where it is at this moment.
func (w *window) click(element string) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`document.querySelector(%q)?.getClientRects().length`, element))
	at := eval[[]float64](w, fmt.Sprintf(`((element) => {
		element.scrollIntoView({ block: "nearest" });
		const box = element.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})(document.querySelector(%q))`, element))
	w.do(chromedp.MouseClickXY(at[0], at[1]))
}

func (w *window) query() string { return eval[string](w, `location.search`) }

const processFilter = `#processes-form [name="q"]`

// A filter narrows the table of one viewer, and disturbs neither him nor others.
func TestProcessFilter(t *testing.T) {
	t.Parallel()
	startSubject(t, "needle one", fmt.Sprint("rest ", os.Geteuid()))
	startSubject(t, "needle two", fmt.Sprint("rest ", os.Geteuid()))
	p := start(t, "--interval=500ms")
	eventually(t, func() error { return rates(p.URL) })
	other, w := open(t, p.URL), open(t, p.URL)
	other.waitState("live")
	w.waitState("live")
	all := len(w.rowsShown(".name"))
	w.fill(processFilter, "needl")
	w.waitRows(".name", "needle ")
	// What follows is typed into the middle.
	w.fill(processFilter, "e tw")
	w.waitRows(".name", "needle two")
	eval[any](w, `document.querySelector('`+processFilter+`').setSelectionRange(3, 5)`)
	w.waitTicks(10)
	if got := eval[string](w, `((f) => [f === document.activeElement, f.value, f.selectionStart, f.selectionEnd].join())(document.querySelector('`+processFilter+`'))`); got != "true,needle tw,3,5" {
		t.Errorf("after ten ticks the field is %s", got)
	}
	if got := w.rowsShown(".name"); !slices.Equal(got, []string{"needle two"}) {
		t.Errorf("after ten ticks there are %q", got)
	}
	if values, _ := url.ParseQuery(strings.TrimPrefix(w.query(), "?")); values.Get("q") != "needle tw" {
		t.Errorf("the address has %q", w.query())
	}
	if got := len(other.rowsShown(".name")); got < all-5 || other.query() != "" {
		t.Errorf("another viewer had %d rows, and has %d at %q", all, got, other.query())
	}

	w.do(chromedp.Navigate(p.URL + w.query()))
	w.waitRows(".name", "needle two")
	w.waitState("live")
	w.waitTicks(3)
	if got := w.rowsShown(".name"); !slices.Equal(got, []string{"needle two"}) || !eval[bool](w, `document.querySelector('`+processFilter+`').value === "needle tw"`) {
		t.Errorf("loaded again, the page shows %q", got)
	}
	w.empty(processFilter)
	w.wait(shared)
	w.waitTicks(3)
	if !eval[bool](w, shared) || w.query() != "" || len(w.rowsShown(".name")) < all-5 {
		t.Errorf("without a filter there are %d rows at %q", len(w.rowsShown(".name")), w.query())
	}
	w.fill(processFilter, "no such process")
	w.waitRows(".absence", "No process matches")
}

// Answers that take longer than a tick come all the same.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=250ms")
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.FlushInterval = -1
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/processes") {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return
			}
		}
		forward.ServeHTTP(rw, r)
	}))
	t.Cleanup(slow.CloseClientConnections)
	w := open(t, slow.URL)
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.fill(processFilter, "tacho")
	w.waitRows(".name", "tacho")
	w.empty(processFilter)
	w.wait(shared)
	w.openProcess()
	const moment = `document.querySelector("dialog main time")?.dateTime`
	w.wait(moment)
	w.wait(fmt.Sprintf(`%s > %q`, moment, eval[string](w, moment)))
}

// By the heads of its columns the table is sorted, and turned around.
func TestProcessOrder(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=500ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	head := func(key string) string {
		return fmt.Sprintf(`document.querySelector('#processes-view thead button[value="%s"]')?.closest("th").ariaSort`, key)
	}
	w.wantScrollStays("#processes-table")
	w.click(`#processes-table thead button[value="memory"]`)
	w.wait(head("memory") + ` === "descending"`)
	w.wantSorted(`[data-label="memory"]`, -1)
	if !strings.Contains(w.query(), "sort=memory") {
		t.Errorf("the address has %q", w.query())
	}
	w.click(`#processes-view thead button[value="memory"]`)
	w.wait(head("memory") + ` === "ascending"`)
	w.wantSorted(`[data-label="memory"]`, 1)
	if !strings.Contains(w.query(), "order=asc") {
		t.Errorf("the address has %q", w.query())
	}
	w.click(`#processes-view thead button[value="pid"]`)
	w.wait(head("pid") + ` === "descending"`)
	w.wantSorted(`[data-label="pid"]`, -1)
	w.wantScrollStays("#processes-chosen")
	w.do(chromedp.Navigate(p.URL + w.query()))
	w.waitState("live")
	w.waitTicks(2)
	w.wantSorted(`[data-label="pid"]`, -1)
}

// wantSorted wants the numbers of a column in order, at any tick.
func (w *window) wantSorted(column string, sign int) {
	w.t.Helper()
	w.wait(shownRows + `.length > 1`)
	// All of one moment: a tick may come between two questions.
	cells := w.rowsShown(column)
	numbers := make([]float64, len(cells))
	for i, cell := range cells {
		numbers[i] = quantity(w.t, cell)
	}
	if !slices.IsSortedFunc(numbers, func(a, b float64) int { return sign * cmp.Compare(a, b) }) {
		w.t.Errorf("not sorted: %q", cells)
	}
}

// quantity reads a number with its unit as the page writes it.
func quantity(t *testing.T, text string) float64 {
	t.Helper()
	amount, unit := text, ""
	if i := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }); i >= 0 {
		amount, unit = text[:i], strings.TrimSpace(text[i:])
	}
	value, err := strconv.ParseFloat(amount, 64)
	factor, known := map[string]float64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[unit]
	if err != nil || !known {
		t.Fatalf("%q is no quantity", text)
	}
	return value * factor
}

// wantScrollStays wants a table to stay where the viewer has scrolled it to.
func (w *window) wantScrollStays(table string) {
	w.t.Helper()
	scroll := fmt.Sprintf(`document.querySelector(%q)`, table)
	at := eval[float64](w, `(`+scroll+`.scrollTop = 60, `+scroll+`.scrollTop)`)
	if at != 60 {
		w.t.Fatalf("scrolled to %v", at)
	}
	w.waitTicks(10)
	if got := eval[float64](w, scroll+`.scrollTop`); got != at {
		w.t.Errorf("%s was scrolled to %v, and ten ticks later is at %v", table, at, got)
	}
}

// Who may be chosen by user and unit, and the scale of the processor.
func TestProcessChoices(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	busy := startSubject(t, "choosy", "burn 2")
	p := start(t, "--interval=500ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	w.fill(`#processes-form [name="user"]`, me.Username)
	w.waitRows(".owner", me.Username)
	w.fill(processFilter, "choosy")
	w.waitRows(".name", "choosy")
	// Who has two threads on as many processors or more has more of a core than of the host.
	eventually(t, func() error {
		if share := w.shareOf(busy); share < 20 {
			return fmt.Errorf("it has %v %% of a core", share)
		}
		return nil
	})
	w.click(`#processes-form [name="cpu"]`)
	w.wait(`document.querySelector("#processes-view thead th.level").title.includes("of all cores")`)
	eventually(t, func() error {
		row := processOf(t, p.URL, busy.pid())
		want := row["cpu_percent"].(float64) / float64(cores(t))
		if got := w.shareOf(busy); got < want/2 || got > 2*want {
			return fmt.Errorf("it has %v %% of the host, want %v %%", got, want)
		}
		return nil
	})
	if !strings.Contains(w.query(), "cpu=host") {
		t.Errorf("the address has %q", w.query())
	}
	w.fill(`#processes-form [name="unit"]`, "no-such.service")
	w.waitRows(".absence", "No process matches")
	w.empty(`#processes-form [name="unit"]`)
	w.waitRows(".name", "choosy")
	w.fill(`#processes-form [name="user"]`, "x")
	w.waitRows(".absence", "No process matches")
}

// shareOf is the share of the processor that the page shows of a process, 0
// while it shows none.
func (w *window) shareOf(s *subject) float64 {
	w.t.Helper()
	text := eval[string](w, fmt.Sprintf(`%s.find((row) => row.querySelector(".pid")?.textContent === "%d")?.querySelector('[data-label="CPU"] .n').textContent ?? ""`, shownRows, s.pid()))
	number, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0
	}
	return value
}

func cores(t *testing.T) (n int) {
	t.Helper()
	for _, row := range table(t, "/proc/stat") {
		if strings.HasPrefix(row[0], "cpu") && row[0] != "cpu" {
			n++
		}
	}
	return n
}

// A process may call itself anything. That is shown, and nothing more.
func TestHostileProcessNames(t *testing.T) {
	t.Parallel()
	names := []string{"<img src=x oner", "<b onclick=x()>", `"><script>x(1)`, "{{x}}`${x}`\\'&lt", "\x1b[31m\xff\u202ered", "two\nlines"}
	for _, name := range names {
		startSubject(t, name, fmt.Sprint("rest ", os.Geteuid()))
	}
	p := start(t, "--interval=500ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL+"?sort=started")
	w.waitState("live")
	w.waitTicks(3)
	if n := eval[int](w, `document.querySelectorAll("#processes :is(img, b, script, [onclick], [onerror])").length`); n > 0 {
		t.Errorf("%d elements of the names' making", n)
	}
	if text := eval[string](w, `document.getElementById("processes").textContent`); strings.ContainsAny(text, "\x1b\u202e") {
		t.Error("control characters are in the page")
	}
	w.fill(processFilter, `<img src=x`)
	w.waitRows(".name", "<img src=x oner")
	w.fill(processFilter, ` onerror=alert(1)>"'&`)
	w.waitRows(".absence", "No process matches")
	w.do(chromedp.Navigate(p.URL + w.query()))
	w.waitRows(".absence", "No process matches")
	if got := eval[string](w, `document.querySelector('`+processFilter+`').value`); got != `<img src=x onerror=alert(1)>"'&` {
		t.Errorf("loaded again, the filter is %q", got)
	}
}

// Without scripts, the controls load the page anew with what was chosen.
func TestProcessesWithoutScripts(t *testing.T) {
	t.Parallel()
	startSubject(t, "needle plain", fmt.Sprint("rest ", os.Geteuid()))
	p := start(t, "--interval=8s") // after which the page loads itself again, whatever a reader does
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	w.fill(processFilter, "needle plain")
	w.click(`#processes-form button`)
	w.waitRows(".name", "needle plain")
	w.clickUntil(`#processes-view thead button[value="memory"]`,
		`document.querySelector('#processes-view thead button[value="memory"]')?.closest("th").ariaSort === "descending"`)
	w.waitRows(".name", "needle plain")
}

// clickUntil clicks in each document until the condition is true: a page that
// loads itself again may do so just then.
func (w *window) clickUntil(selector, condition string) {
	w.t.Helper()
	eventually(w.t, func() error {
		next, err := evaluate[string](w, fmt.Sprintf(
			`(%s) ? "" : document.readyState === "complete" && !window.clicked ? (window.clicked = true, "click") : "wait"`, condition))
		switch {
		case err != nil:
			return err
		case next == "":
			return nil
		case next == "click":
			w.click(selector)
		}
		return fmt.Errorf("not so in the page: %s", condition)
	})
}

// The table of units and containers is chosen from in the same way, and both
// choices stand side by side.
func TestCgroupChoices(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=500ms")
	eventually(t, func() error { return rates(p.URL) })
	w := open(t, p.URL)
	w.waitState("live")
	const rows = `[...document.querySelectorAll("#cgroups-view tbody tr")]`
	// Each group has a slash in its path.
	w.fill(`#cgroups-form [name="cgroup_q"]`, "/")
	w.wait(rows + `.length > 0`)
	w.click(`#cgroups-view thead button[value="name"]`)
	w.wait(`document.querySelector('#cgroups-view thead button[value="name"]').closest("th").ariaSort === "descending"`)
	w.fill(processFilter, "tacho")
	w.waitRows(".name", "tacho")
	w.waitTicks(10)
	values, _ := url.ParseQuery(strings.TrimPrefix(w.query(), "?"))
	if values.Get("cgroup_q") != "/" || values.Get("cgroup_sort") != "name" || values.Get("q") != "tacho" {
		t.Errorf("the address has %q", w.query())
	}
	w.do(chromedp.Navigate(p.URL + w.query()))
	w.wait(rows + `.length > 0`)
	w.waitRows(".name", "tacho")
	w.fill(`#cgroups-form [name="cgroup_q"]`, "no such group")
	w.wait(rows + `.some((row) => row.textContent.includes("No unit or container matches"))`)
	w.empty(`#cgroups-form [name="cgroup_q"]`)
	w.click(`#cgroups-view thead button[value="cpu"]`)
	w.wait(`!document.querySelector("#cgroups-view").hasChildNodes() && document.querySelector("#cgroups-table").offsetParent`)
	w.waitRows(".name", "tacho")
}

// However many look at the usual page, each tick is rendered once.
func TestViewersShareTheTables(t *testing.T) {
	t.Parallel()
	const viewers, ticks = 20, 10
	p := start(t, "--interval=200ms")
	var streams []<-chan string
	for range viewers {
		streams = append(streams, follow(t, p.URL+"events"))
	}
	for _, lines := range streams {
		await(t, lines, `data: <hx-partial hx-target="#processes-body"`)
	}
	_, text := get(t, p.URL)
	panels := float64(strings.Count(text, `class="body"`))
	before, first := encodings(t, p.URL)
	for range ticks {
		for _, lines := range streams {
			await(t, lines, `data: <hx-partial hx-target="#processes-body"`)
		}
	}
	after, last := encodings(t, p.URL)
	if each := (after - before) / (last - first); each > panels*1.5 {
		t.Errorf("%v encodings a tick of %v panels for %d viewers", each, panels, viewers)
	}
}

func encodings(t *testing.T, url string) (encoded, tick float64) {
	t.Helper()
	_, text := get(t, url+"metrics")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, `tacho_stream_encodings_total{stream="page"} `); ok {
			encoded = number(t, strings.TrimSpace(value))
		}
	}
	s, err := snapshotOf(url)
	if err != nil || encoded == 0 {
		t.Fatalf("%v encodings: %v", encoded, err)
	}
	return encoded, float64(s.Seq)
}
