// What charts show, as a table, as CSV and as a picture.
import { clock, day } from "./format.js";
import { present } from "./dialog.js";

/**
 * A column of numbers.
 * @typedef {{label: string, unit: string, text: (number: number) => string, numbers: (number | null)[]}} Column
 *
 * What a chart shows.
 * @typedef {object} Extract
 * @property {string} title
 * @property {string} name of a file, without what stands behind the point
 * @property {number[]} times Unix seconds, oldest first
 * @property {Column[]} columns as long as times
 */

/** Rows of a table that is to be read. */
const MOST_ROWS = 300;

/** A time of day, with hundredths where samples are less than a second apart. */
function fine(time, times) {
  const short = times.length > 1 && times.at(-1) - times[0] < 0.9 * (times.length - 1);
  return clock(time) + (short ? `.${String(Math.floor((time % 1) * 100)).padStart(2, "0")}` : "");
}

function quoted(field) {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/**
 * RFC 4180, with times of UTC and plain numbers; what is missing is empty.
 * @param {Extract} extract
 */
export function csv({ times, columns }) {
  const rows = times.map((time, at) => [new Date(1000 * time).toISOString(), ...columns.map(({ numbers }) => `${numbers[at] ?? ""}`)]);
  const head = ["time (UTC)", ...columns.map(({ label, unit }) => `${label} (${unit})`)];
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** The time that an extract is of. @param {Extract} extract */
export function period({ times }) {
  return times.length ? `${clock(times[0])} to ${clock(times.at(-1))}` : "no samples";
}

/**
 * Gives the browser a file to keep.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {Extract} extract */
export function saveCSV(extract) {
  save(new Blob([csv(extract)], { type: "text/csv;charset=utf-8" }), `${extract.name}.csv`);
}

function element(name, text, attributes = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, attributes);
}

/** @param {Extract} extract */
function tableOf(extract) {
  const table = document.createElement("table");
  const { times, columns } = extract;
  const shown = Math.min(times.length, MOST_ROWS);
  const most = shown < times.length ? `, the newest ${shown} of ${times.length} samples; CSV has all` : "";
  table.append(element("caption", `${extract.title}, ${period(extract)}, newest first${most}`));
  const head = table.createTHead().insertRow();
  head.append(element("th", "time", { scope: "col" }), ...columns.map(({ label, unit }) => element("th", `${label} (${unit})`, { scope: "col" })));
  const body = table.createTBody();
  for (let at = times.length - 1; at >= times.length - shown; at--) {
    const row = body.insertRow();
    row.append(element("th", fine(times[at], times), { scope: "row" }));
    for (const { numbers, text } of columns) row.insertCell().textContent = numbers[at] == null ? "–" : text(numbers[at]);
  }
  return table;
}

/**
 * Shows the numbers of a chart in front of the page.
 * @param {Extract} extract
 * @param {() => void} picture saves the chart as one
 */
export function showTable(extract, picture) {
  const main = element("main", "", { className: "samples" });
  const actions = element("p", "", { className: "actions" });
  const act = (text, click) => actions.append(element("button", text, { type: "button", onclick: click }));
  act("CSV", () => saveCSV(extract));
  act("PNG", picture);
  main.append(element("h1", extract.title), actions, tableOf(extract));
  present(main, `${extract.title} as a table`);
}

/**
 * Saves a picture of a chart.
 * @param {Extract} extract
 * @param {object} look
 * @param {HTMLCanvasElement[]} look.canvases from top to bottom
 * @param {{label: string, fill: string | CanvasPattern}[]} look.legend
 * @param {string} look.ink
 * @param {string} look.paper
 * @param {string} look.font family
 */
export function savePNG(extract, { canvases, legend, ink, paper, font }) {
  const dense = devicePixelRatio;
  const line = 24 * dense;
  const edge = 12 * dense;
  const canvas = document.createElement("canvas");
  canvas.width = canvases[0].width + 2 * edge;
  canvas.height = canvases.reduce((sum, { height, clientHeight }) => sum + Math.max(height, clientHeight * dense), 3 * line + edge);
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = paper;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = ink;
  ctx.textBaseline = "middle";
  ctx.font = `600 ${13 * dense}px ${font}`;
  ctx.fillText(extract.title, edge, line * 0.8);
  ctx.font = `${11 * dense}px ${font}`;
  const { times } = extract;
  const on = times.length ? `${day(times[0])} · ` : "";
  ctx.fillText(on + period(extract), edge, line * 1.6);
  let y = 2.2 * line;
  ctx.imageSmoothingEnabled = false;
  for (const picture of canvases) {
    const height = Math.max(picture.clientHeight * dense, 1);
    ctx.drawImage(picture, edge, y, picture.clientWidth * dense, height);
    y += height + 2 * dense;
  }
  let x = edge;
  for (const { label, fill } of legend) {
    ctx.fillStyle = fill;
    ctx.fillRect(x, y + line * 0.3, 10 * dense, 10 * dense);
    ctx.fillStyle = ink;
    ctx.fillText(label, x + 14 * dense, y + line * 0.3 + 5 * dense);
    x += 26 * dense + ctx.measureText(label).width;
  }
  canvas.toBlob((blob) => save(blob, `${extract.name}.png`), "image/png");
}
