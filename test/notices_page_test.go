package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tacho-monitor/tacho/test/program"
)

// eventful is a tacho to which things can happen: a file system of its own fills
// up, and the kernel's counters say what a test says.
type eventful struct {
	*program.Program
	t    *testing.T
	dir  string
	full string
}

func startEventful(t *testing.T) *eventful {
	t.Helper()
	e := &eventful{t: t, dir: t.TempDir()}
	e.full = filepath.Join(e.dir, "<i>full&")
	counters, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		t.Fatal(err)
	}
	write(t, e.dir, "vmstat", string(counters))
	script := fmt.Sprintf(`mkdir '%[1]s'
mount -t tmpfs -o size=1m none '%[1]s'
mount --bind '%[2]s/vmstat' /proc/vmstat`, e.full, e.dir)
	if e.Program, err = program.StartInside(e.dir, script, "--interval=500ms", "--mounts-include="+e.full); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() error { return rates(e.URL) })
	return e
}

// fill leaves a file of that many bytes in the file system.
func (e *eventful) fill(size int) {
	e.t.Helper()
	path := filepath.Join("/proc", strconv.Itoa(e.Pid()), "root", e.full, "data")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// kill counts one more process as killed for want of memory. The file stays the
// same one, for it is mounted.
func (e *eventful) kill() {
	e.t.Helper()
	path := filepath.Join(e.dir, "vmstat")
	text, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	counter := regexp.MustCompile(`(?m)^oom_kill (\d+)$`).FindSubmatch(text)
	if counter == nil {
		e.t.Fatal("no oom_kill in /proc/vmstat")
	}
	count, _ := strconv.Atoi(string(counter[1]))
	write(e.t, e.dir, "vmstat", strings.Replace(string(text), string(counter[0]), fmt.Sprint("oom_kill ", count+1), 1))
}

// eventLine is an expression for the line of the panel that has a class and a text.
func eventLine(class, text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#notices-body .event.%s")].find((e) => e.textContent.includes(%q))`, class, text)
}

// What happens is in the panel once, is said once, and has a mark in the charts.
func TestEvents(t *testing.T) {
	t.Parallel()
	e := startEventful(t)
	w := open(t, e.URL)
	w.waitState("live")
	w.waitTicks(3)
	w.do(chromedp.Evaluate[chromedp.Void](`
		window.said = [];
		new MutationObserver(() => {
			const text = document.getElementById("said")?.textContent;
			if (text && said.at(-1) !== text) said.push(text);
		}).observe(document.body, { subtree: true, childList: true, characterData: true })`))
	top := eval[float64](w, `document.getElementById("cgroups").getBoundingClientRect().top`)

	e.fill(1032192)
	w.wait(eventLine("critical", e.full+" 98 % full"))
	w.wait(fmt.Sprintf(`said.some((text) => text.includes(%q))`, "critical: "+e.full+" 98 % full"))
	e.kill()
	w.wait(eventLine("critical", "memory ran out: a process was killed"))
	signal(t, e.Program, syscall.SIGSTOP)
	w.waitState("stale")
	signal(t, e.Program, syscall.SIGCONT)
	w.wait(eventLine("warning", "tacho read nothing for"))
	e.fill(0)
	w.wait(eventLine("over", e.full+" 98 % full; over after"))

	if n := eval[int](w, `said.filter((text) => text.includes("98 % full")).length`); n != 1 {
		t.Errorf("that it is full is said %d times: %q", n, eval[[]string](w, `said`))
	}
	if at := eval[float64](w, `document.getElementById("cgroups").getBoundingClientRect().top`); at != top {
		t.Errorf("what is below the events was at %v and is at %v", top, at)
	}
	w.wantMark("98 % full")

	// Whoever comes later has it all, and is told nothing.
	later := open(t, e.URL)
	later.waitState("live")
	later.waitTicks(3)
	later.wait(eventLine("over", e.full+" 98 % full; over after"))
	if eval[bool](later, `Boolean(document.getElementById("said")?.textContent.includes("full"))`) {
		t.Error("what is over is said to who comes later")
	}
	later.wantMark("98 % full")
}

// wantMark wants a mark of that text somewhere in the first chart.
func (w *window) wantMark(text string) {
	w.t.Helper()
	w.wait(fmt.Sprintf(`(() => {
		const over = document.querySelector("#cpu .u-over");
		const box = over.getBoundingClientRect();
		const words = document.querySelector("#cpu .mark-text");
		for (let x = box.left; x < box.right; x++) {
			over.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: box.top + 5 }));
			if (words.textContent.includes(%q)) return true;
		}
	})()`, text))
}

// The browser is asked on a click and not before, and a refusal is explained.
func TestNotifyingIsAChoice(t *testing.T) {
	t.Parallel()
	w := open(t, start(t).URL)
	w.waitState("live")
	w.do(chromedp.Evaluate[chromedp.Void](`
		window.asked = 0;
		Notification.requestPermission = async () => (asked++, "denied")`))
	const box = `#notices-notify`
	w.wait(`!document.querySelector("` + box + `").disabled`)
	if eval[bool](w, `document.querySelector("`+box+`").checked`) {
		t.Error("it is on from the start")
	}
	w.do(chromedp.Click(chromedp.CSS(box)))
	w.wait(`/refused|TLS/.test(document.getElementById("notices-why").textContent) && !document.querySelector("` + box + `").checked`)
	if got := eval[int](w, `localStorage.getItem("tacho.notify") ? 1 : 0`); got != 0 {
		t.Error("a refusal is kept as a choice")
	}
}

// Who asked for it is notified while the page is out of sight, once, and of what
// begins only.
func TestHiddenPageNotifies(t *testing.T) {
	t.Parallel()
	e := startEventful(t)
	w := open(t, e.URL)
	w.waitState("live")
	w.do(chromedp.Evaluate[chromedp.Void](`
		window.shown = [];
		window.Notification = class {
			static permission = "default";
			static requestPermission = async () => (Notification.permission = "granted");
			constructor(title, { tag }) { shown.push(title); tags.add(tag); }
		};
		window.tags = new Set();` + hidable))
	w.do(chromedp.Click(chromedp.CSS(`#notices-notify`)))
	w.wait(`localStorage.getItem("tacho.notify") === "true" && document.getElementById("notices-notify").checked`)
	w.do(chromedp.Evaluate[chromedp.Void](`
		navigator.locks.request("tacho.notify /another/", () => new Promise(() => {}));
		hide(true)`))
	w.do(chromedp.Evaluate[chromedp.Void](`setInterval(async () => (window.locks = (await navigator.locks.query()).held.map(({ name }) => name)), 50)`))
	w.wait(`window.locks?.includes("tacho.notify /")`)
	e.fill(1032192)
	w.wait(fmt.Sprintf(`shown.includes(%q)`, "critical: "+e.full+" 98 % full"))
	e.kill()
	w.wait(`shown.some((title) => title.includes("memory ran out")) && tags.size === shown.length`)
	e.fill(0)
	eventually(t, func() error {
		if _, list := get(t, e.URL+"api/v1/notices"); !strings.Contains(list, "98 % full; over") {
			return fmt.Errorf("told is %s", list)
		}
		return nil
	})
	w.do(chromedp.Evaluate[chromedp.Void](`hide(false)`))
	w.wait(eventLine("over", e.full+" 98 % full; over after"))
	if shown := eval[[]string](w, `shown.filter((title) => title.includes("98 % full"))`); len(shown) != 1 {
		t.Errorf("notified is %q", shown)
	}
	if eval[bool](w, `Boolean(document.getElementById("said")?.textContent.includes("98 % full"))`) {
		t.Error("what was notified is said too")
	}
}

// A tab behind others shows what is the matter by its icon and its title, and that
// the server has gone.
func TestIconOfATabInTheBackground(t *testing.T) {
	t.Parallel()
	e := startEventful(t)
	w := open(t, e.URL)
	w.tolerate(lossOfServer...)
	w.waitState("live")
	w.do(chromedp.Evaluate[chromedp.Void](`{
		const every = setInterval;
		window.setInterval = (act, ms) => every(act, ms === 30_000 ? 300 : ms);
	}`), chromedp.Evaluate[chromedp.Void](hidable))
	eval[any](w, `hide(true), null`)
	w.waitState("paused")
	waitStreams(t, e.Program, 0)
	e.fill(1032192)
	w.wait(`/^✖ .* nearly full · CPU \d+ %/.test(document.title)`)
	w.wait(`/icon-critical-\w+\.svg$/.test(document.querySelector("link[rel=icon]").href)`)
	e.fill(0)
	w.wait(`!document.title.includes("nearly full")`)
	signal(t, e.Program, syscall.SIGSTOP)
	w.wait(`document.title.startsWith("paused")`)
	w.wait(`/icon-lost-\w+\.svg$/.test(document.querySelector("link[rel=icon]").href)`)
	signal(t, e.Program, syscall.SIGCONT)
	eval[any](w, `hide(false), null`)
	w.waitState("live")
	w.waitTicks(2)
}
