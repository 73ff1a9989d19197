package test

import (
	"errors"
	"testing"

	"github.com/tacho-monitor/tacho/test/browser"
)

// A panel out of sight is given what is new now and then, and at once when it is
// printed or seen.
func TestOutOfSight(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.waitState("live")
	eval[any](w, `(() => {
		const panel = document.getElementById("kernel-body");
		const template = document.createElement("template");
		window.sent = window.given = window.messages = 0;
		addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
			if (message.event) return;
			messages++;
			template.innerHTML = message.data;
			sent = template.content.querySelector('[hx-target="#kernel-body"]').textContent;
		}, true);
		window.isNew = () => panel.textContent === sent;
		new MutationObserver(() => given++).observe(panel, { subtree: true, childList: true, characterData: true });
		window.printed = () => {
			dispatchEvent(new Event("beforeprint"));
			const now = isNew();
			dispatchEvent(new Event("afterprint"));
			return now;
		};
		// Whether it is of the newest tick before another one comes.
		window.scrolledTo = async () => {
			const before = messages;
			document.getElementById("kernel").scrollIntoView();
			while (messages === before) {
				if (isNew()) return (window.inTime = true);
				await new Promise((done) => setTimeout(done));
			}
			window.inTime = false;
		};
	})(), null`)
	w.waitTicks(2)
	const ticks = 12 // in less time than a panel rests, unless this machine is slow
	given := func() int {
		eval[any](w, `given = 0, null`)
		w.waitTicks(ticks)
		return eval[int](w, `given`)
	}
	if n := given(); n > ticks/4 {
		t.Errorf("out of sight it was given %d of %d ticks", n, ticks)
	}
	w.wait(`!isNew()`)
	if !eval[bool](w, `printed()`) {
		t.Error("what is printed is not of the newest tick")
	}
	// On a busy machine the next tick may be there before the browser has looked.
	eventually(t, func() error {
		eval[any](w, `scrollTo(0, 0), delete window.inTime, null`)
		w.wait(`!isNew()`)
		eval[any](w, `scrolledTo(), null`)
		w.wait(`"inTime" in window`)
		if !eval[bool](w, `inTime`) {
			return errors.New("what is seen is not of the newest tick")
		}
		return nil
	})
	if n := given(); n <= ticks/2 {
		t.Errorf("in sight it was given %d of %d ticks", n, ticks)
	}
}

// A bar is as long as its classes say, and has a height everywhere.
func TestBars(t *testing.T) {
	t.Parallel()
	w := open(t, start(t).URL)
	w.waitState("live")
	for _, width := range []int64{1280, 360} {
		w.do(browser.Size(width, 900))
		if wrong := eval[[]string](w, `Array.from({ length: 101 }, (_, n) => {
			const bar = document.createElement("span");
			bar.className = "bar t" + Math.floor(n / 10) + " u" + n % 10;
			document.querySelector("#mounts").append(bar);
			const { backgroundSize, backgroundImage } = getComputedStyle(bar);
			bar.remove();
			return backgroundSize === n + "% 100%" && backgroundImage.includes("gradient") ? "" : bar.className + ": " + backgroundSize + " " + backgroundImage;
		}).filter(Boolean)`); len(wrong) > 0 {
			t.Errorf("%d wide: %q", width, wrong)
		}
		if flat := eval[[]string](w, `[...document.querySelectorAll(".bar")].filter((bar) => bar.checkVisibility() && (bar.offsetWidth < 8 || bar.offsetHeight < 4)).map((bar) => bar.parentElement.outerHTML)`); len(flat) > 0 {
			t.Errorf("%d wide: no room for %q", width, flat)
		}
	}
	if plain := eval[[]string](w, `[...document.querySelectorAll(".spark path")].map((path) => getComputedStyle(path)).filter(({ stroke, fill }) => stroke === "none" || fill !== "none").map(({ stroke, fill }) => stroke + " " + fill)`); len(plain) > 0 {
		t.Errorf("trends are drawn %q", plain)
	}
}
