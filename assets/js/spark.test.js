import assert from "node:assert/strict";
import { test } from "node:test";
import { lines } from "./spark.js";

test("a trend ends at the right, and is within its picture", () => {
  assert.deepEqual(lines([0, 50, 200], 100, 10, 4), [[[0, 4], [5, 2], [10, 0]]]);
  assert.deepEqual(lines([100], 100, 10, 4), [[[10, 0]]]);
});

test("what is missing breaks the line", () => {
  assert.deepEqual(lines([null, 100, null, null, 0], 100, 8, 4), [[[2, 0]], [[8, 4]]]);
  assert.deepEqual(lines([null, null], 100, 8, 4), []);
  assert.deepEqual(lines([], 100, 8, 4), []);
});
