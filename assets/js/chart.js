// One time series chart, drawn by uPlot from the columns of the store.
import uPlot from "uplot";
import { flag, label, strokes } from "./annotate.js";
import { saveCSV, savePNG, showTable } from "./export.js";
import { ages, bytes, ceiling, clock, percent, rate, short, span } from "./format.js";
import { Heat } from "./heat.js";
import { isDecimal, menu } from "./menu.js";
import { watch } from "./prefs.js";
import { sight } from "./sight.js";
import { DASHES, texture } from "./texture.js";
import { pointing, press } from "./view.js";
import { show, write } from "./write.js";

/**
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./view.js").View} View
 */

const READING = { percent, bytes, rate };
const SCALE = { percent: (x) => `${x} %`, bytes: short, rate: (x, decimal) => (x === 0 ? "0" : `${short(x, decimal)}/s`) };
/** What files of numbers are in. */
const UNIT = { percent: "%", bytes: "B", rate: "B/s" };
/** Pixels from which on a mark is near. */
const NEAR = 6;
/** And those from which on a chart is about to be seen. */
const NEARBY = 200;
/** Pixels that a label of a time of day needs. */
const CLOCK = 90;
/** The colour of what is left empty. */
const NONE = "rgba(0, 0, 0, 0)";

export class Chart {
  #figure;
  #plot;
  #store;
  #view;
  #name;
  #unit;
  #stacked;
  #lines;
  #moment;
  #back;
  #markText;
  #heat;
  #uplot;
  #colours = {};
  #textures = new Map();
  #present = true;
  #empty = true;
  #whole = 0;
  #foremost = null;
  #inSight = true;
  #drawn = "";
  #state = "";

