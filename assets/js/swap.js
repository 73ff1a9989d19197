// What of the stream is swapped into the page, and when: what has changed, in panels out
// of sight only now and then.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Bodies } from "./bodies.js";
import { keepRows } from "./held.js";
import { markupOf, read } from "./markup.js";
import { patch } from "./patch.js";
import { sight } from "./sight.js";

/** @typedef {import("./place.js").Message} Message */

const away = new Set();
const bodies = new Bodies((id) => away.has(id));

/** Reads what the server has written, also what a newer one than this page writes. */
function markup(html) {
  try {
    return read(html);
  } catch {
    const template = document.createElement("template");
    template.innerHTML = html;
    return markupOf(template.content);
  }
}

function renew(element, fresh) {
  keepRows(element, fresh);
  patch(element, fresh);
}

// It returns what htmx is to start anew: nothing, since no body has attributes of htmx.
htmx.registerExtension("patch", { handle_swap: (style, target, fragment) => style === "patch" && (renew(target, markupOf(fragment)), []) });

/** Swaps bodies, with the events of any other swap of the page. */
function swap(stream, parts) {
  if (parts.length === 0) return;
  const faults = [];
  htmx.trigger(stream, "htmx:before:swap");
  for (const { id, html } of parts) {
    const body = document.getElementById(id);
    try {
      if (body) renew(body, markup(html));
    } catch (fault) {
      // A fault of one panel is that one's.
      faults.push(fault);
    }
  }
  htmx.trigger(stream, "htmx:after:swap");
  if (faults.length === 0) return;
  forget();
  throw faults[0];
}

/** Forgets what the page shows, where that may be half of something. */
export function forget() {
  bodies.forget();
}

/**
 * Gives the page what has come of the stream.
 * @param {HTMLElement} stream
 * @param {Message} message
 */
export function deliver(stream, { event, data, id }) {
  if (event) htmx.trigger(stream, event, { data, id });
  else swap(stream, bodies.fresh(data, performance.now()));
}

/**
 * Swaps what was left for later and for which no message comes.
 * @param {HTMLElement} stream
 */
export function catchUp(stream) {
  swap(stream, bodies.due(performance.now()));
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
      else if (away.delete(body.id)) catchUp(stream);
    });
  }
  addEventListener("beforeprint", () => swap(stream, bodies.due(performance.now(), true)));
}
