package test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/program"
)

// beside shows a page in one more window of the same viewer, whose scripts share
// what those of one origin share.
func (w *window) beside(url string) *window {
	w.t.Helper()
	ctx, _ := chromedp.NewContext(w.ctx, chromedp.WithNewWindow(true))
	other := &window{t: w.t, ctx: ctx}
	if err := chromedp.Listen(ctx, other.listen); err != nil {
		w.t.Fatal(err)
	}
	other.do(record, chromedp.Navigate(url))
	return other
}

// shut closes the window, as its viewer would.
func (w *window) shut() {
	w.t.Helper()
	if err := chromedp.Cancel(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

var pageStreams = regexp.MustCompile(`(?m)^tacho_stream_subscribers\{stream="page"\} (\d+)$`)

// waitStreams waits until so many pages take the stream.
func waitStreams(t *testing.T, p *program.Program, want int) {
	t.Helper()
	eventually(t, func() error {
		_, text := get(t, p.URL+"metrics")
		found := pageStreams.FindStringSubmatch(text)
		if found == nil {
			return fmt.Errorf("no number of streams in the metrics")
		}
		if n, _ := strconv.Atoi(found[1]); n != want {
			return fmt.Errorf("there are %d streams of pages, want %d", n, want)
		}
		return nil
	})
}

// waitSeq waits until a page shows the panels of a tick, or a later one.
func (w *window) waitSeq(seq int) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`seen.samples.at(-1)?.seq >= %d`, seq))
}

func TestTabsShareOneStream(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	w.waitTicks(3)
	first := w.beside(p.URL)
	first.waitState("live")
	second := w.beside(p.URL)
	second.waitState("live")
	waitStreams(t, p, 1)

	const read = `document.querySelector("#self-body time").dateTime`
	before := eval[string](second, read)
	second.wait(read + ` > "` + before + `"`)
	second.waitTicks(2)
	waitStreams(t, p, 1)
	if a, b := eval[int](w, `seen.samples[0].seq`), eval[int](second, `seen.samples[0].seq`); a != b {
		t.Errorf("the charts of one tab begin with tick %d, those of another with %d", a, b)
	}

	// Whoever takes the stream: as its tab closes, another one takes it over.
	w.do(chromedp.Navigate("about:blank"))
	at := first.newest()
	for _, tab := range []*window{first, second} {
		tab.waitSeq(at + 4)
		tab.waitState("live")
		tab.wantConsecutive()
	}
	waitStreams(t, p, 1)
	second.shut()
	first.waitTicks(3)
	first.waitState("live")
	first.wantConsecutive()
	first.shut()
	waitStreams(t, p, 0)
}

// windowState minimizes a window, or has it come back.
func windowState(state cdpbrowser.WindowState) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		found, err := chromedp.Call(ctx, cdpbrowser.GetWindowForTarget, cdpbrowser.GetWindowForTargetParams{})
		if err != nil {
			return chromedp.Void{}, err
		}
		_, err = chromedp.Call(ctx, cdpbrowser.SetWindowBounds, cdpbrowser.SetWindowBoundsParams{
			WindowID: found.WindowID, Bounds: &cdpbrowser.Bounds{WindowState: state},
		})
		return chromedp.Void{}, err
	}
}

// A tab in the background holds no stream for others, and on its return has what
// it missed.
func TestTabInTheBackground(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	front := w.beside(p.URL)
	front.waitState("live")
	w.do(windowState(cdpbrowser.WindowStateMinimized))
	w.waitState("paused")
	at := front.newest()
	front.waitSeq(at + 4)
	waitStreams(t, p, 1)
	w.do(windowState(cdpbrowser.WindowStateNormal))
	w.waitState("live")
	w.waitSeq(front.newest() + 2)
	for _, tab := range []*window{w, front} {
		tab.wantConsecutive()
	}
	waitStreams(t, p, 1)
	front.shut()
}

func TestTabsOfDifferentPanelsDoNotShare(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	embed := w.beside(p.URL + "embed/cpu")
	embed.waitState("live")
	waitStreams(t, p, 2)
	embed.shut()
}

// holding is a proxy that holds back what comes of a stream, and lets it go every
// few seconds, as long as it is to.
type holding struct {
	*httptest.Server
	every   atomic.Int64
	streams atomic.Int64 // asked for
	polls   atomic.Int64
}

