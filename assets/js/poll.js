// The stream taken in parts, where something on the way holds it back, and how
// that is noticed.

/** @typedef {import("./place.js").Message} Message */

/** Milliseconds between two samples that arrive in one go, at the most. */
const TOGETHER = 100;
/** Seconds of samples in one go that make a burst, at the least. */
const HELD = 1.9;
/** The part of a burst's time in which nothing came before it: a page that is behind is never without samples. */
const SILENT = 0.5;
/** Milliseconds in which two bursts are no accident. */
const MEMORY = 60_000;
/** Milliseconds after an opening in which samples come in one go by right. */
const OPENING = 2000;
/** Samples in time that clear the way of suspicion. */
const STEADY = 4;

/** Tells a stream that is held back and let go in bursts from a steady one. Pure. */
export class Bursts {
  #opened = null;
  #from = 0;
  #last = -Infinity;
  /** Milliseconds for which nothing came before the samples that come together. */
  #quiet = 0;
  #counted = false;
  #bursts = [];
  /** Samples in a row that came one by one. */
  #steady = 0;

  /** A stream begins: what was missed comes first, in one go. */
  open() {
    this.#opened = null;
    this.#steady = 0;
  }

  /** The page itself was held up: nothing that follows tells of the way. */
  forget() {
    this.#bursts = [];
    this.open();
  }

  /**
   * Notes a sample.
   * @param {number} time when it was taken, in seconds
   * @param {number} interval seconds
   * @param {number} now when it arrived, in milliseconds
   */
  sample(time, interval, now) {
    this.#opened ??= now;
    const pause = now - this.#last;
    const together = pause <= Math.min(TOGETHER, 500 * interval);
    this.#last = now;
    if (!together) {
      this.#from = time;
      this.#quiet = pause;
      this.#counted = false;
    }
    if (now - this.#opened < OPENING) return;
    this.#steady = together ? 0 : this.#steady + 1;
    const held = time - this.#from;
    if (this.#counted || held < HELD * Math.max(1, interval) || this.#quiet < 1000 * SILENT * held) return;
    this.#counted = true;
    this.note(now);
  }

  /** Notes that samples were held back, however that was found. */
  note(now) {
    this.#bursts = [...this.#bursts.filter((at) => now - at < MEMORY), now];
  }

  /** Whether something on the way holds the stream back. */
  get held() {
    return this.#bursts.length >= 2;
  }

  /** Whether the stream is what it should be. */
  get steady() {
    return this.#steady >= STEADY;
  }
}

/**
 * The events of a piece of a stream.
 * @param {string} text
 * @returns {Message[]}
 */
export function messages(text) {
  const all = [];
  let id = "";
  for (const block of text.split("\n\n")) {
    let event = "";
    const data = [];
    for (const line of block.split("\n")) {
      const [, name, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
      if (name === "id") id = value;
      else if (name === "event") event = value;
      else if (name === "data") data.push(value);
    }
    if (data.length > 0) all.push({ event, data: data.join("\n"), id });
  }
  return all;
}

/**
 * Asks for what has come since an event.
 * @param {string} url of the stream
 * @param {string} id "" for all that there is
 * @param {number} [patience] milliseconds
 * @returns {Promise<Message[]>}
 */
export async function poll(url, id, patience = 4000) {
  const headers = id ? { "Last-Event-ID": id } : {};
  const answer = await fetch(`${url}&poll`, { headers, signal: AbortSignal.timeout(patience) });
  if (!answer.ok) throw new Error(answer.statusText);
  return messages(await answer.text());
}
