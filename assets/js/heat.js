// How busy each core was, over the time that the charts show: a row a core.
import { show, write } from "./write.js";

/** @typedef {import("./store.js").Store} Store */

/** Intervals that a sample stands for, before and after it, where it has no neighbour: a gap is longer. */
const REACH = 1.25;

/**
 * The place of the sample that each column of pixels shows, -1 where there is
 * none.
 * @param {Store} store
 * @param {import("./view.js").Window} window
 * @param {number} width
 * @returns {number[]}
 */
export function across(store, { from, to }, width) {
  const { times, interval } = store;
  let at = 0;
  return Array.from({ length: width }, (_, x) => {
    const time = from + ((x + 0.5) / width) * (to - from);
    while (at + 1 < times.length && Math.abs(times[at + 1] - time) <= Math.abs(times[at] - time)) at++;
    return Math.abs(times[at] - time) <= REACH * interval && !store.gapAt(time) ? at : -1;
  });
}

/** Numbers of a colour: "rgb(1, 2, 3)". */
function channels(colour) {
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

/**
 * Colours for 0 to 100 percent, as pixels, through a colour in the middle.
 * @param {string[]} stops three colours
 */
export function palette(stops) {
  const [low, middle, high] = stops.map(channels);
  const pixels = new Uint8ClampedArray(4 * 101);
  for (let n = 0; n <= 100; n++) {
    const [a, b] = n < 50 ? [low, middle] : [middle, high];
    const part = (n % 50) / 50 + (n === 100 ? 1 : 0);
    pixels.set([...a.map((x, i) => x + (b[i] - x) * part), 255], 4 * n);
  }
  return new Uint32Array(pixels.buffer);
}

export class Heat {
  #canvas;
  #reading;
  #store;
  #view;
  #line = document.createElement("i");
  #palette;

  /**
   * @param {HTMLElement} strip has a canvas as high as it has rows
   * @param {Store} store
   * @param {import("./view.js").View} view
   */
  constructor(strip, store, view) {
    this.#canvas = strip.querySelector("canvas");
    this.#reading = strip.querySelector(".reading");
    this.#store = store;
    this.#view = view;
    strip.append(this.#line);
  }

  /** What a pointer can point at. */
  get area() {
    return this.#canvas;
  }

  /** Takes the colours that are in force. */
  recolour() {
    const { outlineColor, color, borderTopColor } = getComputedStyle(this.#canvas);
    this.#palette = palette([outlineColor, color, borderTopColor]);
  }

  draw() {
    const width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (width === 0) return;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    const rows = this.#canvas.height;
    const image = new ImageData(width, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const samples = this.#store.columns.get("cores");
    across(this.#store, this.#view.window, width).forEach((at, x) => {
      const cores = samples[at];
      for (let row = 0; cores && row < rows; row++) {
        if (cores[row] != null) pixels[row * width + x] = this.#palette[Math.min(100, cores[row])];
      }
    });
    this.#canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** The numbers of each core at places of the store, for an export. */
  columns(places) {
    const samples = this.#store.columns.get("cores");
    return Array.from({ length: this.#canvas.height }, (_, core) => ({
      label: `core ${core}`, unit: "%", text: (n) => `${n}`, numbers: places.map((at) => samples[at]?.[core] ?? null),
    }));
  }

  /** Says which core was the busiest, at the sample that is read. */
  read(at) {
    const cores = this.#store.columns.get("cores")[at] ?? [];
    const most = Math.max(...cores.map((n) => n ?? -1));
    const text = most < 0 ? "" : `#${cores.indexOf(most)} ${most} %`;
    write(this.#reading, text);
    const { cursor, window } = this.#view;
    show(this.#line, cursor != null);
    if (cursor != null) this.#line.style.translate = `${((cursor - window.from) / (window.to - window.from)) * this.#canvas.clientWidth}px`;
  }
}
