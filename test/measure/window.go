package main

import (
	"context"
	_ "embed"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

//go:embed probe.js
var probe string

// window is a window of the browser with a cache of its own, empty at first.
type window struct {
	ctx context.Context

	mu       sync.Mutex
	requests []*request
	chunk    func(text string) // takes a piece of a heap snapshot
}

// request is one that the page made, with the bytes that have come of it so
// far, headers included once it is over.
type request struct {
	id    network.RequestID
	url   string
	kind  string
	bytes float64
}

// open shows the page, live and idle.
func open(chromium context.Context, url string, size size) (*window, error) {
	ctx, _ := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	w := &window{ctx: ctx}
	if err := w.show(url, size); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *window) show(url string, size size) error {
	if err := chromedp.Listen(w.ctx, w.listen); err != nil {
		return err
	}
	if err := chromedp.Do(w.ctx, prepare, browser.Size(size.width, size.height)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(w.ctx, program.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return err
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](live)); err != nil {
		return err
	}
	return unwatch(w.ctx)
}

const live = `probe.ticks && !document.hidden && document.querySelector("[role=status]").dataset.state === "live"`

func prepare(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: probe})
	if err == nil {
		_, err = chromedp.Call(ctx, performance.Enable, performance.EnableParams{})
	}
	return chromedp.Void{}, err
}

// unwatch spares the page to report its changes to us, which costs it time and
// memory.
func unwatch(ctx context.Context) error {
	if _, err := chromedp.Call(ctx, css.Disable, cdp.Empty{}); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, dom.Disable, cdp.Empty{})
	return err
}

func (w *window) close() { chromedp.Cancel(w.ctx) }

func (w *window) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.requests = append(w.requests, &request{id: e.RequestID, url: e.Request.URL, kind: string(e.Type)})
	case *heapprofiler.EventAddHeapSnapshotChunk:
		if w.chunk != nil {
			w.chunk(e.Chunk)
		}
	case *network.EventDataReceived:
		if r := w.request(e.RequestID); r != nil {
			r.bytes += float64(e.EncodedDataLength)
		}
	case *network.EventLoadingFinished:
		if r := w.request(e.RequestID); r != nil {
			r.bytes = e.EncodedDataLength
		}
	}
}

func (w *window) request(id network.RequestID) *request {
	for _, r := range w.requests {
		if r.id == id {
			return r
		}
	}
	return nil
}

// sum is of the bytes of requests.
func sum(requests []request) (bytes float64) {
	for _, r := range requests {
		bytes += r.bytes
	}
	return bytes
}

// asked returns what was asked for so far.
func (w *window) asked() (all []request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.requests {
		all = append(all, *r)
	}
	return all
}

// apart tells streams from everything else.
func apart(requests []request) (streams, others []request) {
	for _, r := range requests {
		if path, _, _ := strings.Cut(r.url, "?"); strings.HasSuffix(path, "/events") {
			streams = append(streams, r)
		} else {
			others = append(others, r)
		}
	}
	return streams, others
}

// metrics are those of the browser about the page.
func (w *window) metrics() (map[string]float64, error) {
	result, err := chromedp.Call(w.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	metrics := map[string]float64{}
	for _, m := range result.Metrics {
		metrics[m.Name] = m.Value
	}
	return metrics, nil
}

// sweep has the garbage of the page collected.
func (w *window) sweep() error {
	for range 2 { // what the first one finalizes is the garbage of the second
		if _, err := chromedp.Call(w.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return err
		}
	}
	return nil
}

// pause waits, as long as there is a browser.
func (w *window) pause(d time.Duration) error {
	select {
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// eval evaluates an expression in the page, or what it promises.
func eval[T any](w *window, expression string) (T, error) {
	return chromedp.Run(w.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}
