import assert from "node:assert/strict";
import { test } from "node:test";
import { trace } from "./spark.js";

test("a trend ends at the right, and is within its picture", () => {
  assert.equal(trace([0, 50, 200], 100, 10, 4), "M0 4L0 4 5 2 10 0");
  assert.equal(trace([100], 100, 10, 4), "M10 0L10 0");
});

test("what is missing breaks the line", () => {
  assert.equal(trace([null, 100, null, null, 0], 100, 8, 4), "M2 0L2 0M8 4L8 4");
  assert.equal(trace([null, null], 100, 8, 4), "");
  assert.equal(trace([], 100, 8, 4), "");
});
