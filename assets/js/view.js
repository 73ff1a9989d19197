// The time that all charts show, and the cursor in it. It follows the present
// until a reader holds it.

import { get } from "./prefs.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {{from: number, to: number}} Window Unix seconds
 */

/** Milliseconds for which a pointer that does not move holds the charts. */
export const PATIENCE = 30_000;

/** Where a pointer reads. */
const AREAS = ".u-over, .heat canvas";

/** Pixels that a pointer may slip without meaning to drag. */
const SLIP = 4;

export class View {
  /** Unix seconds, null where no one points. @type {number | null} */
  cursor = null;
  /** Is called when the window may be another. */
  changed = () => {};
  /** Is called when the cursor is elsewhere. */
  moved = () => {};

  #store;
  /** @type {Window | null} held until a reader goes back */
  #held = null;
  /** @type {Window | null} held as long as a pointer is over a chart */
  #still = null;
  #pointed = 0;
  #reason = "";

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @returns {Window} */
  get window() {
    return this.#held ?? this.#still ?? this.#present();
  }

  /** Why time does not move on: "paused", "zoomed" or "held", "" where it does. */
  get state() {
    return this.#held ? this.#reason : this.#still ? "held" : "";
  }

  /** Whether the window stays until the reader goes back. */
  get pinned() {
    return this.#held !== null;
  }

  /** Whether the window is of another length than that of the present. */
  get zoomed() {
    return this.window.to - this.window.from < this.#store.span - 1e-6;
  }

  /**
   * Shows the time between two moments, in any order.
   * @param {number} a Unix seconds
   * @param {number} b
   */
  zoom(a, b) {
    this.#hold(this.#within(Math.min(a, b), Math.max(a, b)), "zoomed");
  }

  /**
   * Shows more or less time around the cursor, which stays where it is.
   * @param {number} factor of the length
   */
  scale(factor) {
    const { from, to } = this.window;
    const at = this.cursor ?? to;
    this.zoom(at - (at - from) * factor, at + (to - at) * factor);
  }

  /** Holds the present, or goes back to it. */
  toggle() {
    if (this.#held) this.back();
    else this.#hold(this.window, "paused");
  }

  /** Follows the present again. */
  back() {
    this.#held = this.#still = this.cursor = null;
    this.#tell();
  }

  /**
   * A pointer is over a chart.
   * @param {number} time at the pointer
   * @param {number} now milliseconds
   */
  over(time, now) {
    const first = !this.#still;
    this.#still ??= this.#present();
    this.#pointed = now;
    this.cursor = this.#snap(time);
    if (first) this.#tell();
    else this.moved();
  }

  /** The pointer has left. */
  leave() {
    if (!this.#still) return;
    this.#still = this.cursor = null;
    this.#tell();
  }

  /**
   * Time has passed: a pointer that was left lying on a chart holds it no more.
   * @param {number} now milliseconds
   */
  tick(now) {
    if (this.#still && now - this.#pointed > PATIENCE) this.leave();
  }

  /**
   * Moves the cursor by samples, and holds the window around it.
   * @param {number} count
   */
  step(count) {
    const { times } = this.#store;
    const start = this.cursor == null ? this.#store.nearest(this.window.to) - Math.sign(count) : this.#store.nearest(this.cursor);
    let at = start + count;
    // What stands for a gap is no sample.
    if (this.#store.gapAt(times[at])) at += Math.sign(count);
    this.#put(times[Math.max(0, Math.min(times.length - 1, at))]);
  }

  /**
   * Moves the cursor to an end of the window.
   * @param {"from" | "to"} end
   */
  edge(end) {
    const { from, to } = this.window;
    const places = this.#store.within(from, to);
    this.#put(this.#store.times[places.at(end === "from" ? 0 : -1)]);
  }

  #put(time) {
    if (time == null) return;
    const { from, to } = this.window;
    const by = Math.min(0, time - from) + Math.max(0, time - to);
    this.cursor = time;
    this.#hold({ from: from + by, to: to + by }, this.#held ? this.#reason : "held");
  }

  #hold(window, reason) {
    this.#held = window;
    if (this.cursor < window.from || this.cursor > window.to) this.cursor = null;
    this.#reason = reason;
    this.#tell();
  }

  #tell() {
    this.#store.keep = this.state ? this.window.from : Infinity;
    this.changed();
    this.moved();
  }

  /** Before the first sample, any time will do. */
  #present() {
    const to = this.#store.newest || this.#store.span;
    return { from: to - this.#store.span, to };
  }

  /** The nearest window that is neither too short nor of what is not there. */
  #within(from, to) {
    const { span, interval, times } = this.#store;
    const now = this.#present();
    const oldest = Math.min(now.from, times[0] ?? now.from);
    const length = Math.min(span, Math.max(to - from, 2, 4 * interval));
    const start = Math.max(oldest, Math.min((from + to - length) / 2, now.to - length));
    return { from: start, to: start + length };
  }

