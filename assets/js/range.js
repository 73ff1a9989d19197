// The time that an address says the charts show: ?range=from-to, in Unix seconds.
import { remark } from "./badge.js";
import { clock } from "./format.js";

/** @typedef {import("./view.js").Window} Window */

/**
 * A window as an address has it, to the tenth of a second.
 * @param {Window} window
 */
export const written = ({ from, to }) => [from, to].map((time) => String(Math.round(10 * time) / 10)).join("-");

/**
 * @param {string | null} text
 * @returns {Window | null} null for what is no window
 */
export function read(text) {
  const [, from, to] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "")?.map(Number) ?? [];
  return from < to ? { from, to } : null;
}

/**
 * What the charts still have of a window.
 * @param {Window} window
 * @param {{first: number, newest: number, span: number, least: number}} charts when
 *   their first sample was, their newest, how long they are, and what they show at
 *   the least, in seconds
 * @returns {Window | null} null where that is nothing, or too little to see
 */
export function remains({ from, to }, { first, newest, span, least }) {
  if (to <= first) return null;
  // Before the first sample is room that the charts show as well.
  const oldest = Math.min(first, newest - span);
  if (from >= oldest) return { from, to };
  return to - oldest < least ? null : { from: oldest, to };
}

/**
 * Has the charts show what the address says, and forgets it when the viewer goes
 * back to the present.
 * @param {import("./view.js").View} view
 * @param {import("./store.js").Store} store
 */
export function ranges(view, store) {
  let wanted = read(new URLSearchParams(location.search).get("range"));
  const forget = () => {
    const url = new URL(location.href);
    if (!url.searchParams.has("range")) return;
    url.searchParams.delete("range");
    history.replaceState(null, "", url);
  };
  return {
    /** What a link has, "" for the present. */
    shared: () => (view.pinned ? written(view.window) : ""),
    /** Is called when there are samples. */
    filled() {
      // The oldest come first.
      if (!wanted || store.newest < wanted.to) return;
      const { from, to } = wanted;
      wanted = null;
      const { times, newest, span, interval } = store;
      const left = remains({ from, to }, { first: times[0], newest, span, least: Math.max(2, 4 * interval) });
      if (left?.from !== from) remark("range", `${clock(from)} to ${clock(to)}, which this link shows, is no longer ${left ? "all " : ""}in the charts.`);
      if (left) view.zoom(left.from, left.to);
      else forget();
    },
    /** Is called when the window may be another. */
    changed() {
      if (!wanted && !view.pinned) forget();
    },
  };
}
