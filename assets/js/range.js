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
      const oldest = Math.min(store.times[0], store.newest - store.span);
      if (from < oldest) remark("range", `${clock(from)} to ${clock(to)}, which this link shows, is no longer ${to > oldest ? "all " : ""}in the charts.`);
      // Less than this the charts do not show, and would show another time instead.
      if (to - Math.max(from, oldest) >= Math.max(2, 4 * store.interval)) view.zoom(Math.max(from, oldest), to);
      else forget();
    },
    /** Is called when the window may be another. */
    changed() {
      if (!wanted && !view.pinned) forget();
    },
  };
}
