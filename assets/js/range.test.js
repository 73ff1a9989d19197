import assert from "node:assert/strict";
import { test } from "node:test";

// What the module shows things with is the page's.
globalThis.document = { getElementById: () => null };
const { read, written } = await import("./range.js");

test("a window in an address is the same when it is read", () => {
  for (const window of [{ from: 1795681094.9, to: 1795681154 }, { from: 0, to: 1 }]) assert.deepEqual(read(written(window)), window);
  assert.equal(written({ from: 1.04, to: 2.96 }), "1-3");
});

test("what is no window is none", () => {
  for (const text of [null, "", "5", "5-", "-5", "9-5", "5-5", "a-b", "1-2-3", "1e3-2e3", "Infinity-Infinity"]) assert.equal(read(text), null, text);
});
