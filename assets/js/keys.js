// Keys that do something anywhere on the page, and the sheet that lists them.
import { present } from "./dialog.js";
import { get, set } from "./prefs.js";

/**
 * What keys do. Those that follow on another are written with a space: "g c".
 * @typedef {{keys: string, words: string, act: () => void}} Binding
 */

/** The letters that lead to panels, after a g. */
export const LETTERS = {
  findings: "n", glance: "v", cpu: "c", memory: "m", disks: "d", network: "w", processes: "p", notices: "e", cgroups: "u", mounts: "f",
  pressure: "r", sockets: "s", sensors: "t", gpus: "g", raid: "a", kernel: "k", self: "o",
};

/** What other keys do, for the sheet. */
const ELSEWHERE = [
  { keys: "Space", words: "hold the charts, and let go" },
  { keys: "← →", words: "at a chart: read it back in time" },
  { keys: "Home End", words: "at a chart: from its first to its last" },
  { keys: "+ -", words: "at a chart: closer, and back" },
  { keys: "Alt+↑ Alt+↓", words: "on the title of a panel: move it" },
  { keys: "↑ ↓ Enter", words: "among processes, units and containers: through them, and open one" },
  { keys: "Esc", words: "close; charts back to now" },
];

/** Milliseconds in which the second key is to follow. */
const FOLLOWS = 1500;

/**
 * What a key leads to after those before it.
 * @param {Binding[]} bindings
 * @param {string} before keys that wait for another, "" for none
 * @param {string} key
 * @returns {{binding?: Binding, waiting: string}}
 */
export function lookup(bindings, before, key) {
  const typed = before ? `${before} ${key}` : key;
  const binding = bindings.find(({ keys }) => keys === typed);
  const waiting = !binding && bindings.some(({ keys }) => keys.startsWith(`${typed} `)) ? typed : "";
  return { binding, waiting };
}

/**
 * Whether a press of a key is the page's: not of a control that takes text, nor
 * with a modifier, which is the browser's.
 * @param {KeyboardEvent} event
 */
export function isFree({ key, ctrlKey, metaKey, altKey, defaultPrevented, isComposing, target }) {
  if (key.length !== 1 || ctrlKey || metaKey || altKey || defaultPrevented || isComposing) return false;
  return !target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable], dialog");
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

function line({ keys, words }) {
  const names = keys.split(" ").map((key) => element("kbd", key));
  return element("div", "", element("dt", "", ...names), element("dd", words));
}

function choice() {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = get("keys", true);
  box.addEventListener("change", () => set("keys", box.checked ? undefined : false));
  return element("label", box, " keys of one letter are on");
}

/**
 * Shows what keys there are.
 * @param {Binding[]} bindings
 */
function sheet(bindings) {
  const main = element("div", element("h2", "Keys"), element("dl", "", ...bindings.map(line)), choice());
  main.className = "sheet";
  present(main, "Keys", "fields keys");
}

/**
 * Listens for keys.
 * @param {Binding[]} others
 * @param {HTMLElement | null} button opens the sheet, even where keys are off
 */
export function keys(others, button) {
  const bindings = [{ keys: "?", words: "these keys", act: () => sheet(shown) }, ...others];
  const shown = [...bindings, ...ELSEWHERE];
  let before = "";
  let until = 0;
  button?.addEventListener("click", () => sheet(shown));
  document.addEventListener("keydown", (event) => {
    if (!isFree(event) || !get("keys", true)) return;
    const { binding, waiting } = lookup(bindings, performance.now() < until ? before : "", event.key);
    before = waiting;
    until = performance.now() + FOLLOWS;
    if (!binding) return;
    event.preventDefault();
    binding.act();
  });
}
