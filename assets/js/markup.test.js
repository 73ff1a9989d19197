import assert from "node:assert/strict";
import { test } from "node:test";
import { attribute, find, read, textOf } from "./markup.js";

const element = (name, attributes, ...children) => ({ name, id: "", attributes, children });

test("elements, attributes and texts are read", () => {
  assert.deepEqual(read(`<p class="a b" hidden title="x">1 <b>2</b>3</p>\n4`), element("", [],
    element("p", ["class", "a b", "hidden", "", "title", "x"], "1 ", element("b", [], "2"), "3"), "\n4"));
  assert.deepEqual(read("5<br>6<input disabled>"), element("", [], "5", element("br", []), "6", element("input", ["disabled", ""])));
  assert.deepEqual(read(""), element("", []));
});

test("an equals sign, a blank and a line may stand in a value", () => {
  assert.deepEqual(read(`<a href="/?a=b&amp;c=d" title="e f\ng" download></a>`).children[0].attributes, ["href", "/?a=b&c=d", "title", "e f\ng", "download", ""]);
  assert.deepEqual(read(`<td class="" title="a"></td>`).children[0].attributes, ["class", "", "title", "a"]);
});

test("what is escaped is read as what it stands for", () => {
  assert.deepEqual(read("<b>&lt;b&gt; &amp;amp; &#34;&#39;</b>").children[0].children, [`<b> &amp; "'`]);
});

test("the id is at hand, and whatever else is asked for", () => {
  const fresh = read(`<div><ul id="a"><li title="1">x<b>y</b></li><li title="2"></li></ul></div>`);
  assert.equal(fresh.children[0].children[0].id, "a");
  const item = find(fresh, ({ name }) => name === "li");
  assert.equal(attribute(item, "title"), "1");
  assert.equal(attribute(item, "id"), undefined);
  assert.equal(textOf(item), "xy");
  assert.equal(find(fresh, ({ name }) => name === "ol"), undefined);
});

test("a row is read when what is in it is asked for, and not before", () => {
  const fresh = read(`<tbody>1<tr data-row="a" class="b"><td>&nbsp;</td></tr>2<tr data-row="c"><td>3</td></tr></tbody>`);
  const [, broken, , whole] = fresh.children[0].children;
  assert.deepEqual([broken.name, attribute(broken, "data-row"), attribute(broken, "class")], ["tr", "a", "b"]);
  assert.throws(() => broken.children, SyntaxError);
  assert.deepEqual([...whole.children], [element("td", [], "3")]);
  assert.equal(whole.html, `<tr data-row="c"><td>3</td></tr>`);
  assert.throws(() => read(`<tr data-row="a"><td>`), SyntaxError);
});

test("what the server does not write is refused", () => {
  for (const html of ["<p>", "</p>", "<p></b>", "<b><i></b></i>", "&nbsp;", "&lt", "<!-- x -->", `<p title="&eacute;"></p>`, "&constructor;", "<",
    "<p title='it'></p>", "<p title=x></p>", "<p hidden data-x=1></p>", `<p title="a>b"></p>`, `<p title="a > b" class="c"></p>`, `<p title="it></p>`,
    `<p  class="a"></p>`, "<input />", `<p class="a" \n></p>`, `<p class = "a"></p>`, `<p title='a b="c"'></p>`, `<p title="a"class="b"></p>`, `<p class="a" ></p>`]) {
    assert.throws(() => read(html), SyntaxError, html);
  }
});
