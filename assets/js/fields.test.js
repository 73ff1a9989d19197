import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlain } from "./fields.js";

const click = { button: 0, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, defaultPrevented: false };

test("a plain click, or the Enter key, is for the page", () => {
  assert.equal(isPlain(click), true);
});

test("a click that opens a tab or a window is the browser's", () => {
  for (const change of [{ button: 1 }, { ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { altKey: true }, { defaultPrevented: true }]) {
    assert.equal(isPlain({ ...click, ...change }), false, JSON.stringify(change));
  }
});
