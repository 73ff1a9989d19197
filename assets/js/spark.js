// The little lines: the last minutes of one number, in tiles and in drawers.

/** @typedef {import("./store.js").Store} Store */

/** The columns of the store that tiles draw. */
export const sparkColumns = [
  "cpu.busy", "memory.used", "disks.busy", "network.receive", "network.transmit",
  "pressure.cpu", "pressure.memory", "pressure.io", "sensors.heat",
];

/** Samples that a line shows at most, and the width of the box in which tiles draw it (views/glance.templ). */
const SPAN = 300;

const SVG = "http://www.w3.org/2000/svg";

/**
 * The path through values in a box, broken where there are none.
 * @param {(number | null)[]} values
 * @param {number} most the top of the box
 * @param {number} width
 * @param {number} height
 */
export function trace(values, most, width, height) {
  const step = width / Math.max(1, values.length - 1);
  let path = "";
  let open = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value == null) {
      open = false;
      continue;
    }
    const x = values.length > 1 ? Math.round(10 * step * i) / 10 : width;
    const point = `${x} ${Math.round(height - height * Math.min(1, Math.max(0, value / most)))}`;
    // One without neighbours is a line to itself, and so a dot.
    path += open ? ` ${point}` : `M${point}L${point}`;
    open = true;
  }
  return path;
}

/** Gives a picture its path. */
function draw(svg, path) {
  const line = svg.firstElementChild ?? svg.appendChild(document.createElementNS(SVG, "path"));
  line.setAttribute("d", path);
}

/**
 * Draws the lines of all tiles.
 * @param {Store} store
 */
export function drawSparks(store) {
  for (const svg of document.querySelectorAll(".spark")) {
    const { columns: names, most } = svg.dataset;
    const columns = names.split(" ").map((name) => store.columns.get(name)?.slice(-SPAN) ?? []);
    const top = Number(most) || Math.max(1, ...columns.flat());
    draw(svg, columns.map((column) => trace(column, top, SPAN, 100)).join(""));
  }
}

/** A little chart of one number. It begins when it is made. */
export class Spark {
  #values = [];
  #svg = document.createElementNS(SVG, "svg");
  #now = document.createElement("b");
  #scale = document.createElement("small");
  #unit;
  #topOf;

  /**
   * @param {string} label
   * @param {(x: number) => string} unit
   * @param {(most: number) => number} topOf the end of a scale for what is up to most
   */
  constructor(label, unit, topOf) {
    this.#unit = unit;
    this.#topOf = topOf;
    this.element = document.createElement("figure");
    this.element.className = "trend";
    this.#svg.setAttribute("role", "img");
    this.#svg.setAttribute("aria-label", `${label} since this was opened`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    const caption = document.createElement("figcaption");
    caption.append(`${label} `, this.#now, this.#scale);
    this.element.append(caption, this.#svg);
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > SPAN) this.#values.shift();
    const known = this.#values.filter((v) => v != null);
    const top = this.#topOf(Math.max(0, ...known));
    this.#now.textContent = value == null ? "–" : this.#unit(value);
    this.#scale.textContent = `of ${this.#unit(top)}`;
    this.#svg.setAttribute("viewBox", `0 0 ${Math.max(59, this.#values.length - 1)} 100`);
    draw(this.#svg, trace(this.#values, top, this.#values.length - 1, 100));
  }
}
