// A line through the last values of one number.

/** Ticks that the little charts remember. */
const MOST = 300;

/**
 * The points of a line through values, each a step from the one before, in a box of
 * so many steps by 100. What is missing is left out.
 * @param {(number | null)[]} values
 * @param {number} top
 * @returns {string[]} one text of points for each stretch without a hole
 */
export function stretches(values, top) {
  const lines = [[]];
  values.forEach((value, i) => {
    if (value == null) lines.push([]);
    else lines.at(-1).push(`${i},${(100 - (100 * value) / top).toFixed(1)}`);
  });
  return lines.filter((line) => line.length > 0).map((line) => line.join(" "));
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
    if (this.#values.length > MOST) this.#values.shift();
    const known = this.#values.filter((v) => v != null);
    const top = this.#topOf(Math.max(0, ...known));
    this.#now.textContent = value == null ? "–" : this.#unit(value);
    this.#scale.textContent = `of ${this.#unit(top)}`;
    this.#svg.setAttribute("viewBox", `0 0 ${Math.max(59, this.#values.length - 1)} 100`);
    this.#svg.replaceChildren(...stretches(this.#values, top).map((points) => {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points);
      return line;
    }));
  }
}
