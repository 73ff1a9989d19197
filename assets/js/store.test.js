import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "./store.js";

function sample(seq, time, user = seq, more = {}) {
  return { seq, time, interval: 1, cpu: { user }, ...more };
}

function stored(...samples) {
  const store = new Store(["cpu.user"], 300);
  for (const s of samples) store.add(s, "a");
  return store;
}

function users(store) {
  return store.columns.get("cpu.user");
}

test("samples become columns", () => {
  const store = stored(sample(1, 100), sample(2, 101), sample(3, 102));
  assert.deepEqual(store.times, [100, 101, 102]);
  assert.deepEqual(users(store), [1, 2, 3]);
  assert.equal(store.newest, 102);
  assert.deepEqual(store.gaps, []);
});

test("a sample that was there before is ignored", () => {
  const store = stored(sample(1, 100), sample(2, 101));
  assert.equal(store.add(sample(2, 101, 99), "a"), false);
  assert.equal(store.add(sample(1, 100, 99), "a"), false);
  assert.deepEqual(users(store), [1, 2]);
});

test("a missing number is null, a missing chart too", () => {
  const store = stored(sample(1, 100, null), { seq: 2, time: 101, interval: 1 });
  assert.deepEqual(users(store), [null, null]);
});

test("samples more than two and a half intervals apart have a gap between them", () => {
  const near = stored(sample(1, 100), sample(2, 102.5));
  assert.deepEqual(near.gaps, []);
  const far = stored(sample(1, 100), sample(2, 102.6));
  assert.deepEqual(far.gaps, [{ from: 100, to: 102.6 }]);
  assert.deepEqual(users(far), [1, null, 2]);
  assert.equal(far.gapAt(101)?.to, 102.6);
  assert.equal(far.gapAt(102.6), undefined);
});

test("an interval that was changed is no gap", () => {
  const store = stored(sample(1, 100), sample(2, 105, 2, { interval: 5 }), sample(3, 110, 3, { interval: 5 }));
  store.add(sample(4, 114), "a");
  assert.deepEqual(store.gaps, []);
});

test("a gap that the server tells of is one, however short", () => {
  const told = stored(sample(1, 100), sample(2, 101, 2, { gap: { reason: "late", seconds: 0.4 } }));
  assert.deepEqual(told.gaps, [{ from: 100, to: 101 }]);
  const lost = stored(sample(1, 100));
  lost.lose();
  lost.add(sample(2, 101), "a");
  lost.add(sample(3, 102), "a");
  assert.deepEqual(lost.gaps, [{ from: 100, to: 101 }]);
});

test("a restarted server counts from one again", () => {
  const store = stored(sample(7, 100), sample(8, 101));
  assert.equal(store.add(sample(1, 110), "b"), true);
  assert.deepEqual(store.times, [100, 101, 105.5, 110]);
  assert.equal(store.add(sample(1, 110), "b"), false);
});

test("a clock that was set back overwrites what it had shown, and time stays in order", () => {
  const store = stored(sample(1, 100), sample(2, 101), sample(3, 102), sample(4, 103));
  store.add(sample(5, 101.5, 5, { gap: { reason: "clock_step", seconds: -2.5 } }), "a");
  assert.deepEqual(store.times, [100, 101, 101.25, 101.5]);
  assert.deepEqual(users(store), [1, 2, null, 5]);
  store.add(sample(6, 50), "a");
  assert.deepEqual(store.times, [50]);
  assert.deepEqual(store.gaps, []);
});

test("what left the window is forgotten, but for one sample before its edge", () => {
  const store = new Store(["cpu.user"], 10);
  for (let i = 1; i <= 50; i++) store.add(sample(i, 100 + i), "a");
  assert.equal(store.times[0], 139);
  assert.equal(store.times.length, 12);
  assert.equal(users(store).length, 12);
});

test("gaps leave with the time that they are in", () => {
  const store = new Store(["cpu.user"], 10);
  store.add(sample(1, 100), "a");
  store.add(sample(2, 105), "a");
  assert.equal(store.gaps.length, 1);
  for (let i = 3; i <= 20; i++) store.add(sample(i, 103 + i), "a");
  assert.deepEqual(store.gaps, []);
});

test("a store has a size, whatever the interval", () => {
  const store = new Store(["cpu.user"], 300, 20);
  for (let i = 1; i <= 100; i++) store.add(sample(i, i / 100), "a");
  assert.equal(store.times.length, 20);
  assert.equal(store.newest, 1);
});

test("marks are in the order of their times, and leave with the samples around them", () => {
  const store = new Store(["cpu.user"], 10);
  for (let i = 1; i <= 20; i++) store.add(sample(i, 100 + i), "a");
  const before = store.revision;
  for (const time of [118, 115, 120, 90]) store.mark({ time, severity: "warning", text: `at ${time}` });
  assert.deepEqual(store.marks.map(({ time }) => time), [115, 118, 120]);
  assert.notEqual(store.revision, before);
  for (let i = 21; i <= 28; i++) store.add(sample(i, 100 + i), "a");
  assert.deepEqual(store.marks.map(({ time }) => time), [118, 120]);
});

test("there is no end of marks, but of those that are kept", () => {
  const store = stored(sample(1, 100));
  for (let i = 0; i < 500; i++) store.mark({ time: 100 + i, severity: "info", text: "" });
  assert.equal(store.marks.length, 200);
  assert.equal(store.marks[0].time, 400);
});

test("the nearest sample is never what stands for a gap", () => {
  const store = stored(sample(1, 100), sample(2, 101), sample(3, 111));
  assert.deepEqual([0, 100.4, 100.6, 103, 105.9, 106.1, 109, 999].map((time) => store.times[store.nearest(time)]), [100, 100, 101, 101, 101, 111, 111, 111]);
  assert.equal(new Store(["cpu.user"], 10).nearest(5), -1);
});

test("the samples of a time leave out what stands for a gap", () => {
  const store = stored(sample(1, 100), sample(2, 101), sample(3, 111), sample(4, 112));
  assert.deepEqual(store.within(101, 111).map((at) => store.times[at]), [101, 111]);
});

test("what is to be kept stays, for as long as there is room", () => {
  const store = new Store(["cpu.user"], 10, 30);
  store.keep = 5;
  for (let i = 1; i <= 25; i++) store.add(sample(i, i), "a");
  assert.equal(store.times[0], 4);
  for (let i = 26; i <= 60; i++) store.add(sample(i, i), "a");
  assert.equal(store.times.length, 30);
});

test("a column without a point is the whole of a sample's part", () => {
  const store = new Store(["cores"], 10);
  store.add(sample(1, 1, 1, { cores: [3, null] }), "a");
  store.add(sample(2, 2), "a");
  assert.deepEqual(store.columns.get("cores"), [[3, null], null]);
});

test("a clock that was set back leaves no marks in the future", () => {
  const store = new Store(["cpu.user"], 300);
  store.add(sample(1, 90));
  store.add(sample(2, 100));
  store.mark({ time: 95, severity: "info", text: "before" });
  store.mark({ time: 100, severity: "info", text: "ahead" });
  store.add(sample(3, 96));
  assert.deepEqual(store.marks.map(({ text }) => text), ["before"]);
});
