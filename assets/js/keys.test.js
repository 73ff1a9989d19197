import assert from "node:assert/strict";
import { test } from "node:test";
import { isFree, LETTERS, lookup } from "./keys.js";

const bindings = [{ keys: "h", words: "" }, { keys: "g c", words: "" }, { keys: "g g", words: "" }];

test("one key, or one that follows on another", () => {
  assert.equal(lookup(bindings, "", "h").binding, bindings[0]);
  assert.deepEqual(lookup(bindings, "", "g"), { binding: undefined, waiting: "g" });
  assert.equal(lookup(bindings, "g", "g").binding, bindings[2]);
  assert.deepEqual(lookup(bindings, "g", "x"), { binding: undefined, waiting: "" });
  assert.equal(lookup(bindings, "", "c").binding, undefined);
});

test("a letter leads to one panel", () => {
  const letters = Object.values(LETTERS);
  assert.equal(new Set(letters).size, letters.length);
});

test("keys of controls and of the browser are left alone", () => {
  const on = (tag) => ({ closest: (selector) => (selector.includes(tag) ? {} : null) });
  const page = { closest: () => null };
  assert.ok(isFree({ key: "h", target: page }));
  assert.ok(!isFree({ key: "h", target: on("textarea") }));
  assert.ok(!isFree({ key: "h", target: on("dialog") }));
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) assert.ok(!isFree({ key: "h", target: page, [modifier]: true }));
  assert.ok(!isFree({ key: "ArrowUp", target: page }));
});
