// The samples that the charts show: columns of numbers by time, with holes
// where nothing was seen. Pure.

/**
 * One tick as the server sends it.
 * @typedef {object} Sample
 * @property {number} seq
 * @property {number} time Unix seconds
 * @property {number} interval seconds
 * @property {{reason: string, seconds: number}} [gap] time passed unseen before this tick
 *
 * @typedef {{from: number, to: number}} Gap Unix seconds
 */

/** Intervals between two samples from which on something is missing. */
const HOLE = 2.5;

export class Store {
  /** @type {number[]} */
  times = [];
  /** @type {Map<string, (number | null)[]>} by chart and series: "cpu.user" */
  columns = new Map();
  /** @type {Gap[]} */
  gaps = [];

  #span;
  #most;
  #boot = "";
  #seq = 0;
  #interval = 0;
  #holed = false;

  /**
   * @param {string[]} names of the columns
   * @param {number} span seconds that are kept
   * @param {number} most samples that are kept
   */
  constructor(names, span, most = 6000) {
    for (const name of names) this.columns.set(name, []);
    this.#span = span;
    this.#most = most;
  }

  /** Seconds that are kept. */
  get span() {
    return this.#span;
  }

  /** The time of the newest sample, 0 without one. */
  get newest() {
    return this.times.at(-1) ?? 0;
  }

  /**
   * Adds a sample that is newer than all before, and ignores any other. Boot is
   * the run of the server that took it: within one, seq tells old from new,
   * because a clock can be set back.
   * @param {Sample} sample
   * @param {string} [boot]
   * @returns {boolean} whether it was added
   */
  add(sample, boot = "") {
    if (boot === this.#boot && sample.seq <= this.#seq) return false;
    this.#forgetFrom(sample.time);
    if (this.times.length > 0) this.#separate(sample);
    this.times.push(sample.time);
    for (const [name, column] of this.columns) column.push(valueOf(sample, name));
    this.#boot = boot;
    this.#seq = sample.seq;
    this.#interval = sample.interval;
    this.#holed = false;
    this.#trim();
    return true;
  }

  /** Notes that samples are lost for good before the next one. */
  lose() {
    this.#holed = true;
  }

  /**
   * The gap that a time lies in.
   * @param {number} time Unix seconds
   * @returns {Gap | undefined}
   */
  gapAt(time) {
    return this.gaps.find((gap) => gap.from < time && time < gap.to);
  }

  /** A clock that was set back overwrites what it had shown. */
  #forgetFrom(time) {
    const keep = this.times.findLastIndex((t) => t < time) + 1;
    if (keep === this.times.length) return;
    this.#cut(keep, this.times.length - keep);
    this.gaps = this.gaps.filter((gap) => gap.to < time);
    this.#holed = true;
  }

  /** Breaks the lines before a sample that does not follow on the last one. */
  #separate(sample) {
    const last = this.newest;
    const interval = Math.max(sample.interval, this.#interval);
    const hole = this.#holed || sample.gap !== undefined || sample.time - last > HOLE * interval;
    if (!hole) return;
    this.gaps.push({ from: last, to: sample.time });
    this.times.push((last + sample.time) / 2);
    for (const column of this.columns.values()) column.push(null);
  }

  #trim() {
    // One sample before the span lets the lines reach its edge.
    const first = this.times.findIndex((t) => t >= this.newest - this.#span) - 1;
    const excess = Math.max(first, this.times.length - this.#most);
    if (excess > 0) this.#cut(0, excess);
    const oldest = this.times[0];
    if (this.gaps.length > 0 && this.gaps[0].to < oldest) this.gaps = this.gaps.filter((gap) => gap.to >= oldest);
  }

  #cut(start, count) {
    this.times.splice(start, count);
    for (const column of this.columns.values()) column.splice(start, count);
  }
}

/** The number of a column in a sample, null when it is missing. */
function valueOf(sample, name) {
  const [chart, series] = name.split(".");
  return sample[chart]?.[series] ?? null;
}
