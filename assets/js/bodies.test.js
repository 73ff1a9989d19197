import assert from "node:assert/strict";
import { test } from "node:test";
import { Bodies } from "./bodies.js";

const part = (name, html) => `<hx-partial hx-target="#${name}-body" hx-swap="patch">${html}</hx-partial>\n`;
const parts = (html) => Object.entries(html).map(([name, text]) => ({ id: `${name}-body`, html: `${text}` }));

test("what the page shows is not swapped again", () => {
  const bodies = new Bodies();
  const disks = part("disks", "<p>sda</p>");
  assert.deepEqual(bodies.fresh(part("cpu", "<p>1\n2</p>") + disks, 0), parts({ cpu: "<p>1\n2</p>", disks: "<p>sda</p>" }));
  assert.deepEqual(bodies.fresh(part("cpu", "<p>3</p>") + disks, 0), parts({ cpu: "<p>3</p>" }));
  assert.deepEqual(bodies.fresh(part("cpu", "<p>3</p>"), 0), []);
  assert.deepEqual(bodies.fresh(part("cpu", "<p>1\n2</p>"), 0), parts({ cpu: "<p>1\n2</p>" }));
});

test("what is for no body is left out, and keeps nothing of the others", () => {
  const other = `<hx-partial hx-swap="patch" hx-target="#disks-body" class="new">1</hx-partial>`;
  const none = `<hx-partial hx-target="main">1</hx-partial><p>2</p><hx-partial>3</hx-partial><hx-partially hx-target="#a">4</hx-partial>`;
  assert.deepEqual(new Bodies().fresh(none + other + part("cpu", "2"), 0), parts({ disks: "1", cpu: "2" }));
});

test("rows that may be held in another order are", () => {
  const bodies = new Bodies();
  const rows = `<tr data-row="process-1"></tr>`;
  for (let i = 0; i < 2; i++) assert.deepEqual(bodies.fresh(part("processes", rows), 0), parts({ processes: rows }));
});

test("what is out of sight waits for it, or for some seconds", () => {
  const away = new Set(["disks-body"]);
  const bodies = new Bodies((id) => away.has(id));
  const tick = (n) => part("cpu", n) + part("disks", n);
  assert.deepEqual(bodies.fresh(tick(1), 0), parts({ cpu: 1, disks: 1 }), "the first");
  assert.deepEqual(bodies.fresh(tick(2), 1000), parts({ cpu: 2 }));
  assert.deepEqual(bodies.fresh(tick(3), 2000), parts({ cpu: 3 }));
  assert.deepEqual(bodies.fresh(tick(4), 5000), parts({ cpu: 4, disks: 4 }));
  assert.deepEqual(bodies.fresh(tick(5), 6000), parts({ cpu: 5 }));
  assert.deepEqual(bodies.due(11_999), []);
  assert.deepEqual(bodies.due(12_000), parts({ disks: 5 }), "the newest, where no more comes");
  assert.deepEqual(bodies.due(12_000), []);
  assert.deepEqual(bodies.fresh(tick(6), 13_000), parts({ cpu: 6 }));
  away.clear();
  assert.deepEqual(bodies.due(13_100), parts({ disks: 6 }), "in sight again");
  assert.deepEqual(bodies.fresh(tick(7), 14_000), parts({ cpu: 7, disks: 7 }));
});

test("nothing waits where all is asked for", () => {
  const bodies = new Bodies(() => true);
  bodies.fresh(part("disks", 1), 0);
  bodies.fresh(part("disks", 2), 1000);
  assert.deepEqual(bodies.due(2000, true), parts({ disks: 2 }));
  assert.deepEqual(bodies.due(2000, true), []);
});

test("what changes seldom is not kept waiting", () => {
  const bodies = new Bodies(() => true);
  const rest = part("notices", "none");
  bodies.fresh(rest, 0);
  for (let now = 1000; now <= 9000; now += 1000) assert.deepEqual(bodies.fresh(rest, now), []);
  assert.deepEqual(bodies.fresh(part("notices", "one"), 10_000), parts({ notices: "one" }));
});

test("a message swaps what has waited long enough, though it brings nothing new", () => {
  const bodies = new Bodies(() => true);
  bodies.fresh(part("disks", 1), 0);
  bodies.fresh(part("disks", 2), 1000);
  assert.deepEqual(bodies.fresh(part("disks", 2), 6000), parts({ disks: 2 }));
});
