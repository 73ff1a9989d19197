// What the badge says about the page: how far its numbers can be trusted to be
// the present. Pure: facts in, state out.

/**
 * @typedef {"connecting" | "live" | "stale" | "reconnecting" | "paused" | "stopped" | "full" | "offline"} State
 *
 * @typedef {object} Facts
 * @property {boolean} open a stream is connected
 * @property {boolean} fresh and a sample has arrived on it
 * @property {boolean} tried a stream was live before, or failed to be
 * @property {boolean} hidden the tab is in the background, where no stream is received
 * @property {boolean} returning it was, and nothing has arrived since
 * @property {boolean} stopped the server said goodbye, and nothing has arrived since
 * @property {boolean} full it had no room, and nothing has arrived since
 * @property {boolean} offline the device says that it has no network
 * @property {boolean} held something on the way holds the stream back, and the page asks instead
 * @property {number} due when to come back, as the server asked, in milliseconds
 * @property {number} heard when something was last heard, in milliseconds
 * @property {number} sampled when a sample was, -Infinity before the first
 * @property {number} interval milliseconds from tick to tick
 *
 * @typedef {{type: "open" | "lost" | "failed" | "hidden" | "shown" | "online" | "offline"}
 *   | {type: "bye" | "full", seconds: number} | {type: "held", held: boolean}
 *   | {type: "sample", interval: number}} Event
 */

/** Ticks that may fail to come before the page calls its numbers stale. */
const PATIENCE = 3;
/** A browser is not punctual enough to be late by less than this, in ms. */
const SHORTEST = 1000;
/** Milliseconds between two questions of a page that has to ask. */
const ASKED = 1000;
/** Milliseconds that a silent connection has beyond what makes it stale. */
const GRACE = 5000;

/**
 * @param {number} interval milliseconds from tick to tick
 * @returns {Facts}
 */
export function initial(interval) {
  const flags = { open: false, fresh: false, tried: false, hidden: false, returning: false, stopped: false, full: false, offline: false, held: false };
  return { ...flags, due: 0, heard: 0, sampled: -Infinity, interval };
}

/**
 * The facts after an event at the time now, in milliseconds.
 * @param {Facts} facts
 * @param {Event} event
 * @param {number} now
 * @returns {Facts}
 */
export function after(facts, event, now) {
  switch (event.type) {
    case "open": {
      // A server that has nothing newer yet sends no sample.
      const current = now - facts.sampled < 1.5 * facts.interval;
      return { ...facts, open: true, fresh: current, returning: facts.returning && !current, heard: now };
    }
    case "sample":
      return { ...facts, open: true, fresh: true, tried: true, returning: false, stopped: false, full: false, heard: now, sampled: now, interval: event.interval };
    case "lost":
      return { ...facts, open: false, fresh: false, tried: true };
    case "failed":
      return { ...facts, open: false, fresh: false, tried: true, returning: false };
    case "bye":
      return { ...facts, stopped: true, due: now + 1000 * event.seconds };
    case "full":
      return { ...facts, full: true, stopped: false, returning: false, due: now + 1000 * event.seconds };
    case "held":
      return { ...facts, held: event.held };
    case "online":
    case "offline":
      return { ...facts, offline: event.type === "offline" };
    case "hidden":
      return { ...facts, hidden: true, returning: false };
    case "shown":
      return { ...facts, hidden: false, returning: facts.hidden, heard: now };
  }
}

/** @param {Facts} facts */
function deadline({ interval, held }) {
  // A page that asks does so once a second at the most.
  return PATIENCE * Math.max(interval, held ? ASKED : 0, SHORTEST / PATIENCE);
}

/**
 * @param {Facts} facts
 * @param {number} now milliseconds
 * @returns {State}
 */
export function stateOf(facts, now) {
  const silent = facts.open && now - facts.heard > deadline(facts);
  if (facts.hidden || facts.returning) return "paused";
  if (facts.stopped) return "stopped";
  if (facts.full) return "full";
  // What comes from this very device needs no network.
  if (facts.offline && (silent || !facts.fresh)) return "offline";
  if (silent) return "stale";
  if (facts.fresh) return "live";
  return facts.tried ? "reconnecting" : "connecting";
}

/**
 * Whether the numbers on the page are those of the present.
 * @param {State} state
 */
export function isPresent(state) {
  return state === "live" || state === "connecting";
}

/**
 * Whether a connection that looks fine has been silent for so long that a new
 * one is worth a try: the other end may be gone without a word.
 * @param {Facts} facts
 * @param {number} now milliseconds
 */
export function isDead(facts, now) {
  return facts.open && !facts.hidden && now - facts.heard > PATIENCE * facts.interval + GRACE;
}

const LABEL = { full: "no room", held: "polling" };

const EXPLANATION = {
  connecting: "the stream is being opened",
  live: "numbers arrive as they are read",
  held: "a proxy on the way holds the stream back, so this page asks for each tick",
  stale: "connected, and no reading has arrived for three intervals",
  reconnecting: "the connection was lost: trying again",
  paused: "a page in the background only looks now and then: catching up",
  stopped: "the server has stopped: waiting for it to come back",
  full: "no room: trying again",
  offline: "this device has no network",
};

/** States in which the badge says more than their name. */
const TOLD = ["stopped", "full", "offline"];

/**
 * What the badge says: a word, its explanation, and whether that is to be seen.
 * @param {Facts} facts
 * @param {number} now milliseconds
 */
export function wordsOf(facts, now) {
  const state = stateOf(facts, now);
  const key = state === "live" && facts.held ? "held" : state;
  const wait = Math.ceil((facts.due - now) / 1000);
  let about = EXPLANATION[key];
  if (wait > 0 && state === "full") about += ` in ${wait} s`;
  if (wait > 0 && state === "stopped") about = `server restarting: back in about ${wait} s`;
  return { state, label: LABEL[key] ?? key, about, told: TOLD.includes(state) };
}
