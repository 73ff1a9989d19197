import assert from "node:assert/strict";
import { test } from "node:test";
import { Bodies } from "./bodies.js";

const part = (name, body) => `<hx-partial hx-target="#${name}-body" hx-swap="patch">${body}</hx-partial>`;

test("what the page shows is not swapped again", () => {
  const bodies = new Bodies();
  const first = part("cpu", "<p>1\n2</p>") + part("disks", "<p>sda</p>");
  assert.equal(bodies.fresh(first), first);
  assert.equal(bodies.fresh(part("cpu", "<p>3</p>") + part("disks", "<p>sda</p>")), part("cpu", "<p>3</p>"));
  assert.equal(bodies.fresh(part("cpu", "<p>3</p>")), "");
  assert.equal(bodies.fresh(part("cpu", "<p>1\n2</p>")), part("cpu", "<p>1\n2</p>"));
});

test("rows that may be held in another order are", () => {
  const bodies = new Bodies();
  const rows = part("processes", `<tr data-row="process-1"></tr>`);
  assert.equal(bodies.fresh(rows), rows);
  assert.equal(bodies.fresh(rows), rows);
});

test("what is no partial is left alone", () => {
  assert.equal(new Bodies().fresh(`<p>x</p>${part("cpu", "")}`), `<p>x</p>${part("cpu", "")}`);
});
