import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged, read, written } from "./panels.js";

const names = ["cpu", "memory", "disks", "network"];

test("the order of a viewer", () => {
  assert.deepEqual(arranged(names, []), names);
  assert.deepEqual(arranged(names, ["network", "cpu", "memory", "disks"]), ["network", "cpu", "memory", "disks"]);
});

test("an order of another version of the page", () => {
  assert.deepEqual(arranged(names, ["disks", "gone", "cpu", "disks"]), ["disks", "network", "cpu", "memory"]);
  assert.deepEqual(arranged(names, ["memory"]), ["cpu", "memory", "disks", "network"]);
});

test("an arrangement in an address", () => {
  const arrangement = { order: ["disks", "cpu"], folded: ["cpu"] };
  assert.equal(written(arrangement), "disks,-cpu");
  assert.deepEqual(read("disks,-cpu"), arrangement);
  assert.deepEqual(read(""), { order: [], folded: [] });
});
