// Writes to the page what is another than before: the browser looks at whatever is
// written, also where it stays the same. A text is replaced instead of edited, since one
// that is edited, and begins elsewhere with other digits, is a layout shift.

/** @param {Element} element */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}
