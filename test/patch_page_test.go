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

// What tacho writes is read as browsers read it.
func TestMarkup(t *testing.T) {
	t.Parallel()
	w := open(t, "about:blank")
	w.scripts("markup")
	const difference = `((html) => {
  const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
  const [got, want] = [read(html), markupOf(content)].map((markup) => JSON.stringify(markup));
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
	if bodies < 40 {
		t.Errorf("%d bodies were read", bodies)
	}
}

// A page shows what it does not read itself, as a newer tacho may write it.
func TestNewerMarkup(t *testing.T) {
	t.Parallel()
	w := open(t, start(t, "--interval=250ms").URL)
	w.waitState("live")
	eval[any](w, `addEventListener("htmx:sse:before:message", ({ detail: { message } }) => {
		message.data = message.data.replaceAll("<dt>threads</dt>", "<!-- new --><dt>threads&nbsp;&hellip;</dt>");
	}, true), null`)
	const terms = `[...document.querySelectorAll("#cpu-body dt")].map((term) => term.textContent)`
	w.wait(terms + `.includes("threads\u00a0…")`)
	w.waitTicks(2)
	if got := eval[[]string](w, terms+`.filter((term) => term.startsWith("threads"))`); len(got) != 1 {
		t.Errorf("the page shows %q", got)
	}
}
