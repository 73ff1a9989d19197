package test

import "testing"

// A panel out of sight is given what is new now and then, and at once when it is
// printed or seen.
func TestOutOfSight(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.waitState("live")
	eval[any](w, `(() => {
		const panel = document.getElementById("kernel-body");
		const template = document.createElement("template");
		addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
			if (message.event) return;
			template.innerHTML = message.data;
			window.sent = template.content.querySelector('[hx-target="#kernel-body"]').textContent;
		}, true);
		window.given = 0;
		new MutationObserver(() => given++).observe(panel, { subtree: true, childList: true, characterData: true });
		window.printed = () => {
			dispatchEvent(new Event("beforeprint"));
			const text = panel.textContent;
			dispatchEvent(new Event("afterprint"));
			return text === sent;
		};
	})(), null`)
	w.waitTicks(2)
	const ticks = 12
	given := func() int {
		eval[any](w, `given = 0, null`)
		w.waitTicks(ticks)
		return eval[int](w, `given`)
	}
	if n := given(); n > ticks/2 {
		t.Errorf("out of sight it was given %d of %d ticks", n, ticks)
	}
	if !eval[bool](w, `printed()`) {
		t.Error("what is printed is not of the newest tick")
	}
	eval[any](w, `document.getElementById("kernel").scrollIntoView(), null`)
	if n := given(); n <= ticks/2 {
		t.Errorf("in sight it was given %d of %d ticks", n, ticks)
	}
}
