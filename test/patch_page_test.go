package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// scripts gives the page what modules of tacho's have.
func (w *window) scripts(names ...string) {
	w.t.Helper()
	imported := regexp.MustCompile(`(?m)^import .*$|^export `)
	for _, name := range names {
		source, err := os.ReadFile("../assets/js/" + name + ".js")
		if err != nil {
			w.t.Fatal(err)
		}
		eval[bool](w, imported.ReplaceAllString(string(source), "")+"\ntrue")
	}
}

// patchOf brings one piece of HTML to another, and returns what it is then and which
// of its elements, marked with a star, were there before.
const patchOf = `((before, after) => {
  const template = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;
  const shown = document.body;
  shown.replaceChildren(template(before));
  const old = new Set(shown.querySelectorAll("*"));
  patch(shown, read(after));
  const elements = Array.from(shown.querySelectorAll("*"), (e) => e.localName + (old.has(e) ? "*" : ""));
  return [shown.innerHTML, elements.join(" ")];
})(%q, %q)`

func TestPatch(t *testing.T) {
	t.Parallel()
	w := open(t, "about:blank")
	w.scripts("markup", "patch")
	for name, test := range map[string]struct{ before, after, elements string }{
		"a text":                        {`<p>1 <b>a</b></p>`, `<p>2 <b>a</b></p>`, "p* b*"},
		"attributes":                    {`<b class="a" title="x">1</b>`, `<b class="b" lang="en">1</b>`, "b*"},
		"rows by place":                 {`<ul><li title="a">1</li><li title="b">2</li></ul>`, `<ul><li title="b">2</li><li title="a">1</li></ul>`, "ul* li* li*"},
		"more rows":                     {`<ul><li>1</li></ul>`, `<ul><li>1</li><li>2</li></ul>`, "ul* li* li"},
		"fewer rows":                    {`<ul><li>1</li><li>2</li></ul>`, `<ul><li>3</li></ul>`, "ul* li*"},
		"all new":                       {``, `<p>1</p>`, "p"},
		"nothing left":                  {`<p>1</p> 2`, ``, ""},
		"a text for an element":         {`<b>a</b> 1`, `2`, ""},
		"an element for a text":         {`1`, `<b>a</b> 2`, "b"},
		"one before what has an id":     {`<p>1</p><div id="t">x</div>`, `<p>0</p><p>1</p><div id="t">y</div>`, "p* p div*"},
		"none before what has an id":    {`<p>0</p><p>1</p><div id="t">x</div>`, `<p>1</p><div id="t">y</div>`, "p* div*"},
		"a paragraph that has an id":    {`<p id="v" class="a">1</p>`, `<p id="v" class="b">2</p>`, "p*"},
		"one before what has a class":   {`<p class="a">1</p>`, `<p class="b">0</p><p class="a">1</p>`, "p p*"},
		"a verdict that is edited":      {`<p id="verdict"><span id="verdict-of-a"><b>a</b> 1</span></p>`, `<p id="verdict"><span id="verdict-of-a"><b>a</b> 2</span></p>`, "p* span* b*"},
		"a verdict that is another":     {`<p id="verdict"><span id="verdict-of-a"><b>a</b> 1</span></p>`, `<p id="verdict"><span id="verdict-of-bb"><b>bb</b> 1</span></p>`, "p* span b"},
		"another id":                    {`<div id="t">x</div>`, `<div id="u">x</div>`, "div"},
		"what has an id, the other way": {`<i id="a"></i><i id="b"></i>`, `<i id="b"></i><i id="a"></i>`, "i i*"},
		"a comment":                     {`<!--a--><p>1</p>`, `<p>2</p>`, "p*"},
		"shapes":                        {`<svg><rect width="1"></rect></svg>`, `<svg><rect width="2"></rect><line></line></svg>`, "svg* rect* line"},
	} {
		got := eval[[]string](w, fmt.Sprintf(patchOf, test.before, test.after))
		if got[0] != test.after || got[1] != test.elements {
			t.Errorf("%s: %q of the elements %q, want %q of %q", name, got[0], got[1], test.after, test.elements)
		}
	}
	// What the page has of its own stays.
	for before, after := range map[string]string{
		`<details open=""><p>1</p></details>`:            `<details><p>2</p></details>`,
		`<p tabindex="-1">1</p>`:                         `<p tabindex="0">2</p>`,
		`<i lang="en"></i><p>1</p>`:                      `<i lang="en"></i><p>2</p>`,
		`<svg data-drawn=""><path></path></svg><p>1</p>`: `<svg data-drawn=""></svg><p>2</p>`,
	} {
		if got := eval[[]string](w, fmt.Sprintf(patchOf, before, after))[0]; got != strings.ReplaceAll(before, "1</p>", "2</p>") {
			t.Errorf("%s becomes %s", before, got)
		}
	}
}

