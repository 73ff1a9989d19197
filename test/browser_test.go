package test

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
)

// chromium is one browser for all tests. Each of them has windows of its own
// there, and cookies of its own.
var chromium struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func stopBrowser() {
	if chromium.stop != nil {
		chromium.stop()
	}
}

// recorder notes in window.seen what arrives at a page, and tells the page
// around it, if it is in a frame.
//
//go:embed testdata/recorder.js
var recorder string

// window is a window of the browser. At the end of the test, it wants that the
// page had nothing to complain about.
type window struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	tolerated  []string
}

// open shows a page in a new window, prepared by actions.
func open(t *testing.T, url string, prepare ...chromedp.Action[chromedp.Void]) *window {
	t.Helper()
	chromium.once.Do(func() { chromium.ctx, chromium.stop, chromium.err = browser.Start() })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, _ := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	w := &window{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, w.listen); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	w.do(record, browser.Size(1280, 900))
	w.do(prepare...)
	w.do(chromedp.Navigate(url))
	return w
}

func record(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: recorder})
	return chromedp.Void{}, err
}

func (w *window) listen(event any) {
	var complaint string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			complaint = fmt.Sprint(e.Entry.Source, ": ", e.Entry.Text, " ", e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		complaint = (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error()
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			complaint = "console." + string(e.Type)
			for _, argument := range e.Args {
				complaint += " " + cmp.Or(argument.Description, string(argument.Value))
			}
		}
	}
	if complaint != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.complaints = append(w.complaints, complaint)
	}
}

// tolerate lets complaints pass that contain any of the words: those that a
// test provokes.
func (w *window) tolerate(words ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tolerated = append(w.tolerated, words...)
}

// waitComplaint waits for a complaint that contains a word, and tolerates it.
func (w *window) waitComplaint(word string) {
	w.t.Helper()
	w.tolerate(word)
	eventually(w.t, func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if slices.ContainsFunc(w.complaints, func(c string) bool { return strings.Contains(c, word) }) {
			return nil
		}
		return fmt.Errorf("the page has not complained of %s, but %q", word, w.complaints)
	})
}

func (w *window) close() {
	violations, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](`window.seen?.violations`))
	if err != nil {
		w.t.Errorf("window: %v", err)
	}
	if err := chromedp.Cancel(w.ctx); err != nil && !errors.Is(err, context.Canceled) {
		w.t.Errorf("window: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, complaint := range append(w.complaints, violations...) {
		if !slices.ContainsFunc(w.tolerated, func(word string) bool { return strings.Contains(complaint, word) }) {
			w.t.Errorf("the page complained: %s", complaint)
		}
	}
}

func (w *window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		w.t.Fatal(err)
	}
}

// eval evaluates an expression in the page.
func eval[T any](w *window, expression string) T {
	w.t.Helper()
	value, err := evaluate[T](w, expression)
	if err != nil {
		w.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

func evaluate[T any](w *window, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// wait waits until a condition of the page is true.
func (w *window) wait(condition string) {
	w.t.Helper()
	w.waitFor(patience, condition)
}

func (w *window) waitFor(limit time.Duration, condition string) {
	w.t.Helper()
	within(w.t, limit, func() error {
		// A page that loads itself again may do so at any moment.
		title, err := evaluate[string](w, "Boolean("+condition+") ? '' : document.title || 'a page without a title'")
		if err != nil || title != "" {
			return cmp.Or(err, fmt.Errorf("not so in the page: %s (%s)", condition, title))
		}
		return nil
	})
}

// waitState waits until the badge says a state.
func (w *window) waitState(state string) {
	w.t.Helper()
	w.waitStateFor(patience, state)
}

func (w *window) waitStateFor(limit time.Duration, state string) {
	w.t.Helper()
	w.waitFor(limit, fmt.Sprintf(`document.querySelector("[role=status]").dataset.state === %q`, state))
}

// waitTicks waits until that many more samples have arrived.
func (w *window) waitTicks(n int) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`seen.samples.length >= %d`, eval[int](w, `seen.samples.length`)+n))
}
