import assert from "node:assert/strict";
import { test } from "node:test";
import { after, initial, isDead, isPresent, stateOf, wordsOf } from "./state.js";

/** Plays [milliseconds, event] pairs and returns the facts that result. */
function play(...events) {
  return events.reduce((facts, [now, event]) => after(facts, typeof event === "string" ? { type: event } : event, now), initial(1000));
}

const sample = { type: "sample", interval: 1000 };

test("a page that has heard nothing is connecting", () => {
  assert.equal(stateOf(initial(1000), 0), "connecting");
});

test("an open stream is live from its first sample on", () => {
  assert.equal(stateOf(play([0, "open"]), 10), "connecting");
  assert.equal(stateOf(play([0, "open"], [20, sample]), 30), "live");
});

test("three intervals without a sample are stale, however fine the socket looks", () => {
  const facts = play([0, "open"], [0, sample]);
  assert.equal(stateOf(facts, 3000), "live");
  assert.equal(stateOf(facts, 3001), "stale");
});

test("patience follows the interval, and is never shorter than a browser is punctual", () => {
  const slow = play([0, "open"], [0, { type: "sample", interval: 10_000 }]);
  assert.equal(stateOf(slow, 29_000), "live");
  const fast = play([0, "open"], [0, { type: "sample", interval: 100 }]);
  assert.equal(stateOf(fast, 900), "live");
  assert.equal(stateOf(fast, 1001), "stale");
});

test("a server that accepts the stream and sends nothing is stale", () => {
  assert.equal(stateOf(play([0, "open"]), 3001), "stale");
});

test("a sample ends staleness", () => {
  assert.equal(stateOf(play([0, "open"], [0, sample], [9000, sample]), 9001), "live");
});

test("a lost connection is reconnecting until a sample arrives", () => {
  const lost = play([0, "open"], [0, sample], [10, "lost"]);
  assert.equal(stateOf(lost, 20), "reconnecting");
  const open = after(lost, { type: "open" }, 2500);
  assert.equal(stateOf(open, 2510), "reconnecting");
  assert.equal(stateOf(after(open, sample, 2520), 2530), "live");
});

test("a page whose newest sample is still the newest is live at once when it is connected again", () => {
  const hourly = { type: "sample", interval: 3_600_000 };
  const lost = play([0, "open"], [0, hourly], [60_000, "lost"], [61_000, "open"]);
  assert.equal(stateOf(lost, 61_010), "live");
  const hidden = play([0, "open"], [0, hourly], [60_000, "hidden"], [60_010, "lost"], [120_000, "shown"]);
  assert.equal(stateOf(hidden, 120_010), "paused");
  assert.equal(stateOf(after(hidden, { type: "open" }, 120_500), 120_510), "live");
});

test("a first connection that fails is reconnecting", () => {
  assert.equal(stateOf(play([0, "failed"]), 10), "reconnecting");
});

test("a server that said goodbye is stopped until it sends samples again", () => {
  const gone = play([0, "open"], [0, sample], [10, "bye"], [11, "lost"], [600, "failed"]);
  assert.equal(stateOf(gone, 700), "stopped");
  assert.equal(stateOf(after(gone, { type: "open" }, 900), 910), "stopped");
  assert.equal(stateOf(after(gone, sample, 920), 930), "live");
});

test("a hidden page is paused, and on return stays so until it has caught up", () => {
  const hidden = play([0, "open"], [0, sample], [10, "hidden"], [11, "lost"]);
  assert.equal(stateOf(hidden, 60_000), "paused");
  const shown = after(hidden, { type: "shown" }, 60_000);
  assert.equal(stateOf(shown, 60_001), "paused");
  assert.equal(stateOf(after(shown, sample, 60_700), 60_701), "live");
});

test("a return that finds no server is reconnecting", () => {
  const failed = play([0, "open"], [0, sample], [10, "hidden"], [99, "shown"], [700, "failed"]);
  assert.equal(stateOf(failed, 701), "reconnecting");
});

test("a silent connection is dead after three intervals and five seconds, a hidden one never", () => {
  const facts = play([0, "open"], [0, sample]);
  assert.equal(isDead(facts, 8000), false);
  assert.equal(isDead(facts, 8001), true);
  assert.equal(isDead(after(facts, { type: "hidden" }, 10), 8001), false);
  assert.equal(isDead(after(facts, { type: "lost" }, 10), 8001), false);
});

test("a device without a network says so, unless numbers arrive", () => {
  const facts = play([0, "open"], [0, sample], [10, "offline"]);
  assert.equal(stateOf(facts, 20), "live");
  assert.equal(stateOf(facts, 3001), "offline");
  const lost = after(facts, { type: "lost" }, 30);
  assert.equal(wordsOf(lost, 40).about, "this device has no network");
  assert.equal(stateOf(after(lost, { type: "online" }, 50), 60), "reconnecting");
});

test("a server without room is asked again when it said, and the badge counts", () => {
  const facts = play([0, "open"], [1000, { type: "full", seconds: 30.5 }], [1010, "lost"]);
  assert.equal(stateOf(facts, 1020), "full");
  assert.deepEqual(wordsOf(facts, 1020), { state: "full", label: "no room", about: "no room: trying again in 31 s", told: true });
  assert.equal(wordsOf(facts, 21_500).about, "no room: trying again in 10 s");
  assert.equal(wordsOf(facts, 40_000).about, "no room: trying again");
  assert.equal(stateOf(after(facts, sample, 40_100), 40_110), "live");
});

test("a server that restarts says when it is back", () => {
  const facts = play([0, "open"], [0, sample], [10, { type: "bye", seconds: 12 }], [11, "lost"]);
  assert.equal(wordsOf(facts, 100).about, "server restarting: back in about 12 s");
  assert.equal(wordsOf(facts, 12_100).about, "the server has stopped: waiting for it to come back");
});

test("a page that has to ask is live, and says that it asks", () => {
  const facts = play([0, { type: "held", held: true }], [0, { type: "sample", interval: 200 }]);
  assert.equal(wordsOf(facts, 2900).state, "live");
  assert.equal(wordsOf(facts, 2900).label, "polling");
  assert.match(wordsOf(facts, 2900).about, /holds the stream back/);
  assert.equal(stateOf(facts, 3001), "stale");
  assert.equal(wordsOf(after(facts, { type: "held", held: false }, 10), 100).label, "live");
});

test("only a page that hears from the server shows the present", () => {
  const present = ["connecting", "live", "stale", "reconnecting", "paused", "stopped"].filter(isPresent);
  assert.deepEqual(present, ["connecting", "live"]);
});
