// How much of the stream a page has: which messages are new to it, whoever they
// come from, and whether some are missing before one. Pure.

/**
 * One event of the stream.
 * @typedef {{event: string, data: string, id: string}} Message event is "" for panels
 */

export class Place {
  /** The run of the server that the page has seen last. */
  boot = "";
  /** The newest tick of it. */
  seq = 0;
  #shown = "";

  /** What a stream is to go on behind, "" for a page that has nothing. */
  get id() {
    return this.boot && `${this.boot}-${this.seq}`;
  }

  /**
   * Whether ticks are missing between what the page has and a message.
   * @param {Message} message
   */
  misses({ event, id }) {
    const [boot, seq] = parse(id);
    return event === "sample" && boot === this.boot && seq > this.seq + 1;
  }

  /**
   * Steps to a message, and tells whether it is new.
   * @param {Message} message
   */
  accepts({ event, data, id }) {
    const [boot, seq] = parse(id);
    if (event === "gap") this.seq = Math.max(this.seq, JSON.parse(data).to);
    if (event === "sample") {
      if (boot === this.boot && seq <= this.seq) return false;
      this.boot = boot;
      this.seq = seq;
    }
    if (event === "") {
      if (id === this.#shown || (boot === this.boot && seq < this.seq)) return false;
      this.#shown = id;
    }
    return true;
  }
}

/** @returns {[string, number]} */
function parse(id) {
  const [boot, seq] = (id ?? "").split("-");
  return [boot, Number(seq)];
}
