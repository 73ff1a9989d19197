// Writes to the page what is another than before: the browser looks at whatever is
// written, also where it stays the same. A text is a new one, for one that is kept has
// moved where its digits have.

/** @param {Element} element */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}