// A row that is as it was is left alone, and is made new where it was something else
// meanwhile.
func TestPatchedRows(t *testing.T) {
	t.Parallel()
	w := open(t, "about:blank")
	w.scripts("markup", "patch")
	eval[any](w, `(() => {
		const row = (name, text) => '<tr data-row="' + name + '"><td class="n">' + text + '</td></tr>';
		window.html = (...rows) => "<table><tbody>" + rows.map(([name, text]) => row(name, text)).join("") + "</tbody></table>";
		window.shown = () => Array.from(document.querySelectorAll("tr"), (tr) => tr.dataset.row + tr.textContent).join(" ");
		window.give = (...rows) => (patch(document.body, read(html(...rows))), shown());
		window.browser = (...rows) => (patch(document.body, markupOf(Object.assign(document.createElement("template"), { innerHTML: html(...rows) }).content)), shown());
	})(), null`)
	for _, step := range []struct{ does, want string }{
		{`give(["a", 1], ["b", 2])`, "a1 b2"},
		{`give(["a", 1], ["b", 3])`, "a1 b3"},
		{`give(["b", 3], ["a", 1])`, "b3 a1"},
		{`browser(["b", 4], ["a", 1])`, "b4 a1"},
		{`give(["b", 3], ["a", 1])`, "b3 a1"},
		{`give(["b", 3])`, "b3"},
		{`give(["b", 3], ["a", 1], ["c", 5])`, "b3 a1 c5"},
		{`(document.querySelector("td").textContent = "untouched", give(["b", 3], ["a", 6], ["c", 5]))`, "buntouched a6 c5"},
		{`give(["b", 7], ["a", 6], ["c", 5])`, "b7 a6 c5"},
	} {
		if got := eval[string](w, step.does); got != step.want {
			t.Errorf("%s: %q, want %q", step.does, got, step.want)
		}
	}
}

