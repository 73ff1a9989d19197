import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "./roving.js";

test("keys go through the rows and no further", () => {
  assert.equal(placeOf("ArrowDown", 0, 3), 1);
  assert.equal(placeOf("ArrowDown", 2, 3), 2);
  assert.equal(placeOf("ArrowUp", 0, 3), 0);
  assert.equal(placeOf("Home", 2, 3), 0);
  assert.equal(placeOf("End", 0, 3), 2);
  assert.equal(placeOf("x", 0, 3), undefined);
});