  /** The sample that a time is read from; in a gap there is none. */
  #snap(time) {
    return this.#store.gapAt(time) ? time : (this.#store.times[this.#store.nearest(time)] ?? time);
  }
}

/** What keys do to the view, at a chart; the last two, anywhere. */
const KEYS = {
  ArrowLeft: (view, n) => view.step(-n),
  ArrowRight: (view, n) => view.step(n),
  Home: (view) => view.edge("from"),
  End: (view) => view.edge("to"),
  "+": (view) => view.scale(0.5),
  "=": (view) => view.scale(0.5),
  "-": (view) => view.scale(2),
};
const GLOBAL = { Escape: (view) => view.back(), " ": (view) => view.toggle() };

/**
 * Does what a key is for.
 * @param {View} view
 * @param {KeyboardEvent} event
 * @returns {boolean} whether it is for anything
 */
export function press(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const act = KEYS[event.key] ?? GLOBAL[event.key];
  if (!act) return false;
  event.preventDefault();
  act(view, event.shiftKey ? 10 : 1);
  return true;
}

/** Listens to what is for the view anywhere on the page. @param {View} view */
export function anywhere(view) {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    // Space scrolls or presses what has the focus.
    const free = (target === document.body && (key !== " " || get("keys", true))) || (key === "Escape" && view.state && !target.closest("dialog, input, select, textarea"));
    if (free && key in GLOBAL) press(view, event);
  });
  // A finger that reads is done when it touches something else.
  document.addEventListener("pointerdown", ({ target }) => {
    if (!target.closest(AREAS)) view.leave();
  });
}

/**
 * Lets a pointer read, zoom and go back. A finger reads.
 * @param {HTMLElement} area as wide as the window
 * @param {View} view
 * @param {(left: number, width: number) => void} select shows what is being chosen
 */
export function pointing(area, view, select = () => {}) {
  let start = null;
  const at = ({ clientX }) => {
    const { left, width } = area.getBoundingClientRect();
    return { x: Math.max(0, Math.min(width, clientX - left)), width };
  };
  const time = (x, width) => view.window.from + (x / width) * (view.window.to - view.window.from);
  const over = (event) => {
    const { x, width } = at(event);
    view.over(time(x, width), performance.now());
    if (start != null) select(Math.min(x, start), Math.abs(x - start));
  };
  const end = () => {
    start = null;
    select(0, 0);
  };
  area.addEventListener("pointerdown", (event) => {
    over(event);
    if (event.button !== 0 || event.pointerType === "touch") return;
    start = at(event).x;
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", over);
  area.addEventListener("pointerup", (event) => {
    const { x, width } = at(event);
    if (start != null && Math.abs(x - start) > SLIP) view.zoom(time(start, width), time(x, width));
    end();
  });
  area.addEventListener("pointercancel", end);
  area.addEventListener("pointerleave", ({ pointerType }) => {
    // A finger that is lifted leaves the cursor, to be read.
    if (pointerType !== "touch") view.leave();
  });
  area.addEventListener("dblclick", () => view.back());
}
