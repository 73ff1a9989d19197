package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// outage is how long a connection or a server is away in these tests.
const outage = 10 * time.Second

// lossOfServer are the words of the browser and of htmx for it.
var lossOfServer = []string{"net::ERR_", "htmx:sse:error", "htmx:error"}

// blanks are the spans of a chart that it calls missing, as its legend says
// when the mouse is moved across it.
func (w *window) blanks(chart string) []string {
	w.t.Helper()
	return eval[[]string](w, fmt.Sprintf(`((figure) => {
		const over = figure.querySelector(".u-over");
		const box = over.getBoundingClientRect();
		const blanks = [];
		let last = "";
		for (let x = 0; x < box.width; x += 0.5) {
			over.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + box.height / 2, movementX: 1, bubbles: true }));
			const text = figure.querySelector(".moment").textContent;
			const blank = text.startsWith("no data") ? text : "";
			if (blank && blank !== last) blanks.push(blank);
			last = blank;
		}
		over.dispatchEvent(new PointerEvent("pointerleave"));
		return blanks;
	})(document.querySelector("[data-chart=%s]"))`, chart))
}

func (w *window) newest() int {
	w.t.Helper()
	return eval[int](w, `seen.samples.at(-1)?.seq ?? 0`)
}

// A connection that was away leaves no trace in the charts: what was missed is
// sent again.
func TestConnectionIsCut(t *testing.T) {
	t.Parallel()
	p := start(t)
	wire := newWire(t, p.Address())
	w := open(t, "http://"+wire.address+"/")
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.waitTicks(3)

	wire.down()
	before := w.newest()
	w.waitState("reconnecting")
	time.Sleep(outage)
	wire.up()
	w.wait(fmt.Sprintf(`seen.samples.at(-1).seq > %d`, before+int(outage/time.Second)))
	w.waitState("live")
	w.waitTicks(2)
	w.wantConsecutive()
	if blanks := w.blanks("cpu"); len(blanks) > 0 {
		t.Errorf("the chart has blanks: %q", blanks)
	}
}

// A server that was away has seen nothing meanwhile, and the charts say so.
func TestServerIsAway(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	p := start(t, "--listen="+address)
	w := open(t, p.URL)
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.waitTicks(3)

	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	w.waitState("stopped")
	time.Sleep(outage)
	start(t, "--listen="+address)
	returned := time.Now()
	w.waitStateFor(10*time.Second, "live")
	t.Logf("live %s after the server was back", time.Since(returned).Round(time.Millisecond))
	w.waitTicks(2)

	away := eval[float64](w, `(() => {
		const boot = ({ id }) => id.split("-")[0];
		const after = seen.samples.findIndex((s, i) => i > 0 && boot(s) !== boot(seen.samples[i - 1]));
		return seen.samples[after].time - seen.samples[after - 1].time;
	})()`)
	blanks := w.blanks("cpu")
	if want := fmt.Sprintf("no data %.0f s", away); len(blanks) != 1 || blanks[0] != want {
		t.Errorf("the blanks of the chart are %q, want one: %q", blanks, want)
	}
	if away < outage.Seconds() {
		t.Errorf("the server was away for %s, and no sample is missing for longer than %v s", outage, away)
	}
}

func TestBadge(t *testing.T) {
	t.Parallel()
	p := start(t, "--interval=200ms")
	wire := newWire(t, p.Address())
	w := open(t, "http://"+wire.address+"/")
	w.tolerate(lossOfServer...)
	w.waitState("live")

	signal(t, p, syscall.SIGSTOP)
	w.waitState("stale")
	signal(t, p, syscall.SIGCONT)
	w.waitState("live")

	wire.down()
	w.waitState("reconnecting")
	wire.up()
	w.waitState("live")

	other, _ := chromedp.NewContext(w.ctx, chromedp.WithNewWindow(false))
	if err := chromedp.Do(other); err != nil {
		t.Fatal(err)
	}
	w.waitState("paused")
	if err := chromedp.Cancel(other); err != nil {
		t.Fatal(err)
	}
	w.waitState("live")
	w.wantConsecutive()

	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	w.waitState("stopped")
	if title := eval[string](w, `document.title`); !strings.HasPrefix(title, "stopped") {
		t.Errorf("the title is %q", title)
	}
}

// htmx gives up a stream that is refused at first, as by a proxy whose server
// is not there yet. The page does not.
func TestStreamIsRefusedAtFirst(t *testing.T) {
	t.Parallel()
	p := start(t)
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" && asked.Add(1) <= 2 {
			http.Error(w, "not yet", http.StatusBadGateway)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := open(t, proxy.URL)
	w.tolerate("502")
	w.waitState("live")
	if n := asked.Load(); n != 3 {
		t.Errorf("the page has asked %d times for the stream, want 3", n)
	}
}
