// What of the stream is swapped into the page, and when: what has changed, in panels out
// of sight only now and then.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Bodies } from "./bodies.js";
import { patch } from "./patch.js";
import { sight } from "./sight.js";

/** @typedef {import("./place.js").Message} Message */

const away = new Set();
const bodies = new Bodies((id) => away.has(id));

// It returns what htmx is to start anew: nothing, since no body has attributes of htmx.
htmx.registerExtension("patch", { handle_swap: (style, target, fragment) => style === "patch" && (patch(target, fragment), []) });

/**
 * What is to be swapped of a message, "" for nothing.
 * @param {string} data partials, one after the other
 */
export function fresh(data) {
  return bodies.fresh(data, performance.now());
}

/** Forgets what the page shows, where that may be half of something. */
export function forget() {
  bodies.forget();
}

async function swap(stream, text) {
  if (!text) return;
  try {
    await htmx.swap({ text, sourceElement: stream, swap: "none swapEmpty:false" });
  } catch (fault) {
    forget();
    throw fault;
  }
}

/**
 * Gives the page an event that has come another way than htmx's.
 * @param {HTMLElement} stream
 * @param {Message} message
 */
export async function deliver(stream, { event, data, id }) {
  if (event) return htmx.trigger(stream, event, { data, id });
  await swap(stream, fresh(data));
}

/**
 * Swaps what was left for later and for which no message comes.
 * @param {HTMLElement} stream
 */
export function catchUp(stream) {
  return swap(stream, bodies.due(performance.now()));
}

/**
 * Leaves panels out of sight for later: until they are seen, which is noticed in the
 * frame after that, or printed.
 * @param {HTMLElement} stream
 */
export function spare(stream) {
  for (const body of document.querySelectorAll(".panel > .body")) {
    sight(body.parentElement, (inSight) => {
      if (!inSight) away.add(body.id);
      else if (away.delete(body.id)) catchUp(stream).catch(() => {});
    });
  }
  // The swap is done by the time that this returns, and paper waits for nothing.
  addEventListener("beforeprint", () => swap(stream, bodies.due(performance.now(), true)).catch(() => {}));
}
