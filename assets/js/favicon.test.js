import assert from "node:assert/strict";
import { test } from "node:test";
import { iconOf, titleOf } from "./favicon.js";

const words = ["CPU 12 %", "atlas"];

test("a tab says what is wrong before all else", () => {
  assert.equal(titleOf("live", { state: "well", short: "All is well" }, words), "CPU 12 % · atlas");
  assert.equal(titleOf("live", { state: "unknown", short: "Not known" }, words), "CPU 12 % · atlas");
  assert.equal(titleOf("live", { state: "warning", short: "Memory is short" }, words), "▲ Memory is short · CPU 12 % · atlas");
  assert.equal(titleOf("live", { state: "critical", short: "md0 degraded" }, words), "✖ md0 degraded · CPU 12 % · atlas");
});

test("a verdict of before is none", () => {
  for (const state of ["stale", "stopped", "reconnecting", "paused"]) {
    assert.equal(titleOf(state, { state: "critical", short: "md0 degraded" }, words), `${state} · CPU 12 % · atlas`);
    assert.equal(iconOf(state, { state: "critical", short: "" }), "lost");
  }
  for (const state of ["live", "connecting"]) assert.equal(iconOf(state, { state: "critical", short: "" }), "critical");
});
