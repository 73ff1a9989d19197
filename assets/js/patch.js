// Makes what the page shows what a tick has of it, as htmx's swap style "patch". Most
// ticks change texts and little else, so both trees are walked side by side: the search
// for nodes that have moved, which htmx's morphing begins with, took longer than all
// other script of a tick, and takes the zeros of a table for each other.

/** Attributes that the page has of its own: what a reader opened, and what the Tab key stops at. */
const OWN = new Set(["open", "tabindex"]);

const ELEMENT = 1;

/**
 * Whether one node becomes another by its attributes and what is in it. Paragraphs have
 * different places by their classes, unless an id says that they are the same.
 */
const isAlike = (a, b) => a.nodeName === b.nodeName && a.id === b.id && (a.nodeName !== "P" || a.id !== "" || a.className === b.className);

function follows(node, like) {
  for (let at = node.nextSibling; at; at = at.nextSibling) if (isAlike(at, like)) return true;
  return false;
}

function patchAttributes(shown, fresh) {
  // Names, since the browser makes a node of each attribute that is asked for as such.
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name);
    if (shown.getAttribute(name) !== value && !OWN.has(name)) shown.setAttribute(name, value);
  }
  for (const name of shown.getAttributeNames()) if (!fresh.hasAttribute(name) && !OWN.has(name)) shown.removeAttribute(name);
}

function patchNode(shown, fresh) {
  if (shown.nodeType !== ELEMENT) {
    if (shown.nodeValue !== fresh.nodeValue) shown.nodeValue = fresh.nodeValue;
  } else if (!shown.isEqualNode(fresh)) {
    patchAttributes(shown, fresh);
    // What scripts draw is not in what comes.
    if (!fresh.hasAttribute("data-drawn")) patch(shown, fresh);
  }
}

/**
 * Gives a node the children of another, which loses those that are new. The others
 * stay the nodes that they are, with the focus and the place that they are scrolled to:
 * those of an id as long as their order stays, all others where they stand.
 * @param {ParentNode & Node} shown
 * @param {ParentNode & Node} fresh
 */
export function patch(shown, fresh) {
  let at = shown.firstChild;
  const step = () => {
    const here = at;
    at = at.nextSibling;
    return here;
  };
  for (let next = fresh.firstChild; next; ) {
    const child = next;
    next = next.nextSibling;
    while (at && !isAlike(at, child) && !follows(child, at)) step().remove();
    if (at && isAlike(at, child)) patchNode(step(), child);
    else shown.insertBefore(child, at);
  }
  while (at) step().remove();
}
