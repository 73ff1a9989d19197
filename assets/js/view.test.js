import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "./store.js";
import { PATIENCE, press, View } from "./view.js";

function viewed(seconds = 100, span = 60) {
  const store = new Store(["cpu.user"], span);
  for (let i = 1; i <= seconds; i++) add(store, i);
  return { store, view: new View(store) };
}

function add(store, i, more) {
  store.add({ seq: i, time: i, interval: 1, cpu: { user: i }, ...more }, "a");
}

test("the window follows the present", () => {
  const { store, view } = viewed();
  assert.deepEqual(view.window, { from: 40, to: 100 });
  add(store, 101);
  assert.deepEqual(view.window, { from: 41, to: 101 });
  assert.equal(view.state, "");
  assert.equal(view.zoomed, false);
});

test("before the first sample there is a window too", () => {
  const { view } = viewed(0);
  assert.deepEqual(view.window, { from: 0, to: 60 });
  view.step(1);
  view.edge("from");
  assert.equal(view.cursor, null);
});

test("a zoom holds, in either direction of the drag, until back", () => {
  const { store, view } = viewed();
  view.zoom(80, 60);
  add(store, 101);
  assert.deepEqual(view.window, { from: 60, to: 80 });
  assert.deepEqual([view.state, view.pinned, view.zoomed], ["zoomed", true, true]);
  view.back();
  assert.deepEqual(view.window, { from: 41, to: 101 });
});

test("a zoom has a least length, and shows no future", () => {
  const { view } = viewed();
  view.zoom(70, 70.1);
  assert.equal(view.window.to - view.window.from, 4);
  view.zoom(99, 110);
  assert.deepEqual(view.window, { from: 89, to: 100 });
  view.zoom(-500, 500);
  assert.equal(view.window.to - view.window.from, 60);
});

test("scaling keeps the cursor where it is", () => {
  const { view } = viewed();
  view.over(70, 0);
  view.scale(0.5);
  assert.deepEqual(view.window, { from: 55, to: 85 });
  view.scale(2);
  assert.deepEqual(view.window, { from: 40, to: 100 });
});

test("what is held is not forgotten while data arrives, and then it is", () => {
  const { store, view } = viewed();
  view.toggle();
  assert.equal(view.state, "paused");
  for (let i = 101; i <= 400; i++) add(store, i);
  assert.equal(store.times[0], 39);
  assert.equal(store.newest, 400);
  view.toggle();
  add(store, 401);
  assert.equal(store.times[0], 340);
  assert.deepEqual(view.window, { from: 341, to: 401 });
});

test("a pointer holds the window while it is there, and reads the nearest sample", () => {
  const { store, view } = viewed();
  let changes = 0;
  view.changed = () => changes++;
  view.over(70.4, 1000);
  view.over(71.6, 1100);
  assert.equal(view.cursor, 72);
  assert.equal(changes, 1);
  add(store, 101);
  assert.deepEqual([view.state, view.pinned, view.window.to], ["held", false, 100]);
  view.leave();
  assert.deepEqual([view.state, view.cursor, view.window.to], ["", null, 101]);
});

test("a pointer that was left lying on a chart does not stop it for good", () => {
  const { view } = viewed();
  view.over(70, 1000);
  view.tick(1000 + PATIENCE);
  assert.equal(view.state, "held");
  view.tick(1001 + PATIENCE);
  assert.equal(view.state, "");
});

test("a pointer that leaves ends no pause", () => {
  const { view } = viewed();
  view.over(70, 0);
  view.toggle();
  view.leave();
  assert.equal(view.state, "paused");
});

test("keys move the cursor by samples, over gaps, and the window with it", () => {
  const { store, view } = viewed();
  add(store, 110);
  view.edge("to");
  assert.deepEqual([view.cursor, view.state], [110, "held"]);
  view.step(-1);
  assert.equal(view.cursor, 100);
  view.step(1);
  assert.equal(view.cursor, 110);
  view.zoom(80, 90);
  view.step(-1);
  view.edge("from");
  assert.equal(view.cursor, 80);
  view.step(-10);
  assert.deepEqual([view.cursor, view.window], [70, { from: 70, to: 80 }]);
  view.step(-1000);
  assert.equal(view.cursor, store.times[0]);
});

test("the first step starts at the newest sample", () => {
  const { view } = viewed();
  view.step(-1);
  assert.equal(view.cursor, 100);
});

test("in a gap the cursor stays where it points", () => {
  const { store, view } = viewed();
  add(store, 110);
  view.over(103, 0);
  assert.equal(view.cursor, 103);
});

test("keys with a modifier are the browser's", () => {
  const { view } = viewed();
  let prevented = 0;
  const key = (name, more) => press(view, { key: name, preventDefault: () => prevented++, ...more });
  assert.equal(key("-", { ctrlKey: true }), false);
  assert.equal(key("a"), false);
  assert.equal(prevented, 0);
  assert.equal(key("ArrowLeft", { shiftKey: true }), true);
  assert.equal(view.cursor, 91);
  assert.equal(key("Escape"), true);
  assert.equal(view.state, "");
});
