// Makes what the page shows what a tick has of it. Most ticks change texts and little
// else, so both trees are walked side by side: the search for nodes that have moved, which
// htmx's morphing begins with, took longer than all other script of a tick, and takes the
// zeros of a table for each other.
import { attribute, TEXT } from "./markup.js";

/** @typedef {import("./markup.js").Markup} Markup */

/** Attributes that the page has of its own: what a reader opened, and what the Tab key stops at. */
const OWN = new Set(["open", "tabindex"]);

const SVG = "http://www.w3.org/2000/svg";

/**
 * What rows were made of: most of them stay as they are.
 * @type {WeakMap<Element, string>}
 */
const given = new WeakMap();

/**
 * Whether a node becomes what is fresh by its attributes and what is in it. Paragraphs
 * have different places by their classes, unless an id says that they are the same.
 */
function isAlike(shown, fresh) {
  if (typeof fresh === "string") return shown.nodeType === TEXT;
  if (shown.localName !== fresh.name || shown.id !== fresh.id) return false;
  return fresh.name !== "p" || fresh.id !== "" || shown.className === (attribute(fresh, "class") ?? "");
}

function patchAttributes(shown, fresh) {
  const { attributes } = fresh;
  for (let i = 0; i < attributes.length; i += 2) {
    const name = attributes[i];
    if (shown.getAttribute(name) !== attributes[i + 1] && !OWN.has(name)) shown.setAttribute(name, attributes[i + 1]);
  }
  for (const name of shown.getAttributeNames()) if (attribute(fresh, name) === undefined && !OWN.has(name)) shown.removeAttribute(name);
}

function patchNode(shown, fresh) {
  if (typeof fresh === "string") {
    if (shown.nodeValue !== fresh) shown.nodeValue = fresh;
    return;
  }
  const { html } = fresh;
  if (html !== undefined && given.get(shown) === html) {
    // The newest all the same: a part of a text keeps all of that text.
    given.set(shown, html);
    return;
  }
  // What fails half-way, or comes from the browser, is of no text.
  if (fresh.name === "tr") given.delete(shown);
  patchAttributes(shown, fresh);
  // What scripts draw is not in what comes.
  if (attribute(fresh, "data-drawn") === undefined) patch(shown, fresh);
  if (html !== undefined) given.set(shown, html);
}

/** A node of what is fresh, for a place in an element. */
function made(fresh, parent) {
  if (typeof fresh === "string") return fresh;
  const node = document.createElementNS(fresh.name === "svg" ? SVG : parent.namespaceURI, fresh.name);
  for (let i = 0; i < fresh.attributes.length; i += 2) node.setAttribute(fresh.attributes[i], fresh.attributes[i + 1]);
  node.append(...fresh.children.map((child) => made(child, node)));
  if (fresh.html) given.set(node, fresh.html);
  return node;
}

/**
 * Gives an element what is in markup. The nodes that are there stay the nodes that they
 * are, with the focus and the place that they are scrolled to: those of an id as long as
 * their order stays, all others where they stand.
 * @param {Element} shown
 * @param {Markup} fresh
 */
export function patch(shown, { children }) {
  let at = shown.firstChild;
  for (let i = 0; i < children.length; i++) {
    const child = children[i];
    while (at && !isAlike(at, child) && !isAwaited(at, children, i + 1)) at = removed(at);
    if (at && isAlike(at, child)) {
      patchNode(at, child);
      at = at.nextSibling;
    } else if (at) at.before(made(child, shown));
    else shown.append(made(child, shown));
  }
  while (at) at = removed(at);
}

/** Whether a node is alike to one of those from a place on. */
function isAwaited(node, children, from) {
  for (let i = from; i < children.length; i++) if (isAlike(node, children[i])) return true;
  return false;
}

/** Removes a node, and returns the one after it. */
function removed(node) {
  const { nextSibling } = node;
  node.remove();
  return nextSibling;
}
