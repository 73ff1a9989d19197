import assert from "node:assert/strict";
import { test } from "node:test";
import { across, palette } from "./heat.js";
import { Store } from "./store.js";

test("each column of pixels has the sample nearest to it, and none where nothing was seen", () => {
  const store = new Store(["cores"], 60);
  for (const [i, time] of [11, 12, 13, 20].entries()) store.add({ seq: i + 1, time, interval: 1, cores: [time] }, "a");
  const places = across(store, { from: 5, to: 20 }, 15);
  const seen = places.map((at) => store.columns.get("cores")[at]?.[0] ?? null);
  assert.deepEqual(seen, [null, null, null, null, null, 11, 12, 13, null, null, null, null, null, null, null]);
});

test("an empty store has nothing to show", () => {
  assert.deepEqual(across(new Store(["cores"], 60), { from: 0, to: 10 }, 2), [-1, -1]);
});

test("the palette goes from the first colour through the second to the third", () => {
  const bytes = new Uint8Array(palette(["rgb(0, 0, 0)", "rgb(100, 50, 0)", "rgb(200, 250, 10)"]).buffer);
  const at = (n) => [...bytes.subarray(4 * n, 4 * n + 4)];
  assert.deepEqual(at(0), [0, 0, 0, 255]);
  assert.deepEqual(at(25), [50, 25, 0, 255]);
  assert.deepEqual(at(50), [100, 50, 0, 255]);
  assert.deepEqual(at(100), [200, 250, 10, 255]);
});
