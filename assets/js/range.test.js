import assert from "node:assert/strict";
import { test } from "node:test";

// What the module shows things with is the page's.
globalThis.document = { getElementById: () => null };
const { read, remains, written } = await import("./range.js");

test("a window in an address is the same when it is read", () => {
  for (const window of [{ from: 1795681094.9, to: 1795681154 }, { from: 0, to: 1 }]) assert.deepEqual(read(written(window)), window);
  assert.equal(written({ from: 1.04, to: 2.96 }), "1-3");
});

test("of a window what the charts have is shown", () => {
  const charts = { first: 700, newest: 1000, span: 300, least: 4 };
  for (const [from, to, want] of [
    [800, 900, { from: 800, to: 900 }],
    [800, 803.9, { from: 800, to: 803.9 }], // as narrow as rounding makes it
    [600, 900, { from: 700, to: 900 }],
    [600, 703, null],
    [600, 700, null],
  ]) assert.deepEqual(remains({ from, to }, charts), want, `${from}-${to}`);
  // The charts have room before the first sample of a tacho that has just begun.
  const begun = { ...charts, first: 900 };
  assert.deepEqual(remains({ from: 800, to: 950 }, begun), { from: 800, to: 950 });
  assert.equal(remains({ from: 750, to: 850 }, begun), null, "before the tacho began");
});

test("what is no window is none", () => {
  for (const text of [null, "", "5", "5-", "-5", "9-5", "5-5", "a-b", "1-2-3", "1e3-2e3", "Infinity-Infinity"]) assert.equal(read(text), null, text);
});
