import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const kept = new Map();
const storage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};
Object.defineProperty(globalThis, "localStorage", { configurable: true, value: storage });
const { get, set, watch } = await import("./prefs.js");

beforeEach(() => kept.clear());

test("a choice is kept, and can be taken back", () => {
  assert.equal(get("units", "binary"), "binary");
  set("units", "decimal");
  assert.equal(get("units", "binary"), "decimal");
  assert.deepEqual([...kept.keys()], ["tacho.units"]);
  set("units", undefined);
  assert.equal(get("units", "binary"), "binary");
});

test("what another program has written is no choice", () => {
  kept.set("tacho.order", "{");
  assert.deepEqual(get("order", []), []);
});

test("who watches is told", () => {
  const seen = [];
  watch("folded", (value) => seen.push(value));
  set("folded", ["cpu"]);
  set("other", 1);
  set("folded", undefined);
  assert.deepEqual(seen, [["cpu"], undefined]);
});

test("without storage a choice lasts as long as the page", () => {
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get: () => { throw new Error("denied"); } });
  set("units", "decimal");
  assert.equal(get("units", "binary"), "decimal");
  set("units", undefined);
  assert.equal(get("units", "binary"), "binary");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value: storage });
});
