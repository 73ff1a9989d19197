import assert from "node:assert/strict";
import { test } from "node:test";
import { heights } from "./cores.js";

test("an outline of bars has a percentage for each", () => {
  assert.deepEqual(heights("M0 100V63h.86V100h.14V100h.86V100h.14V0h.86V100h.14z"), [37, 0, 100]);
  assert.deepEqual(heights("M0 100z"), []);
});
