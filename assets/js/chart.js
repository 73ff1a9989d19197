// One time series chart, drawn by uPlot from the columns of the store.
import uPlot from "uplot";
import { ages, bytes, ceiling, clock, percent, rate, short, span } from "./format.js";

/** @typedef {import("./store.js").Store} Store */

const READING = { percent, bytes, rate };
const SCALE = { percent: (x) => `${x} %`, bytes: short, rate: (x) => (x === 0 ? "0" : `${short(x)}/s`) };

export class Chart {
  #figure;
  #plot;
  #store;
  #name;
  #unit;
  #stacked;
  #lines;
  #moment;
  #uplot;
  #colours = {};
  #cursor = null;
  #present = true;
  #empty = true;
  #whole = 0;

  /**
   * @param {HTMLElement} figure its legend names the series, bottom of the stack first
   * @param {Store} store
   */
  constructor(figure, store) {
    this.#figure = figure;
    this.#plot = figure.querySelector(".plot");
    this.#moment = figure.querySelector(".moment");
    this.#store = store;
    this.#name = figure.dataset.chart;
    this.#unit = figure.dataset.unit;
    this.#stacked = "stacked" in figure.dataset;
    this.#lines = Array.from(figure.querySelectorAll("[data-series]"), (item) => ({
      key: item.dataset.series,
      item,
      rare: "rare" in item.dataset,
      swatch: item.querySelector(".key"),
      reading: item.querySelector(".reading"),
    }));
    this.recolour();
    this.#uplot = new uPlot(this.#options(), this.#data(), this.#plot);
    new ResizeObserver(() => this.#uplot.setSize(this.#size())).observe(this.#plot);
  }

  /** The columns of the store that a figure shows. */
  static columns(figure) {
    const name = figure.dataset.chart;
    return Array.from(figure.querySelectorAll("[data-series]"), (item) => `${name}.${item.dataset.series}`);
  }

  /** Shows what the store holds. */
  draw() {
    this.#uplot.setData(this.#data());
    this.#read();
  }

  /** Takes the colours that are in force: of the theme, and of the past. */
  recolour() {
    const style = getComputedStyle(this.#plot);
    this.#colours = { ink: style.color, grid: style.borderTopColor, hatch: style.outlineColor };
    for (const line of this.#lines) this.#colours[line.key] = getComputedStyle(line.swatch).backgroundColor;
    this.#uplot?.redraw(false, true);
  }

  /**
   * Says whether the newest sample is of the present. What ended before shows
   * when it did.
   * @param {boolean} present
   */
  setPresent(present) {
    if (present === this.#present) return;
    this.#present = present;
    this.recolour();
    this.#read();
  }

  #column(line) {
    return this.#store.columns.get(`${this.#name}.${line.key}`);
  }

  #data() {
    const columns = this.#lines.map((line) => this.#column(line));
    return [this.#store.times, ...(this.#stacked ? stack(columns).reverse() : columns)];
  }

  #size() {
    return { width: this.#plot.clientWidth, height: this.#plot.clientHeight };
  }

  #options() {
    const em = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const font = `${10 * em}px ${getComputedStyle(this.#plot).fontFamily}`;
    const grid = { stroke: () => this.#colours.grid, width: 1 };
    const axis = { stroke: () => this.#colours.ink, font, grid, ticks: { show: false } };
    return {
      ...this.#size(),
      legend: { show: false },
      padding: [6, 0, 0, 0],
      // The grid lies over the stack, as it is printed on recording paper.
      drawOrder: ["series", "axes"],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false },
        sync: { key: "tacho", scales: ["x", null] },
      },
      scales: { x: { time: true, range: () => [this.#end() - this.#store.span, this.#end()] }, y: { range: (_, __, max) => [0, this.#top(max)] } },
      axes: [
        { ...axis, size: 18 * em, gap: 3, splits: () => fifths(this.#end(), this.#store.span), values: () => [...ages(this.#store.span), this.#last()] },
        { ...axis, side: 1, size: 62 * em, gap: 4, splits: (u) => [0, u.scales.y.max / 2, u.scales.y.max], values: (_, at) => this.#scale(at) },
      ],
      series: [{}, ...this.#series()],
      hooks: {
        draw: [(u) => this.#hatch(u)],
        setCursor: [(u) => this.#point(u)],
      },
    };
  }

  #series() {
    const series = this.#lines.map((line, i) => {
      const colour = () => this.#colours[line.key];
      return this.#stacked
        ? { fill: colour, width: 0, points: { show: false } }
        : { stroke: colour, fill: () => faint(this.#colours[line.key]), width: i === 0 ? 2.25 : 1.25, points: { show: false } };
    });
    return this.#stacked ? series.reverse() : series;
  }

  /** What the newest sample is of: the present, or a time of day. */
  #last() {
    return this.#present || !this.#store.newest ? "now" : clock(this.#store.newest);
  }

  /** Before the first sample, any time will do. */
  #end() {
    return this.#store.newest || this.#store.span;
  }

  #top(max) {
    if (this.#unit === "percent") return 100;
    if (this.#unit === "bytes") return this.#total() || 1;
    this.#empty = max == null;
    return ceiling(max ?? 0);
  }

  #scale(at) {
    // As long as the whole is unknown, a scale of it would be made up.
    const unknown = (this.#unit === "bytes" && this.#whole === 0) || (this.#unit === "rate" && this.#empty);
    const scale = at.map(unknown ? () => "" : SCALE[this.#unit]);
    // A time of day needs the room of the nought.
    return this.#last() === "now" ? scale : ["", ...scale.slice(1)];
  }

  /** What the parts of a whole add up to. */
  #total() {
    const at = this.#store.times.length - 1;
    const total = this.#lines.reduce((sum, line) => sum + (this.#column(line)[at] ?? 0), 0);
    // A tick without a reading does not change the scale.
    if (total > 0) this.#whole = total;
    return this.#whole;
  }

  /** Marks the time of which nothing is known. */
  #hatch(u) {
    const { ctx, bbox } = u;
    const dense = bbox.height / (u.over.clientHeight || 1);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const gap of this.#store.gaps) {
      const from = Math.max(bbox.left, u.valToPos(gap.from, "x", true));
      const to = u.valToPos(gap.to, "x", true);
      strokes(ctx, from, to, bbox, dense, this.#colours.hatch);
      label(ctx, `no data ${span(gap.to - gap.from)}`, from, to, bbox, dense, this.#colours.ink, u.axes[0].font[0]);
    }
    ctx.restore();
  }

  #point(u) {
    const { left, idx } = u.cursor;
    const inside = left >= 0 && idx != null;
    this.#cursor = inside ? { time: u.posToVal(left, "x") } : null;
    this.#read(u);
  }

  /**
   * Writes the numbers under the cursor into the legend; without one, the
   * newest parts of a whole, or the peaks of rates.
   */
  #read(u = this.#uplot) {
    const times = this.#store.times;
    const gap = this.#cursor && this.#store.gapAt(this.#cursor.time);
    const at = this.#cursor ? u.cursor.idx : times.length - 1;
    const peak = !this.#cursor && !this.#stacked;
    write(this.#moment, this.#cursor ? momentOf(gap, times[at]) : peak ? "peak" : this.#last());
    for (const line of this.#lines) {
      const column = this.#column(line);
      if (line.rare) line.item.hidden = !highest(column);
      const number = gap ? null : peak ? highest(column) : column[at];
      write(line.reading, number == null ? "–" : READING[this.#unit](number));
    }
  }
}

/** Sums from the bottom up. A sample without any of its parts has no sum. */
function stack(columns) {
  const sums = [];
  columns.forEach((column, i) => {
    const below = sums[i - 1];
    sums.push(column.map((number, at) => {
      if (columns.every((c) => c[at] == null)) return null;
      return (below?.[at] ?? 0) + (number ?? 0);
    }));
  });
  return sums;
}

function momentOf(gap, time) {
  if (gap) return `no data ${span(gap.to - gap.from)}`;
  return time ? clock(time) : "";
}

/** The beginning of the scale, its end, and the fifths between them. */
function fifths(end, span) {
  return Array.from({ length: 6 }, (_, i) => end - span + (span / 5) * i);
}

/** The greatest number of a column, null without any. */
function highest(column) {
  let most = null;
  for (const number of column) if (number != null && (most == null || number > most)) most = number;
  return most;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function faint(colour) {
  return `color-mix(in srgb, ${colour} 14%, transparent)`;
}

function strokes(ctx, from, to, bbox, dense, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, bbox.top, to - from, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = dense;
  ctx.beginPath();
  // Bound to the plot and not to the gap, the strokes of all gaps line up.
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += 6 * dense) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Writes along the gap, or across where it is narrow, or not at all. */
function label(ctx, text, from, to, bbox, dense, colour, font) {
  const room = 14 * dense;
  if (to - from < room) return;
  ctx.save();
  ctx.font = font;
  ctx.fillStyle = colour;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.translate((from + to) / 2, bbox.top + bbox.height / 2);
  const across = ctx.measureText(text).width + 8 * dense > to - from;
  if (across) ctx.rotate(-Math.PI / 2);
  if (!across || ctx.measureText(text).width <= bbox.height) ctx.fillText(text, 0, 0);
  ctx.restore();
}
