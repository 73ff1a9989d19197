// One stop of the Tab key for the links of a table, which the arrow keys go through.

const linksOf = (body) => [...body.querySelectorAll("a.drawer")];

/**
 * The place that a key leads to.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @returns {number | undefined} undefined for any other key
 */
export function placeOf(key, at, count) {
  return { ArrowDown: Math.min(at + 1, count - 1), ArrowUp: Math.max(at - 1, 0), Home: 0, End: count - 1 }[key];
}

function stop(links, current) {
  for (const link of links) if (link.tabIndex !== (link === current ? 0 : -1)) link.tabIndex = link === current ? 0 : -1;
}

/** The place of the focus among links, and the table it is in; undefined where it is elsewhere. */
function focused() {
  const body = document.activeElement.closest("table:is(.processes, .groups) tbody");
  return body && { table: body.closest("[id]").id, at: linksOf(body).indexOf(document.activeElement) };
}

/** Puts the focus, whose row has gone, on the row that is there now. */
function refocus({ table, at }) {
  const links = [...(document.getElementById(table)?.querySelectorAll("tbody a.drawer") ?? [])];
  links[Math.min(at, links.length - 1)]?.focus({ preventScroll: true });
}

/** Has each table one stop: where the viewer was, else its first row. In an embed links lead nowhere. */
function settle() {
  const embedded = document.body.matches(".embed");
  for (const body of document.querySelectorAll("table:is(.processes, .groups) tbody")) {
    const links = linksOf(body);
    stop(links, embedded ? null : links.find((link) => link === document.activeElement) ?? links[0]);
  }
}

/** Starts this, for what is there and for what ticks bring. */
export function roving() {
  let before;
  settle();
  document.addEventListener("htmx:before:swap", () => (before = focused()));
  document.addEventListener("htmx:after:swap", () => {
    if (before && document.activeElement === document.body) refocus(before);
    settle();
  });
  document.addEventListener("click", (event) => {
    if (document.body.matches(".embed") && event.target.closest("a.drawer")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const body = event.target.closest?.("table:is(.processes, .groups) tbody");
    if (!body || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = linksOf(body);
    const to = placeOf(event.key, links.indexOf(event.target), links.length);
    if (to === undefined) return;
    event.preventDefault();
    stop(links, links[to]);
    links[to].focus();
  });
}
