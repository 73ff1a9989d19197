// What of a tick a page has to swap: the bodies of the panels that have changed.

const PART = "<hx-partial ";

/** Knows what the page shows, as text. */
export class Bodies {
  #shown = new Map();

  /**
   * What is left to swap of a message, "" for nothing.
   * @param {string} text partials, one after the other
   */
  fresh(text) {
    return text
      .split(PART)
      .map((part, i) => (i === 0 ? part : this.#changed(part) ? PART + part : ""))
      .join("");
  }

  /** Forgets what it knows: the page may show something else. */
  forget() {
    this.#shown.clear();
  }

  /** Notes a partial, and says whether it differs from the one before. */
  #changed(part) {
    const head = part.slice(0, part.indexOf(">"));
    const before = this.#shown.get(head);
    // Also where it is the same, and the key as well: a part of a text keeps all of that
    // text, and of many bodies each would keep another message.
    this.#shown.delete(head);
    this.#shown.set(head, part);
    // Rows may be held in another order than they came in.
    return before !== part || part.includes("data-row");
  }
}