func newHolding(t *testing.T, server string) *holding {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{}
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.FlushInterval = -1
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			if r.URL.Query().Has("poll") {
				h.polls.Add(1)
			} else {
				h.streams.Add(1)
				slow := &slow{ResponseWriter: w, every: time.Duration(h.every.Load())}
				defer slow.stop()
				w = slow
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// slow keeps what is written until its time comes.
type slow struct {
	http.ResponseWriter
	every time.Duration
	mu    sync.Mutex
	kept  bytes.Buffer
	timer *time.Timer
}

// WriteHeader passes the head on, unless the answer is held until its end.
func (s *slow) WriteHeader(code int) {
	s.ResponseWriter.WriteHeader(code)
	if s.every < time.Hour {
		http.NewResponseController(s.ResponseWriter).Flush()
	}
}

func (s *slow) Write(b []byte) (int, error) {
	if s.every == 0 {
		n, err := s.ResponseWriter.Write(b)
		http.NewResponseController(s.ResponseWriter).Flush()
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.timer = time.AfterFunc(s.every, s.let)
	}
	return s.kept.Write(b)
}

func (s *slow) let() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		return
	}
	s.timer = nil
	io.Copy(s.ResponseWriter, &s.kept)
	http.NewResponseController(s.ResponseWriter).Flush()
}

func (s *slow) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

func (s *slow) Flush() {}

// A page that arrives slowly starts when all of it is there.
func TestPageArrivesSlowly(t *testing.T) {
	t.Parallel()
	p := start(t)
	eventually(t, func() error { return rates(p.URL) })
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.FlushInterval = -1
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			pass.ServeHTTP(w, r)
			return
		}
		_, page := get(t, p.URL)
		half := strings.Index(page, `id="disks"`)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page[:half])
		w.(http.Flusher).Flush()
		// Longer than scripts wait for a first paint.
		select {
		case <-time.After(1500 * time.Millisecond):
		case <-r.Context().Done():
		}
		io.WriteString(w, page[half:])
	}))
	t.Cleanup(proxy.Close)
	w := open(t, proxy.URL)
	w.waitState("live")
	w.waitTicks(2)
	w.wantConsecutive()
}

// A server that has gone without a word is noticed, and so is its return.
func TestServerIsSilent(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	w := open(t, p.URL)
	w.tolerate(lossOfServer...)
	w.waitState("live")
	signal(t, p, syscall.SIGSTOP)
	w.waitState("reconnecting")
	signal(t, p, syscall.SIGCONT)
	w.waitStateFor(5*time.Second, "live")
	w.waitTicks(3)
	w.wantConsecutive()
}

// A timer that is late tells of a device that was asleep: its connections are not
// to be trusted.
func TestDeviceWasAsleep(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.waitState("live")
	w.waitTicks(2)
	eval[bool](w, `(() => {
		window.opened = 0;
		addEventListener("htmx:sse:after:connection", () => opened++, true);
		const now = Date.now;
		Date.now = () => now() + 3600_000;
		return true;
	})()`)
	w.wait(`opened === 1`)
	w.waitState("live")
	w.waitTicks(3)
	w.wantConsecutive()
	waitStreams(t, p, 1)
}

// A page that comes back from a long rest connects once.
func TestReturnConnectsOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	w := open(t, p.URL)
	w.do(chromedp.Evaluate[chromedp.Void](hidable), chromedp.Evaluate[chromedp.Void](asking))
	w.waitState("live")
	eval[any](w, `hide(true), null`)
	w.waitState("paused")
	waitStreams(t, p, 0)
	// What keeps time rests in the background.
	eval[any](w, `(() => {
		asked = {};
		const now = Date.now;
		Date.now = () => now() + 60_000;
		hide(false);
	})(), null`)
	w.waitState("live")
	w.waitTicks(3)
	if asked := eval[map[string]int](w, `asked`); asked["/events"] != 1 {
		t.Errorf("asked for is %v", asked)
	}
}

// A tab that follows one that gets nothing knows it.
func TestFollowerHasNoServer(t *testing.T) {
	t.Parallel()
	p := start(t)
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := open(t, proxy.URL)
	w.tolerate(append(lossOfServer, "502")...)
	w.waitState("reconnecting")
	follower := w.beside(proxy.URL)
	follower.waitState("reconnecting")
}

const heldRemark = `document.querySelector("#remarks")?.innerText.includes("holds the stream back")`

