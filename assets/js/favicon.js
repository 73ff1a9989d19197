// What a tab shows of a page that is behind others: how the machine is, and
// whether that is of the present.
import { isPresent } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{state: string, short: string}} Verdict state "well", "unknown", "warning" or "critical" */

const MARK = { warning: "▲", critical: "✖" };

/**
 * The title of the page. What is wrong comes first, for a tab is narrow.
 * @param {State} state
 * @param {Verdict} verdict
 * @param {string[]} words
 */
export function titleOf(state, verdict, words) {
  const mark = MARK[verdict.state];
  if (mark && isPresent(state)) words = [`${mark} ${verdict.short}`, ...words];
  if (state !== "live") words = [state, ...words];
  return words.join(" · ");
}

/**
 * Which icon that is: "lost" for one of before.
 * @param {State} state
 * @param {Verdict} verdict
 */
export function iconOf(state, verdict) {
  return isPresent(state) ? verdict.state : "lost";
}

/**
 * The verdict that the page shows.
 * @returns {Verdict}
 */
export function verdict() {
  const line = document.getElementById("verdict");
  return { state: line?.dataset.state ?? "unknown", short: document.getElementById("verdict-short")?.textContent ?? "" };
}

/**
 * Shows an icon, the usual one where there is none of that name.
 * @param {string} name
 */
export function favicon(name) {
  const link = document.querySelector("link[rel=icon]");
  const href = link?.dataset[name] ?? link?.dataset.icon;
  if (href && link.getAttribute("href") !== href) link.href = href;
}
