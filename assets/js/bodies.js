// What of a tick a page has to swap: the bodies of the panels that have changed, and
// of those out of sight only now and then. Pure.

import { REST } from "./sight.js";

const PART = "<hx-partial ";

/** Milliseconds after which what is out of sight is swapped though no message comes with which it could be. */
const OVERDUE = REST + 2000;

/**
 * What is known of one body.
 * @typedef {object} Known
 * @property {string} part the newest that has come of it
 * @property {boolean} shown whether the page has that
 * @property {number} at when the page was given something of it, in milliseconds
 */

/** Knows what the page shows, as text. */
export class Bodies {
  /** @type {Map<string, Known>} by the attributes of the partial */
  #known = new Map();
  #isAway;

  /** @param {(id: string) => boolean} isAway whether the body of that id is out of sight */
  constructor(isAway = () => false) {
    this.#isAway = isAway;
  }

  /**
   * What is to swap of a message at the time now, in milliseconds; "" for nothing.
   * @param {string} text partials, one after the other
   * @param {number} now
   */
  fresh(text, now) {
    return text
      .split(PART)
      .map((part, i) => (i === 0 ? part : this.#takes(part, now) ? PART + part : ""))
      .join("");
  }

  /**
   * What came earlier and is to swap on its own.
   * @param {number} now milliseconds
   * @param {boolean} [all] also what may wait
   */
  due(now, all = false) {
    let text = "";
    for (const [head, known] of this.#known) {
      if (known.shown || (!all && this.#rests(head, now - known.at, OVERDUE))) continue;
      Object.assign(known, { shown: true, at: now });
      text += PART + known.part;
    }
    return text;
  }

  /** Forgets what it knows: the page may show something else. */
  forget() {
    this.#known.clear();
  }

  /** Notes a partial, and says whether it is to be swapped at once. */
  #takes(part, now) {
    const head = part.slice(0, part.indexOf(">"));
    const { at, ...before } = this.#known.get(head) ?? { part: "", shown: false, at: -Infinity };
    // Rows may be held in another order than they came in.
    const same = before.shown && before.part === part && !part.includes("data-row");
    const swaps = !same && !this.#rests(head, now - at, REST);
    // Also where it is the same, and the key as well: a part of a text keeps all of that
    // text, and of many bodies each would keep another message.
    this.#known.delete(head);
    this.#known.set(head, { part, shown: same || swaps, at: swaps ? now : at });
    return swaps;
  }

  #rests(head, since, most) {
    const [, id] = /hx-target="#([^"]+)"/.exec(head) ?? [];
    return since < most && this.#isAway(id);
  }
}