// A proxy that lets the stream go in bursts is named, and the page asks instead.
func TestProxyHoldsTheStreamBack(t *testing.T) {
	// Alone on the machine: a page that is held up itself blames nobody else.
	p := start(t)
	proxy := newHolding(t, p.URL)
	proxy.every.Store(int64(4 * time.Second))
	w := open(t, proxy.URL)
	follower := w.beside(proxy.URL)
	follower.do(chromedp.Evaluate[chromedp.Void](`
		window.remarks = 0;
		new MutationObserver((all) => (remarks += all.flatMap(({ addedNodes }) => [...addedNodes]).length)).observe(document.getElementById("remarks"), { childList: true })`))
	w.waitFor(time.Minute, heldRemark)
	follower.wait(heldRemark)
	if n := eval[int](follower, `window.remarks`); n != 1 {
		t.Errorf("who follows is told %d times", n)
	}
	follower.shut()
	if proxy.polls.Load() == 0 {
		t.Error("the page does not ask for ticks")
	}
	w.waitState("live")
	w.wait(`document.getElementById("state").title.includes("proxy")`)
	w.waitTicks(4)
	w.wantConsecutive()
	waitStreams(t, p, 0)
	w.do(chromedp.Click(chromedp.CSS("#remarks button")))
	w.wait(`document.querySelector("#remarks").innerText === ""`)
	w.waitTicks(2)

	// It has become better: the page returns to the stream by itself.
	proxy.every.Store(0)
	w.waitFor(2*time.Minute, `document.getElementById("state-text").textContent === "live"`)
	waitStreams(t, p, 1)
	polls := proxy.polls.Load()
	w.waitTicks(4)
	w.wantConsecutive()
	if proxy.polls.Load() > polls {
		t.Error("the page still asks for ticks")
	}
}

// One that passes nothing on at all is named too.
func TestProxyKeepsTheStream(t *testing.T) {
	t.Parallel()
	p := start(t)
	proxy := newHolding(t, p.URL)
	proxy.every.Store(int64(time.Hour))
	w := open(t, proxy.URL)
	w.tolerate("htmx:error", "net::ERR_")
	w.waitFor(time.Minute, heldRemark)
	w.waitState("live")
	w.waitTicks(3)
	w.wantConsecutive()
}

// offline tells the page that its device has no network, or has one again.
func offline(is bool) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: is, DownloadThroughput: -1, UploadThroughput: -1})
		return chromedp.Void{}, err
	}
}

func TestDeviceIsOffline(t *testing.T) {
	t.Parallel()
	p := start(t)
	wire := newWire(t, p.Address())
	w := open(t, "http://"+wire.address+"/")
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.waitTicks(2)
	w.do(offline(true))
	wire.down()
	w.waitState("offline")
	if text := eval[string](w, `document.querySelector("#state .words").innerText`); text != "this device has no network" {
		t.Errorf("the badge says %q", text)
	}
	wire.up()
	w.do(offline(false))
	w.waitStateFor(5*time.Second, "live")
	w.waitTicks(1)
	w.wantConsecutive()
}

// A server without room says when to come back, and the page does not come before.
func TestServerIsFull(t *testing.T) {
	t.Parallel()
	p := start(t)
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.FlushInterval = -1
	const wait = 6 * time.Second
	var refused atomic.Int64
	var early atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" && !r.URL.Query().Has("poll") {
			now := time.Now().UnixNano()
			if refused.CompareAndSwap(0, now) {
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprintf(w, "retry: 6000\nevent: full\ndata: {\"retry_seconds\":6,\"reason\":\"no\"}\n\n")
				return
			}
			// A timer of the browser may be early by a few milliseconds.
			if time.Duration(now-refused.Load()) < wait-100*time.Millisecond {
				early.Store(true)
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := open(t, proxy.URL)
	w.waitState("full")
	w.wait(`/^no room: trying again in [1-6] s$/.test(document.querySelector("#state .words").innerText)`)
	w.waitState("live")
	if early.Load() {
		t.Error("the page has asked before its time")
	}
	if text := eval[string](w, `document.querySelector("#state .words").innerText`); text != "" {
		t.Errorf("the badge still says %q", text)
	}
}

// The page of an old server says that there is a new one, and stays as it is.
func TestServerIsUpdated(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	p := start(t, "--listen="+address)
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	var updated atomic.Bool
	pass := httputil.NewSingleHostReverseProxy(target)
	pass.FlushInterval = -1
	pass.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path != "/" || !updated.Load() {
			return nil
		}
		html, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(html), "/assets/app-", "/assets/new-")))
		r.Header.Del("Content-Length")
		r.ContentLength = -1
		return err
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := open(t, proxy.URL)
	w.tolerate(append(lossOfServer, "502")...)
	w.waitState("live")
	for _, changed := range []bool{false, true} {
		updated.Store(changed)
		boot := eval[string](w, `seen.samples.at(-1).id.split("-")[0]`)
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
		w.waitState("stopped")
		p = start(t, "--listen="+address)
		w.wait(fmt.Sprintf(`seen.samples.at(-1).id.split("-")[0] !== %q`, boot))
		w.waitTicks(2)
		if changed {
			w.wait(`document.querySelector("#remarks").innerText.includes("updated")`)
		} else if text := eval[string](w, `document.querySelector("#remarks").innerText`); text != "" {
			t.Errorf("the server is the same, and the page says %q", text)
		}
	}
}