  /**
   * @param {HTMLElement} figure its legend names the series, bottom of the stack first
   * @param {Store} store
   * @param {View} view
   */
  constructor(figure, store, view) {
    this.#figure = figure;
    this.#plot = figure.querySelector(".plot");
    this.#moment = figure.querySelector(".moment");
    this.#back = figure.querySelector(".back");
    this.#markText = figure.querySelector(".mark-text");
    this.#store = store;
    this.#view = view;
    this.#name = figure.dataset.chart;
    this.#unit = figure.dataset.unit;
    this.#stacked = "stacked" in figure.dataset;
    this.#lines = Array.from(figure.querySelectorAll("[data-series]"), (item, place) => ({
      key: item.dataset.series,
      label: item.querySelector(".reading").previousSibling.textContent.trim(),
      item,
      place,
      rare: "rare" in item.dataset,
      swatch: item.querySelector(".key"),
      reading: item.querySelector(".reading"),
    }));
    const strip = figure.querySelector(".heat");
    if (strip) this.#heat = new Heat(strip, store, view);
    this.recolour();
    this.#uplot = new uPlot(this.#options(), this.#data(), this.#plot);
    new ResizeObserver(() => this.#resize()).observe(this.#plot);
    // What is out of sight is not drawn, but soon enough to be there when it is scrolled to.
    sight(figure, (inSight) => this.#see(inSight), NEARBY);
    this.#listen();
  }

  /** The columns of the store that a figure shows. */
  static columns(figure) {
    const name = figure.dataset.chart;
    const columns = Array.from(figure.querySelectorAll("[data-series]"), (item) => `${name}.${item.dataset.series}`);
    return figure.querySelector(".heat") ? [...columns, "cores"] : columns;
  }

  /**
   * Draws what the view has of the store, unless it is drawn already. It changes
   * nothing else: words that a canvas is given have the browser lay out what has
   * changed before them.
   */
  draw() {
    const { window, state } = this.#view;
    const drawn = [window.from, window.to, state, this.#store.revision].join();
    if (drawn !== this.#drawn && this.#inSight) {
      this.#drawn = drawn;
      this.#uplot.batch(() => {
        this.#uplot.setData(this.#data());
        // The words of the scales may change without their numbers.
        if (state !== this.#state) this.#uplot.redraw(false, true);
      });
      this.#state = state;
      this.#heat?.draw();
    }
  }

  #see(inSight) {
    this.#inSight = inSight;
    this.draw();
    this.point();
  }

  /** Draws in any case: paper has all charts. */
  #redraw() {
    const inSight = this.#inSight;
    this.#drawn = this.#state = "-";
    this.#inSight = true;
    this.draw();
    this.#inSight = inSight;
    this.point();
  }

  /** Takes the colours that are in force: of the theme, and of the past. */
  recolour() {
    const style = getComputedStyle(this.#plot);
    const more = getComputedStyle(this.#moment);
    this.#colours = {
      ink: style.color, grid: style.borderTopColor, paper: style.backgroundColor, hatch: more.outlineColor,
      info: more.borderTopColor, warning: more.borderRightColor, critical: more.borderBottomColor,
    };
    for (const line of this.#lines) this.#colours[line.key] = getComputedStyle(line.swatch).color;
    this.#textures.clear();
    this.#heat?.recolour();
    if (this.#uplot) this.#redraw();
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
  }

  #listen() {
    pointing(this.#uplot.over, this.#view, (left, width) => this.#uplot.setSelect({ left, width, top: 0, height: this.#uplot.over.clientHeight }, false));
    if (this.#heat) pointing(this.#heat.area, this.#view);
    this.#back.addEventListener("click", () => {
      this.#plot.focus({ preventScroll: true });
      this.#view.back();
    });
    for (const { key, item } of this.#lines) {
      item.addEventListener("pointerenter", () => this.#bringOut(key));
      item.addEventListener("pointerleave", () => this.#bringOut(null));
    }
    this.#slide();
    const picture = () => this.#picture();
    menu(this.#figure.querySelector(".menu"), {
      table: () => showTable(this.#extract(), picture),
      csv: () => saveCSV(this.#extract()),
      png: picture,
    });
    watch("units", () => this.#redraw());
  }

  /** Makes the plot a slider of its cursor. */
  #slide() {
    const plot = this.#plot;
    plot.tabIndex = 0;
    plot.setAttribute("role", "slider");
    plot.addEventListener("focus", () => this.#say());
    plot.addEventListener("blur", () => this.#bringOut(null));
    plot.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        this.#next(by);
      } else if (!press(this.#view, event)) return;
      this.#say();
    });
    this.#say();
  }

  #column(line) {
    return this.#store.columns.get(`${this.#name}.${line.key}`);
  }

  #data() {
    const columns = this.#lines.map((line) => this.#column(line));
    if (!this.#stacked) return [this.#store.times, ...columns];
    // What has no colour needs no drawing.
    const sums = stack(columns).map((sum, i) => (this.#colours[this.#lines[i].key] === NONE ? sum.map(() => null) : sum));
    return [this.#store.times, ...sums.reverse()];
  }

  #size() {
    return { width: this.#plot.clientWidth, height: this.#plot.clientHeight };
  }

  #resize() {
    this.#uplot.setSize(this.#size());
    this.#redraw();
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
        // The view has the cursor of all charts.
        bind: Object.fromEntries(["mousedown", "mouseup", "mousemove", "mouseenter", "mouseleave", "click", "dblclick"].map((name) => [name, () => null])),
      },
      scales: { x: { time: true, range: () => [this.#view.window.from, this.#view.window.to] }, y: { range: (_, __, max) => [0, this.#top(max)] } },
      axes: [
        { ...axis, size: 18 * em, gap: 3, splits: (u) => parts(this.#view.window, this.#labels(u)), values: (u, at) => this.#times(u, at) },
        { ...axis, side: 1, size: 62 * em, gap: 4, splits: (u) => [0, u.scales.y.max / 2, u.scales.y.max], values: (_, at) => this.#scale(at) },
      ],
      series: [{}, ...this.#series()],
      hooks: {
        draw: [(u) => this.#annotate(u)],
      },
    };
  }

  #series() {
    const series = this.#lines.map((line) => {
      const points = { show: false };
      return this.#stacked
        ? { fill: () => this.#fill(line), width: 0, points }
        : { stroke: () => this.#colour(line), fill: () => faint(this.#colour(line)), width: line.place === 0 ? 2.25 : 1.5, dash: DASHES[line.place], cap: "butt", points };
    });
    return this.#stacked ? series.reverse() : series;
  }

  /** Of a series that others are brought out before, a faint one. */
  #colour({ key }) {
    const colour = this.#colours[key];
    return this.#foremost == null || this.#foremost === key ? colour : faint(colour);
  }

  #fill(line) {
    const colour = this.#colour(line);
    if (colour === NONE) return colour;
    const name = `${colour} ${line.place} ${devicePixelRatio}`;
    if (!this.#textures.has(name)) this.#textures.set(name, texture(colour, this.#colours.paper, line.place, devicePixelRatio));
    return this.#textures.get(name);
  }

  /** @param {string | null} key of a series, null for all alike */
  #bringOut(key) {
    if (key === this.#foremost) return;
    this.#foremost = key;
    for (const line of this.#lines) line.item.classList.toggle("foremost", line.key === key);
    this.#uplot.redraw(false, false);
  }

  #next(by) {
    const keys = [null, ...this.#lines.filter(({ item }) => !item.hidden).map(({ key }) => key)];
    this.#bringOut(keys[(keys.indexOf(this.#foremost) + by + keys.length) % keys.length]);
  }

  /** What the end of the window is of: the present, or a time of day. */
  #last() {
    return (this.#present && !this.#view.state) || !this.#store.newest ? "now" : clock(this.#view.window.to);
  }

  /** How many parts the scale of time has. */
  #labels(u) {
    return this.#view.zoomed ? Math.max(1, Math.min(5, Math.floor(u.over.clientWidth / CLOCK))) : 5;
  }

  #times(u, at) {
    return this.#view.zoomed ? ["", ...at.slice(1).map(clock)] : [...ages(this.#store.span), this.#last()];
  }

  #top(max) {
    if (this.#unit === "percent") return 100;
    if (this.#unit === "bytes") return this.#total() || 1;
    this.#empty = max == null;
    return ceiling(max ?? 0, isDecimal());
  }

  #scale(at) {
    // As long as the whole is unknown, a scale of it would be made up.
    const unknown = (this.#unit === "bytes" && this.#whole === 0) || (this.#unit === "rate" && this.#empty);
    const scale = at.map((x) => (unknown ? "" : SCALE[this.#unit](x, isDecimal())));
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

  /** Draws the time of which nothing is known, and the marks. */
  #annotate(u) {
    const { ctx, bbox } = u;
    const dense = bbox.height / (u.over.clientHeight || 1);
    const x = (time) => u.valToPos(time, "x", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const gap of this.#store.gaps) {
      const from = Math.max(bbox.left, x(gap.from));
      const to = Math.min(bbox.left + bbox.width, x(gap.to));
      if (from >= to) continue;
      strokes(ctx, from, to, bbox, dense, this.#colours.hatch);
      label(ctx, `no data ${span(gap.to - gap.from)}`, from, to, bbox, dense, this.#colours.ink, u.axes[0].font[0]);
    }
    for (const { time, severity } of this.#store.marks) flag(ctx, x(time), bbox, dense, severity, this.#colours[severity]);
    ctx.restore();
  }

  /** The mark under the cursor. */
  #near() {
    const { cursor, window } = this.#view;
    if (cursor == null || this.#store.marks.length === 0) return undefined;
    const reach = (NEAR * (window.to - window.from)) / (this.#uplot.over.clientWidth || 1);
    const distance = ({ time }) => Math.abs(time - cursor);
    return this.#store.marks.filter((mark) => distance(mark) <= reach).sort((a, b) => distance(a) - distance(b))[0];
  }

  /** What the readings are of: a gap, a sample, or the highest of the window. */
  #spot() {
    const { cursor, window } = this.#view;
    const store = this.#store;
    const gap = cursor == null ? undefined : store.gapAt(cursor);
    const at = store.nearest(cursor ?? window.to);
    return { gap, at, peak: cursor == null && !this.#stacked };
  }

  #numberOf(line, { gap, at, peak }) {
    const column = this.#column(line);
    if (peak) return highest(column, this.#store.times, this.#view.window);
    return gap ? null : column[at];
  }

  #text(number) {
    return number == null ? "–" : READING[this.#unit](number, isDecimal());
  }

  #momentOf({ gap, at, peak }) {
    const { cursor, state } = this.#view;
    if (cursor == null) return state && state !== "held" ? state : peak ? "peak" : this.#last();
    if (gap) return `no data ${span(gap.to - gap.from)}`;
    return at < 0 ? "" : `${clock(this.#store.times[at])} ${state}`;
  }

  /**
   * Puts the cursor where it is, and writes the numbers under it into the
   * legend; without one, the newest parts of a whole, or the peaks of rates.
   */
  point() {
    const { cursor, window, pinned } = this.#view;
    const { over } = this.#uplot;
    show(this.#back, pinned);
    const left = cursor == null ? -10 : ((cursor - window.from) / (window.to - window.from)) * over.clientWidth;
    this.#uplot.setCursor({ left, top: cursor == null ? -10 : 0 }, false);
    const spot = this.#spot();
    write(this.#moment, this.#momentOf(spot));
    const mark = this.#near();
    write(this.#markText, mark ? `${clock(mark.time)} ${mark.text}` : "");
    show(this.#markText, Boolean(mark));
    for (const line of this.#lines) {
      if (line.rare) show(line.item, highest(this.#column(line), this.#store.times, window) > 0);
      write(line.reading, this.#text(this.#numberOf(line, spot)));
    }
    this.#heat?.read(spot.gap ? -1 : spot.at);
  }

  /** Tells those who listen what is under the cursor: after keys, and not as time goes by. */
  #say() {
    this.point();
    const spot = this.#spot();
    const sign = this.#unit === "percent" ? " %" : "";
    const lines = this.#lines.filter(({ key, item }) => (this.#foremost ? key === this.#foremost : !item.hidden));
    const readings = lines.map((line) => `${line.label} ${this.#text(this.#numberOf(line, spot))}${sign}`);
    const { cursor, window } = this.#view;
    const at = cursor ?? window.to;
    const values = { min: window.from - window.to, max: 0, now: at - window.to };
    for (const [name, value] of Object.entries(values)) this.#plot.setAttribute(`aria-value${name}`, `${Math.round(value)}`);
    this.#plot.setAttribute("aria-valuetext", [this.#momentOf(spot), this.#markText.textContent, ...readings].filter(Boolean).join(", "));
  }

  #title() {
    const { textContent } = document.getElementById(this.#figure.closest("section").getAttribute("aria-labelledby"));
    return textContent.trim();
  }

  /** The numbers that are in view. */
  #extract() {
    const { window } = this.#view;
    const places = this.#store.within(window.from, window.to);
    const times = places.map((at) => this.#store.times[at]);
    const pick = (column) => places.map((at) => column[at]);
    const columns = this.#lines.filter(({ item }) => !item.hidden).map((line) => ({
      label: line.label, unit: UNIT[this.#unit], text: (x) => this.#text(x), numbers: pick(this.#column(line)),
    }));
    const day = new Date(1000 * window.to).toISOString().replace(/\.\d+/, "").replaceAll(":", "");
    return { title: this.#title(), name: `tacho-${this.#name}-${day}`, times, columns: [...columns, ...(this.#heat?.columns(places) ?? [])] };
  }

  #picture() {
    const { ink, paper } = this.#colours;
    savePNG(this.#extract(), {
      canvases: [this.#uplot.ctx.canvas, ...(this.#heat ? [this.#heat.area] : [])],
      legend: this.#lines.filter(({ item }) => !item.hidden).map((line) => ({ label: line.label, fill: this.#stacked ? this.#fill(line) : this.#colours[line.key] })),
      ink, paper, font: getComputedStyle(this.#plot).fontFamily,
    });
  }
}

/**
 * Sums from the bottom up. A sample without any of its parts has no sum, and
 * neither has what adds nothing: what lies below it would hide it.
 */
function stack(columns) {
  const seen = columns[0].map((_, at) => columns.some((column) => column[at] != null));
  const blank = seen.map(() => null);
  const total = seen.map(() => 0);
  return columns.map((column) => {
    if (!column.some((number) => number > 0)) return blank;
    return column.map((number, at) => {
      total[at] += number ?? 0;
      return seen[at] ? total[at] : null;
    });
  });
}

/** The beginning of a scale, its end, and what divides it evenly. */
function parts({ from, to }, count) {
  return Array.from({ length: count + 1 }, (_, i) => from + ((to - from) / count) * i);
}

/** The greatest number of a column within a window, null without any. */
function highest(column, times, { from, to }) {
  let most = null;
  column.forEach((number, at) => {
    if (number != null && times[at] >= from && times[at] <= to && (most == null || number > most)) most = number;
  });
  return most;
}

function faint(colour) {
  return `color-mix(in srgb, ${colour} 14%, transparent)`;
}
