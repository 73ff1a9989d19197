// What is swapped into the page, and when: of the stream what has changed, in panels out
// of sight only now and then, and answers to forms.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Bodies } from "./bodies.js";
import { keepRows } from "./held.js";
import { markupOf, read } from "./markup.js";
import { patch } from "./patch.js";
import { sight } from "./sight.js";

/** @typedef {import("./place.js").Message} Message */

const away = new Set();
const bodies = new Bodies((id) => away.has(id));

function renew(element, fresh) {
  keepRows(element, fresh);
  patch(element, fresh);
}

function isKnown(html) {
  try {
    return Boolean(read(html));
  } catch {
    return false;
  }
}

/** Gives an element what the server has written, also what a newer one than this page writes. */
function give(element, html) {
  try {
    renew(element, read(html));
  } catch (fault) {
    if (!(fault instanceof SyntaxError)) throw fault;
    const template = document.createElement("template");
    template.innerHTML = html;
    renew(element, markupOf(template.content));
  }
}

/**
 * Answers that htmx is not to read: to it, they are empty.
 * @type {WeakMap<Element, string>} by the element that is to have them
 */
const answers = new WeakMap();
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.swap !== "patch" || ctx.select) return;
  // An earlier answer whose swap was cancelled is still there.
  answers.delete(ctx.target);
  // What is not tacho's, as a proxy's page for logins, is htmx's to clean.
  if (!ctx.response.raw.ok || !isKnown(ctx.text)) return;
  answers.set(ctx.target, ctx.text);
  ctx.text = "";
});

function swapAnswer(target, fragment) {
  const html = answers.get(target);
  answers.delete(target);
  if (html === undefined) renew(target, markupOf(fragment));
  else give(target, html);
  // What htmx is to start anew: nothing, since no body has attributes of htmx.
  return [];
}

htmx.registerExtension("patch", { handle_swap: (style, target, fragment) => style === "patch" && swapAnswer(target, fragment) });

/** Swaps bodies, with the events of any other swap of the page. */
function swap(stream, parts) {
  if (parts.length === 0) return;
  const faults = [];
  htmx.trigger(stream, "htmx:before:swap");
  for (const { id, html } of parts) {
    const body = document.getElementById(id);
    try {
      if (body) give(body, html);
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
