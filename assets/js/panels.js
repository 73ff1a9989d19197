// Panels that a viewer folds and puts in another order. An address may say how;
// then it keeps what is changed, and the browser's own choice stays as it is.
import { tell } from "./cookie.js";
import { get, set, watch } from "./prefs.js";
import { say } from "./say.js";

/** @typedef {{order: string[], folded: string[]}} Arrangement */

/**
 * The names in the order of a viewer. What the order does not know stays behind
 * its neighbour.
 * @param {string[]} names as the page has them
 * @param {string[]} order
 */
export function arranged(names, order) {
  const result = order.filter((name, i) => names.includes(name) && order.indexOf(name) === i);
  names.forEach((name, i) => {
    if (!result.includes(name)) result.splice(result.indexOf(names[i - 1]) + 1, 0, name);
  });
  return result;
}

/**
 * An arrangement as an address has it: the names in order, folded ones with a
 * minus before them.
 * @param {string[]} names in order
 * @param {string[]} folded
 */
export function written({ order, folded }) {
  return order.map((name) => (folded.includes(name) ? `-${name}` : name)).join(",");
}

/**
 * @param {string} text
 * @returns {Arrangement}
 */
export function read(text) {
  const parts = text.split(",").filter(Boolean);
  return { order: parts.map((part) => part.replace(/^-/, "")), folded: parts.filter((part) => part[0] === "-").map((part) => part.slice(1)) };
}

const PARAMETER = "panels";
const list = () => [...document.querySelectorAll("main > .panel")];

/** A list of names, whatever another program has kept there. */
function names(key) {
  const kept = get(key, []);
  return Array.isArray(kept) ? kept.filter((name) => typeof name === "string") : [];
}

/** @returns {Arrangement} */
const own = () => ({ order: names("order"), folded: names("folded") });

/** @returns {Arrangement} */
function chosen() {
  const shared = new URLSearchParams(location.search).get(PARAMETER);
  return shared == null ? own() : read(shared);
}

const isUsual = ({ order, folded }) => order.length + folded.length === 0;

function keep(usual, { order, folded }) {
  const url = new URL(location.href);
  if (url.searchParams.has(PARAMETER)) {
    const all = arranged(usual, order);
    // Without it, this browser's own choice is in force.
    if (all.join() === usual.join() && folded.length === 0 && isUsual(own())) url.searchParams.delete(PARAMETER);
    else url.searchParams.set(PARAMETER, written({ order: all, folded }));
    history.replaceState(null, "", url);
    return;
  }
  set("order", order.length ? order : undefined);
  set("folded", folded.length ? folded : undefined);
}

/** Has the server send the next page as this browser wants it. */
function remember(usual) {
  const { order, folded } = own();
  // A host's cookies are those of all its ports, and behind each may be another machine.
  tell(`panels${document.getElementById("stream").dataset.port}`, isUsual({ order, folded }) ? "" : written({ order: arranged(usual, order), folded }).replaceAll(",", "."));
}

/** The address parameter that shows others the panels as they are here, "" for the usual ones. */
export function shared(usual) {
  const { order, folded } = chosen();
  return isUsual({ order, folded }) ? "" : written({ order: arranged(usual, order), folded });
}

/** Puts panels in order, but leaves alone what is in its place: moving costs the focus in some browsers. */
function place(order) {
  const panels = list();
  const mark = document.createComment("");
  panels[0].before(mark);
  const byName = new Map(panels.map((panel) => [panel.id, panel]));
  const move = (panel) => (mark.parentNode.moveBefore ? mark.parentNode.moveBefore(panel, mark) : mark.before(panel));
  order.forEach((name) => move(byName.get(name)));
  mark.remove();
}

/** A panel of half the width that has nobody beside it takes all of it. */
function fill() {
  const panels = list();
  const isWide = (panel) => panel === undefined || panel.matches(".wide");
  let left = false; // a panel waits for one beside it
  panels.forEach((panel, i) => {
    left = !isWide(panel) && !left;
    const lone = left && isWide(panels[i + 1]);
    panel.toggleAttribute("data-lone", lone);
    if (lone) left = false;
  });
}

function fold(panel, folded) {
  panel.toggleAttribute("data-folded", folded);
  panel.querySelector(".fold").setAttribute("aria-expanded", String(!folded));
}

function apply(usual, { order, folded }) {
  const wanted = arranged(usual, order);
  const now = list();
  if (wanted.some((name, i) => now[i].id !== name)) place(wanted);
  for (const panel of now) fold(panel, folded.includes(panel.id));
  document.documentElement.toggleAttribute("data-arranged", !isUsual({ order, folded }));
  fill();
}

/**
 * Lets the viewer fold and move panels.
 * @returns {{usual: string[], toggle: (panel: Element) => void, reset: () => void}}
 */
export function panels() {
  const usual = document.querySelector("main")?.dataset.panels?.split(" ") ?? [];
  const titleOf = (panel) => panel.querySelector(".fold").textContent;
  const change = (arrangement) => {
    keep(usual, arrangement);
    apply(usual, arrangement);
  };
  const toggle = (panel) => {
    const { order, folded } = chosen();
    change({ order, folded: folded.includes(panel.id) ? folded.filter((name) => name !== panel.id) : [...folded, panel.id] });
  };
  const move = (panel, by) => {
    const { order, folded } = chosen();
    const wanted = arranged(usual, order);
    const from = wanted.indexOf(panel.id);
    const to = from + by;
    if (!(to in wanted)) return;
    const focused = document.activeElement;
    wanted.splice(to, 0, ...wanted.splice(from, 1));
    change({ order: wanted.every((name, i) => name === usual[i]) ? [] : wanted, folded });
    focused.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
    say(`${titleOf(panel)}: ${to + 1} of ${wanted.length}`);
  };
  for (const panel of list()) {
    const [title, ...moves] = panel.querySelectorAll("h2 :is(.fold, .moves button)");
    for (const button of [title, ...moves]) button.disabled = false;
    title.addEventListener("click", () => toggle(panel));
    title.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || !event.altKey) return;
      event.preventDefault();
      move(panel, by);
    });
    for (const button of moves) button.addEventListener("click", () => move(panel, Number(button.value)));
  }
  const show = () => {
    if (usual.length === 0) return;
    apply(usual, chosen());
    remember(usual);
  };
  for (const key of ["order", "folded"]) watch(key, show);
  show();
  return { usual, toggle, reset: () => change({ order: [], folded: [] }) };
}
