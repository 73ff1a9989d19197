import assert from "node:assert/strict";
import { test } from "node:test";
import { Bursts, messages } from "./poll.js";

/** Has samples of one second arrive at the given milliseconds. */
function arrive(bursts, first, ...arrivals) {
  arrivals.forEach((at, i) => bursts.sample(first + i, 1, at));
  return bursts;
}

/** Milliseconds at which n samples from second s on arrive that are held until then. */
const together = (at, n) => Array.from({ length: n }, (_, i) => at + 5 * i);

test("samples that come one by one are steady", () => {
  const bursts = arrive(new Bursts(), 0, 0, 1000, 2000, 3000, 4000, 5000, 6000);
  assert.equal(bursts.held, false);
  assert.equal(bursts.steady, true);
});

test("two bursts are no accident, one is", () => {
  const bursts = arrive(new Bursts(), 0, 0, ...together(5000, 5));
  assert.equal(bursts.held, false);
  assert.equal(arrive(bursts, 6, ...together(10_000, 5)).held, true);
  assert.equal(bursts.steady, false);
});

test("two bursts far apart are two accidents", () => {
  const bursts = arrive(new Bursts(), 0, 0, ...together(5000, 5));
  assert.equal(arrive(bursts, 70, ...together(70_000, 5)).held, false);
});

test("what was missed comes in one go at the beginning, however slowly", () => {
  const bursts = arrive(new Bursts(), 0, ...together(0, 100), ...together(800, 100));
  bursts.open();
  arrive(bursts, 200, ...together(9000, 5));
  assert.equal(bursts.held, false);
});

test("ticks of a fraction of a second may come a few at a time", () => {
  const bursts = new Bursts();
  for (let i = 0; i < 100; i++) bursts.sample(i / 10, 0.1, 300 * Math.floor(i / 3));
  assert.equal(bursts.held, false);
});

test("a page that was held up itself suspects nobody", () => {
  const bursts = arrive(new Bursts(), 0, 0, ...together(5000, 5));
  bursts.forget();
  assert.equal(arrive(bursts, 6, 10_000, ...together(15_000, 5)).held, false);
});

test("a page that is behind takes ticks one right after the other", () => {
  const bursts = new Bursts();
  // Each takes 40 ms of the 100 that it is for, and now and then something takes longer.
  let now = 0;
  for (let i = 0; i < 600; i++) bursts.sample(i / 10, 0.1, (now += i % 40 === 0 ? 300 : 40));
  assert.equal(bursts.held, false);
});

test("a piece of a stream is its events", () => {
  const text = ": tacho\n\nretry: 1448\nid: a-1\nevent: sample\ndata: {}\n\nid: a-1\ndata: <p>: x\ndata: \n\n: heartbeat\n\nevent: gap\ndata: {\"to\":3}\n\n";
  assert.deepEqual(messages(text), [
    { event: "sample", data: "{}", id: "a-1" },
    { event: "", data: "<p>: x\n", id: "a-1" },
    { event: "gap", data: '{"to":3}', id: "a-1" },
  ]);
  assert.deepEqual(messages(": tacho\n\n: heartbeat\n\n"), []);
});
