import assert from "node:assert/strict";
import { test } from "node:test";
import { held } from "./held.js";

test("rows stay where they are", () => {
  assert.deepEqual(held(["a", "b", "c"], ["c", "a", "b"]), ["a", "b", "c"]);
});

test("who comes takes the place of who has gone", () => {
  assert.deepEqual(held(["a", "b", "c"], ["x", "c", "a"]), ["a", "x", "c"]);
  assert.deepEqual(held(["a", "b", "c"], ["c", "x", "y", "z", "a"]), ["a", "x", "c", "y", "z"]);
  assert.deepEqual(held(["a", "b", "c"], ["c", "a"]), ["a", "c"]);
});
