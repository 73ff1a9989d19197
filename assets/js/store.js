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
 *
 * What happened at a time, in words.
 * @typedef {{time: number, severity: "info" | "warning" | "critical", text: string}} Mark Unix seconds
 */

/** Intervals between two samples from which on something is missing. */
const HOLE = 2.5;

/** Marks that are kept. */
const MOST_MARKS = 200;

export class Store {
  /** @type {number[]} */
  times = [];
  /** @type {Map<string, (number | null)[]>} by chart and series: "cpu.user" */
  columns = new Map();
  /** @type {Gap[]} */
  gaps = [];
  /** @type {Mark[]} by time */
  marks = [];
  /** Nothing from this time on is forgotten, for as long as there is room. */
  keep = Infinity;
  /** Counts changes of the past, which a picture of it has to follow. */
  revision = 0;

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

  /** Seconds from one sample to the next. */
  get interval() {
    return this.#interval || 1;
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
   * Notes what happened at a time, which may be over: marks sort themselves.
   * @param {Mark} mark
   */
  mark(mark) {
    const at = this.marks.findLastIndex(({ time }) => time <= mark.time) + 1;
    this.marks.splice(at, 0, mark);
    this.revision++;
    this.#trimMarks();
  }

  /**
   * The sample that is nearest to a time; -1 without any. What stands for a gap
   * is no sample.
   * @param {number} time Unix seconds
   */
  nearest(time) {
    const { times } = this;
    let low = 0;
    let high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && time - times[low - 1] < times[low] - time) low--;
    return this.gapAt(times[low]) ? low + (time < times[low] ? -1 : 1) : Math.min(low, times.length - 1);
  }

  /**
   * The samples from one time to another, both included.
   * @param {number} from Unix seconds
   * @param {number} to
   * @returns {number[]} their places in the columns
   */
  within(from, to) {
    const places = [];
    this.times.forEach((time, at) => {
      if (time >= from && time <= to && !this.gapAt(time)) places.push(at);
    });
    return places;
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
    this.marks = this.marks.filter((mark) => mark.time <= time);
    this.revision++;
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
    const edge = Math.min(this.newest - this.#span, this.keep);
    const first = this.times.findIndex((t) => t >= edge) - 1;
    const excess = Math.max(first, this.times.length - this.#most);
    if (excess > 0) this.#cut(0, excess);
    const oldest = this.times[0];
    if (this.gaps.length > 0 && this.gaps[0].to < oldest) this.gaps = this.gaps.filter((gap) => gap.to >= oldest);
    this.#trimMarks();
  }

  #trimMarks() {
    const oldest = this.times[0] ?? -Infinity;
    const first = this.marks.findIndex((mark) => mark.time >= oldest);
    const excess = Math.max(first < 0 ? this.marks.length : first, this.marks.length - MOST_MARKS);
    if (excess > 0) this.marks.splice(0, excess);
  }

  #cut(start, count) {
    this.times.splice(start, count);
    for (const column of this.columns.values()) column.splice(start, count);
  }
}

/** What a sample has for a column, null when it is missing. */
function valueOf(sample, name) {
  const [chart, series] = name.split(".");
  return (series ? sample[chart]?.[series] : sample[chart]) ?? null;
}
