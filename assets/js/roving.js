// One stop of the Tab key for the links of a table, which the arrow keys go through.

const linksOf = (body) => [...body.querySelectorAll("a.process")];

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

/** Has each table one stop: where the viewer was, else its first row. In an embed links lead nowhere. */
function settle() {
  const embedded = document.body.matches(".embed");
  for (const body of document.querySelectorAll("table.processes tbody")) {
    const links = linksOf(body);
    stop(links, embedded ? null : links.find((link) => link === document.activeElement) ?? links[0]);
  }
}

/** Starts this, for what is there and for what ticks bring. */
export function roving() {
  settle();
  document.addEventListener("htmx:after:swap", settle);
  document.addEventListener("keydown", (event) => {
    const body = event.target.closest?.("table.processes tbody");
    if (!body || event.altKey || event.ctrlKey || event.metaKey) return;
    const links = linksOf(body);
    const to = placeOf(event.key, links.indexOf(event.target), links.length);
    if (to === undefined) return;
    event.preventDefault();
    stop(links, links[to]);
    links[to].focus();
  });
}
