// What the badge says about the page: how far its numbers can be trusted to be
// the present. Pure: facts in, state out.

/**
 * @typedef {"connecting" | "live" | "stale" | "reconnecting" | "paused" | "stopped"} State
 *
 * @typedef {object} Facts
 * @property {boolean} open a stream is connected
 * @property {boolean} fresh and a sample has arrived on it
 * @property {boolean} tried a stream was live before, or failed to be
 * @property {boolean} hidden the tab is in the background, where nothing is received
 * @property {boolean} returning it was, and nothing has arrived since
 * @property {boolean} stopped the server said goodbye, and nothing has arrived since
 * @property {number} heard when something was last heard, in milliseconds
 * @property {number} sampled when a sample was, -Infinity before the first
 * @property {number} interval milliseconds from tick to tick
 *
 * @typedef {{type: "open" | "lost" | "failed" | "bye" | "hidden" | "shown"}
 *   | {type: "sample", interval: number}} Event
 */

/** Ticks that may fail to come before the page calls its numbers stale. */
const PATIENCE = 3;
/** A browser is not punctual enough to be late by less than this, in ms. */
const SHORTEST = 1000;

/**
 * @param {number} interval milliseconds from tick to tick
 * @returns {Facts}
 */
export function initial(interval) {
  return { open: false, fresh: false, tried: false, hidden: false, returning: false, stopped: false, heard: 0, sampled: -Infinity, interval };
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
      return { ...facts, open: true, fresh: true, tried: true, returning: false, stopped: false, heard: now, sampled: now, interval: event.interval };
    case "lost":
      return { ...facts, open: false, fresh: false, tried: true };
    case "failed":
      return { ...facts, open: false, fresh: false, tried: true, returning: false };
    case "bye":
      return { ...facts, stopped: true };
    case "hidden":
      return { ...facts, hidden: true, returning: false };
    case "shown":
      return { ...facts, hidden: false, returning: facts.hidden, heard: now };
  }
}

/** @param {Facts} facts */
function deadline(facts) {
  return Math.max(PATIENCE * facts.interval, SHORTEST);
}

/**
 * @param {Facts} facts
 * @param {number} now milliseconds
 * @returns {State}
 */
export function stateOf(facts, now) {
  if (facts.hidden || facts.returning) return "paused";
  if (facts.stopped) return "stopped";
  if (facts.open && now - facts.heard > deadline(facts)) return "stale";
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
  return facts.open && !facts.hidden && now - facts.heard > Math.max(4 * deadline(facts), 20_000);
}
