import assert from "node:assert/strict";
import { test } from "node:test";
import { Bodies } from "./bodies.js";

const part = (name, body) => `<hx-partial hx-target="#${name}-body" hx-swap="patch">${body}</hx-partial>`;

test("what the page shows is not swapped again", () => {
  const bodies = new Bodies();
  const first = part("cpu", "<p>1\n2</p>") + part("disks", "<p>sda</p>");
  assert.equal(bodies.fresh(first, 0), first);
  assert.equal(bodies.fresh(part("cpu", "<p>3</p>") + part("disks", "<p>sda</p>"), 0), part("cpu", "<p>3</p>"));
  assert.equal(bodies.fresh(part("cpu", "<p>3</p>"), 0), "");
  assert.equal(bodies.fresh(part("cpu", "<p>1\n2</p>"), 0), part("cpu", "<p>1\n2</p>"));
});

test("rows that may be held in another order are", () => {
  const bodies = new Bodies();
  const rows = part("processes", `<tr data-row="process-1"></tr>`);
  assert.equal(bodies.fresh(rows, 0), rows);
  assert.equal(bodies.fresh(rows, 0), rows);
});

test("what is no partial is left alone", () => {
  assert.equal(new Bodies().fresh(`<p>x</p>${part("cpu", "")}`, 0), `<p>x</p>${part("cpu", "")}`);
});

test("what is out of sight waits for it, or for some seconds", () => {
  const away = new Set(["disks-body"]);
  const bodies = new Bodies((id) => away.has(id));
  const tick = (n) => part("cpu", n) + part("disks", n);
  assert.equal(bodies.fresh(tick(1), 0), tick(1), "the first");
  assert.equal(bodies.fresh(tick(2), 1000), part("cpu", 2));
  assert.equal(bodies.fresh(tick(3), 2000), part("cpu", 3));
  assert.equal(bodies.fresh(tick(4), 5000), tick(4));
  assert.equal(bodies.fresh(tick(5), 6000), part("cpu", 5));
  assert.equal(bodies.due(11_999), "");
  assert.equal(bodies.due(12_000), part("disks", 5), "the newest, where no more comes");
  assert.equal(bodies.due(12_000), "");
  assert.equal(bodies.fresh(tick(6), 13_000), part("cpu", 6));
  away.clear();
  assert.equal(bodies.due(13_100), part("disks", 6), "in sight again");
  assert.equal(bodies.fresh(tick(7), 14_000), tick(7));
});

test("nothing waits where all is asked for", () => {
  const bodies = new Bodies(() => true);
  bodies.fresh(part("disks", 1), 0);
  bodies.fresh(part("disks", 2), 1000);
  assert.equal(bodies.due(2000, true), part("disks", 2));
  assert.equal(bodies.due(2000, true), "");
});

test("what changes seldom is not kept waiting", () => {
  const bodies = new Bodies(() => true);
  const rest = part("notices", "none");
  bodies.fresh(rest, 0);
  for (let now = 1000; now <= 9000; now += 1000) assert.equal(bodies.fresh(rest, now), "");
  assert.equal(bodies.fresh(part("notices", "one"), 10_000), part("notices", "one"));
});

test("a message swaps what has waited long enough, though it brings nothing new", () => {
  const bodies = new Bodies(() => true);
  bodies.fresh(part("disks", 1), 0);
  bodies.fresh(part("disks", 2), 1000);
  assert.equal(bodies.fresh(part("disks", 2), 6000), part("disks", 2));
});
