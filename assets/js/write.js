// Writes to the page what is another than before: the browser looks at whatever is
// written, also where it stays the same. And into the text that is there: another one
// is laid out from nothing.

const TEXT = 3;

/** @param {Element} element */
export function write(element, text) {
  if (element.textContent === text) return;
  const only = element.childNodes.length === 1 ? element.firstChild : null;
  if (only?.nodeType === TEXT && text) only.data = text;
  else element.textContent = text;
}

/** @param {HTMLElement} element */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}