// What tacho writes is read as browsers read it.
func TestMarkup(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.scripts("markup")
	const difference = `((html) => {
  const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
  const [got, want] = [read(html), markupOf(content)].map((markup) => JSON.stringify(markup, (key, value) => (key === "html" ? undefined : value)));
  const at = [...want].findIndex((letter, i) => letter !== got[i]);
  return got === want ? "" : [got, want].map((text) => text.slice(Math.max(0, at - 100), at + 100)).join(" instead of ");
})(%q)`
	pages, err := filepath.Glob("../views/testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	bodies := 0
	for _, page := range pages {
		html, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(string(html), ` class="body">`)[1:] {
			body, _, inPanel := strings.Cut(rest, "</section>")
			if !inPanel {
				continue
			}
			bodies++
			body = strings.TrimSuffix(strings.TrimSpace(body), "</div>")
			if differs := eval[string](w, fmt.Sprintf(difference, body)); differs != "" {
				t.Errorf("%s is read as %s", page, differs)
			}
		}
	}
	// Goldens are not as they are sent, and have not all of a page.
	eval[any](w, `window.messages = [], addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
		if (!message.event) messages.push(message.data);
	}, true), null`)
	w.wait(`messages.length > 0`)
	for _, part := range strings.Split(eval[string](w, `messages[0]`), "</hx-partial>") {
		_, body, ok := strings.Cut(part, ">")
		if !ok {
			continue
		}
		bodies++
		if differs := eval[string](w, fmt.Sprintf(difference, body)); differs != "" {
			t.Errorf("what is sent is read as %s", differs)
		}
	}
	if bodies < 60 {
		t.Errorf("%d bodies were read", bodies)
	}
}

// Rows that are held come in the order in which they are shown.
func TestKeptRows(t *testing.T) {
	t.Parallel()
	w := open(t, "about:blank")
	w.scripts("markup", "held")
	table := func(class, head, rows string) string {
		html := ""
		for _, row := range strings.Fields(rows) {
			html += fmt.Sprintf(`<tr data-row="%[1]s"><td tabindex="0">%[1]s</td></tr>`, row)
		}
		return fmt.Sprintf(`<div class="scroll" id="rows"><table class=%q><thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>`, class, head, html)
	}
	const byCPU, byMemory = `<th aria-sort="descending">cpu</th><th>memory</th>`, `<th>cpu</th><th aria-sort="descending">memory</th>`
	const ascending = `<th aria-sort="ascending">cpu</th><th>memory</th>`
	const kept = `((shown, arriving) => {
		document.body.innerHTML = shown;
		document.querySelector("td")?.focus();
		const fresh = read(arriving);
		keepRows(document.body, fresh);
		return textOf(find(fresh, ({ name }) => name === "tbody") ?? "none").split("").join(" ");
	})(%q, %q)`
	for name, test := range map[string]struct{ shown, arriving, want string }{
		"as they were":            {table("", byCPU, "a b c"), table("", byCPU, "c b a"), "a b c"},
		"one for another":         {table("", byCPU, "a b c"), table("", byCPU, "c d a"), "a d c"},
		"sorted by something new": {table("", byCPU, "a b c"), table("", byMemory, "c b a"), "c b a"},
		"sorted the other way":    {table("", byCPU, "a b c"), table("", ascending, "c b a"), "c b a"},
		"of another table":        {table("", byCPU, "a b c"), table("of-host", byCPU, "c b a"), "c b a"},
		"a tree":                  {table("tree", byCPU, "a b c"), table("tree", byCPU, "c b a"), "c b a"},
		"none any more":           {table("", byCPU, "a b c"), `<p>No process matches.</p>`, "n o n e"},
		"none before":             {`<p>No process matches.</p>`, table("", byCPU, "c b a"), "c b a"},
		"none of them held":       {`<p tabindex="0"></p>` + strings.ReplaceAll(table("", byCPU, "a b c"), "tabindex", "title"), table("", byCPU, "c b a"), "c b a"},
	} {
		if got := eval[string](w, fmt.Sprintf(kept, test.shown, test.arriving)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What cannot be shown of one panel keeps nothing of the others, and that panel not
// longer than it lasts.
func TestFaultOfOnePanel(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.waitState("live")
	eval[any](w, `(() => {
		window.broken = true;
		addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
			if (broken && !message.event) message.data = message.data.replace("<dt>threads</dt>", '<dt lang="it">nothing</dt>');
		}, true);
		const set = Element.prototype.setAttribute;
		Element.prototype.setAttribute = function (name, value) {
			if (name === "lang") throw new Error("not that language");
			set.call(this, name, value);
		};
	})(), null`)
	w.waitComplaint("not that language")
	const behind = `document.querySelector("#self-body").textContent`
	before := eval[string](w, behind)
	w.wait(fmt.Sprintf(`%s !== %q`, behind, before))
	eval[any](w, `broken = false, null`)
	w.wait(`[...document.querySelectorAll("#cpu-body dt")].filter(({ textContent }) => textContent === "threads").length === 1`)
	w.waitTicks(2)
	if eval[bool](w, `document.querySelector("#cpu-body").textContent.includes("nothing")`) {
		t.Error("what could not be shown is still there")
	}
}

// A page shows what it does not read itself, as a newer tacho may write it.
func TestNewerMarkup(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.waitState("live")
	eval[any](w, `addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
		message.data = message.data.replaceAll("<dt>threads</dt>", "<!-- new --><dt>threads&nbsp;&hellip;</dt>")
			.replace('<td data-label="threads">', '<td data-label="threads">&times;');
	}, true), null`)
	const terms = `[...document.querySelectorAll("#cpu-body dt")].map((term) => term.textContent)`
	w.wait(terms + `.includes("threads\u00a0…")`)
	w.wait(`[...document.querySelectorAll("#processes-body [data-label=threads]")].some((cell) => cell.textContent.startsWith("×"))`)
	w.waitTicks(2)
	if got := eval[[]string](w, terms+`.filter((term) => term.startsWith("threads"))`); len(got) != 1 {
		t.Errorf("the page shows %q", got)
	}
}

// Answers to forms are read by the page, unless they are not tacho's: those are
// htmx's, which drops the head of a document. One whose swap was cancelled does not
// come in place of the next one.
func TestAnswers(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.tolerate("Unauthorized", "500")
	w.waitState("live")
	eval[any](w, `(() => {
		const form = document.querySelector("#processes-form");
		const ask = window.fetch;
		window.answer = null;
		window.texts = [];
		window.fetch = (url, ...rest) => (answer && String(url).includes("/processes") ? answer(() => ask(url, ...rest)) : ask(url, ...rest));
		form.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => texts.push(ctx.text));
		window.html = (status, text) => async () => new Response(text, { status, headers: { "Content-Type": "text/html" } });
		window.filter = (text) => {
			form.elements.q.value = text;
			form.dispatchEvent(new Event("change", { bubbles: true }));
		};
		window.view = document.querySelector("#processes-view");
	})(), filter("tacho"), null`)
	w.wait(`view.querySelector("tbody tr")`)
	if eval[bool](w, `texts.join("") !== ""`) {
		t.Error("htmx reads what the page reads")
	}
	eval[any](w, `answer = html(200, '<html><head><title>Log in</title><meta name="a"></head><body><p>Log in here</p></body></html>'), null`)
	w.wait(`view.textContent.includes("Log in here")`)
	if got := eval[string](w, `view.innerHTML`); got != "<p>Log in here</p>" {
		t.Errorf("of the page of a proxy it shows %q", got)
	}
	// The answer is kept back until nothing is asked for any more.
	eval[any](w, `answer = null, filter("tacho"), null`)
	w.wait(`view.querySelector("tbody tr")`)
	eval[any](w, `answer = (ask) => new Promise((done) => (window.release = async () => done(await ask()))), delete window.release, null`)
	w.wait(`window.release`)
	eval[any](w, `window.swaps = texts.length, answer = null, document.querySelector("#processes-form").elements.q.value = "", release(), null`)
	w.wait(`texts.length > swaps`)
	eval[any](w, `document.querySelector("#processes-form").addEventListener("htmx:after:swap", () => (window.shown = view.textContent), { once: true }),
		answer = html(500, "<p>broken</p>"), filter("x"), null`)
	w.wait(`"shown" in window`)
	if got := eval[string](w, `shown`); got != "broken" {
		t.Errorf("of the answer after it, it shows %.60q", got)
	}
}
