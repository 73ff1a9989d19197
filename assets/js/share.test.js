import assert from "node:assert/strict";
import { test } from "node:test";
import { Seat } from "./share.js";

/** Tabs that hear each other at once. */
function tabs(...ids) {
  return ids.map((id) => new Seat(id));
}

/** Has one tab say something to the others, and them answer. */
function say(seats, speaker, kind, now, chance) {
  for (const other of seats) {
    if (other !== speaker && other.hear(speaker.say(kind), now, chance)) speaker.hear(other.say("beat"), now);
  }
}

function come(seats, seat, now) {
  seat.arrive(now);
  say(seats, seat, "who", now);
  seat.tick(now + 60);
  if (seat.role === "leading") say(seats, seat, "beat", now + 60);
}

test("a tab that is alone leads, the next one follows it", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 0);
  assert.equal(a.role, "leading");
  come([a, b], b, 1000);
  assert.deepEqual([a.role, b.role], ["leading", "following"]);
});

test("a leader that leaves is followed within a second", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 0);
  come([a, b], b, 1000);
  say([a, b], a, "leave", 2000, 1);
  a.depart();
  b.tick(2201);
  assert.deepEqual([a.role, b.role], ["away", "leading"]);
});

test("a leader that is silent is followed after a while, and not before", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 0);
  come([a, b], b, 1000);
  b.tick(3000);
  assert.equal(b.role, "following");
  b.tick(4600, 0);
  b.tick(4601);
  assert.equal(b.role, "leading");
});

test("of two that lead, the one that has done so for longer goes on", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 1000);
  come([b], b, 2000);
  say([a, b], b, "beat", 3000);
  assert.deepEqual([a.role, b.role], ["leading", "following"]);
});

test("of two that lead since the same moment, one goes on", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 1000);
  come([b], b, 1000);
  say([a, b], a, "beat", 2000);
  say([a, b], b, "beat", 2000);
  assert.deepEqual([a.role, b.role], ["leading", "following"]);
});

test("a tab in the background takes no part", () => {
  const [a, b] = tabs("a", "b");
  assert.equal(a.hear(b.say("who"), 0), false);
  a.tick(10_000);
  assert.equal(a.role, "away");
});

test("a leader passes on as long as somebody is there", () => {
  const [a, b] = tabs("a", "b");
  come([a], a, 0);
  assert.equal(a.heardAt(60), false);
  come([a, b], b, 1000);
  assert.equal(a.heardAt(5000), true);
  assert.equal(a.heardAt(60_000), false);
});
