// Rows that hold still under the pointer: a tick changes their numbers, and not
// their places.
import { attribute, find, textOf } from "./markup.js";

/**
 * The order of the rows of a tick, each where it is on the screen. Those that come
 * take the places of those that have gone.
 * @param {string[]} shown
 * @param {string[]} arriving
 */
export function held(shown, arriving) {
  const staying = new Set(shown);
  const there = new Set(arriving);
  const fresh = arriving.filter((id) => !staying.has(id));
  const places = shown.map((id) => (there.has(id) ? id : fresh.shift())).filter(Boolean);
  return [...places, ...fresh];
}

const ofName = (name) => (element) => element.name === name;

/** By what a table is sorted: another order is what the viewer asked for. */
function orderOf(table) {
  const head = find(table, (element) => attribute(element, "aria-sort") !== undefined);
  return [attribute(table, "class"), head && attribute(head, "aria-sort"), head && textOf(head)].join();
}

function orderShown(table) {
  const head = table.querySelector("th[aria-sort]");
  return [table.className, head?.getAttribute("aria-sort"), head?.textContent].join();
}

function reorder(shown, arriving) {
  const body = find(arriving, ofName("tbody"));
  const rows = new Map(body?.children.filter((row) => typeof row !== "string").map((row) => [attribute(row, "data-row"), row]));
  // A tree tells by places who belongs to whom.
  if (!body || rows.has(undefined) || orderShown(shown) !== orderOf(arriving) || shown.classList.contains("tree")) return;
  const ids = held(Array.from(shown.tBodies[0].rows, ({ dataset }) => dataset.row), [...rows.keys()]);
  body.children = ids.map((id) => rows.get(id));
}

let frozen = false;
/** The rows that a pointer is among. */
let pointed = null;

const isHeld = (body) => frozen || body === pointed || body.contains(document.activeElement);

/**
 * Puts the rows that arrive for what is held where those are that it shows.
 * @param {Element} shown
 * @param {import("./markup.js").Markup} fresh
 */
export function keepRows(shown, fresh) {
  for (const { id, firstElementChild: table } of shown.querySelectorAll(".scroll[id]")) {
    if (!table?.tBodies?.[0] || !isHeld(table.tBodies[0])) continue;
    const region = find(fresh, (element) => element.id === id);
    const arriving = region && find(region, ofName("table"));
    if (arriving) reorder(table, arriving);
  }
}

function mark() {
  for (const panel of document.querySelectorAll(".panel:is(.processes, .cgroups)")) {
    panel.toggleAttribute("data-held", [...panel.querySelectorAll("tbody")].some(isHeld));
  }
}

/**
 * Holds rows while the pointer or the focus is among them.
 * @returns {() => void} holds all rows until it is called again
 */
export function holding() {
  // A finger that has left still hovers, so that a style's idea of it will not do.
  const point = ({ pointerType, target }) => (pointed = pointerType === "mouse" ? target.closest?.("tbody") : null);
  document.addEventListener("pointerover", point);
  document.documentElement.addEventListener("pointerleave", () => (pointed = null));
  document.addEventListener("htmx:before:swap", mark);
  return () => {
    frozen = !frozen;
    mark();
  };
}
