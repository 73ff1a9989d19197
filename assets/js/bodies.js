// What of a tick a page has to swap: the bodies of the panels that have changed, and
// of those out of sight only now and then. Pure.

import { REST } from "./sight.js";

/**
 * What a partial begins with: the id of the body that it is for. What begins otherwise is
 * of a newer server, and for a page that has more than this one.
 */
const HEAD = /^\s*<hx-partial(?= )[^>]* hx-target="#([^"]+)"[^>]*>/;
const END = "</hx-partial>";

/** Milliseconds after which what is out of sight is swapped though no message comes with which it could be. */
const OVERDUE = REST + 2000;

/**
 * What a body is to have.
 * @typedef {{id: string, html: string}} Part
 *
 * What is known of one body.
 * @typedef {object} Known
 * @property {string} html the newest that has come of it
 * @property {boolean} shown whether the page has that
 * @property {number} at when the page was given something of it, in milliseconds
 */

/** Knows what the page shows, as text. */
export class Bodies {
  /** @type {Map<string, Known>} by the id of the body */
  #known = new Map();
  #isAway;

  /** @param {(id: string) => boolean} isAway whether the body of that id is out of sight */
  constructor(isAway = () => false) {
    this.#isAway = isAway;
  }

  /**
   * What is to swap of a message at the time now, in milliseconds.
   * @param {string} text partials, one after the other
   * @param {number} now
   * @returns {Part[]}
   */
  fresh(text, now) {
    const parts = [];
    for (const piece of text.split(END)) {
      const [head, id] = HEAD.exec(piece) ?? [];
      const html = piece.slice(head?.length);
      if (id && this.#takes(id, html, now)) parts.push({ id, html });
    }
    return parts;
  }

  /**
   * What came earlier and is to swap on its own.
   * @param {number} now milliseconds
   * @param {boolean} [all] also what may wait
   * @returns {Part[]}
   */
  due(now, all = false) {
    const parts = [];
    for (const [id, known] of this.#known) {
      if (known.shown || (!all && this.#rests(id, now - known.at, OVERDUE))) continue;
      Object.assign(known, { shown: true, at: now });
      parts.push({ id, html: known.html });
    }
    return parts;
  }

  /** Forgets what it knows: the page may show something else. */
  forget() {
    this.#known.clear();
  }

  /** Notes what has come, and says whether it is to be swapped at once. */
  #takes(id, html, now) {
    const { at, ...before } = this.#known.get(id) ?? { html: "", shown: false, at: -Infinity };
    // Rows may be held in another order than they came in.
    const same = before.shown && before.html === html && !html.includes("data-row");
    const swaps = !same && !this.#rests(id, now - at, REST);
    // Also where it is the same, and the key as well: a part of a text keeps all of that
    // text, and of many bodies each would keep another message.
    this.#known.delete(id);
    this.#known.set(id, { html, shown: same || swaps, at: swaps ? now : at });
    return swaps;
  }

  #rests(id, since, most) {
    return since < most && this.#isAway(id);
  }
}
