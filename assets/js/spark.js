// The little lines: the last minutes of one number, in tiles and in drawers.

/** @typedef {import("./store.js").Store} Store */

/** The columns of the store that tiles draw. */
export const sparkColumns = [
  "cpu.busy", "memory.used", "disks.busy", "network.receive", "network.transmit",
  "pressure.cpu", "pressure.memory", "pressure.io", "sensors.heat",
];

/** Samples that a line shows at most. */
const SPAN = 300;

function tiles() {
  return Array.from(document.querySelectorAll("canvas[data-columns]"), (canvas) => ({
    canvas,
    names: canvas.dataset.columns.split(" "),
    most: Number(canvas.dataset.most),
  }));
}

/**
 * The lines through values in a box, broken where there are none.
 * @param {(number | null)[]} values
 * @param {number} most the top of the box
 * @param {number} width
 * @param {number} height
 * @returns {[number, number][][]}
 */
export function lines(values, most, width, height) {
  const result = [];
  let open = false;
  values.forEach((value, i) => {
    if (value == null) {
      open = false;
      return;
    }
    if (!open) result.push([]);
    open = true;
    const x = values.length > 1 ? (width * i) / (values.length - 1) : width;
    result.at(-1).push([x, height - height * Math.min(1, Math.max(0, value / most))]);
  });
  return result;
}

/** Device pixels of the line. */
const STROKE = 3;

/**
 * Draws the lines of all tiles.
 * @param {Store} store
 */
export function drawSparks(store) {
  let colour;
  for (const { canvas, names, most } of tiles()) {
    const columns = names.map((name) => store.columns.get(name)?.slice(-SPAN) ?? []);
    const context = canvas.getContext("2d");
    const top = most || Math.max(1, ...columns.flat());
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = colour ??= getComputedStyle(canvas).color;
    context.lineWidth = STROKE;
    context.lineJoin = "round";
    context.beginPath();
    for (const column of columns) {
      for (const line of lines(column, top, canvas.width - STROKE, canvas.height - STROKE)) {
        line.forEach(([x, y], i) => {
          if (i === 0) context.moveTo(x + STROKE / 2, y + STROKE / 2);
          else context.lineTo(x + STROKE / 2, y + STROKE / 2);
        });
      }
    }
    context.stroke();
  }
}

const SVG = "http://www.w3.org/2000/svg";

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
    this.#svg.replaceChildren(...lines(this.#values, top, this.#values.length - 1, 100).map((points) => {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points.join(" "));
      return line;
    }));
  }
}
