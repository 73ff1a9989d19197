import assert from "node:assert/strict";
import { test } from "node:test";
import { stretches } from "./sparkline.js";

test("a line from step to step", () => {
  assert.deepEqual(stretches([0, 5, 10], 10), ["0,100.0 1,50.0 2,0.0"]);
});

test("what is missing is a hole", () => {
  assert.deepEqual(stretches([1, null, 1, null], 1), ["0,0.0", "2,0.0"]);
  assert.deepEqual(stretches([null], 1), []);
});
