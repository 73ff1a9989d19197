// Rows that hold still under the pointer: a tick changes their numbers, and not
// their places.

/**
 * The order of the rows of a tick, each where it is on the screen. Those that come
 * take the places of those that have gone.
 * @param {string[]} shown
 * @param {string[]} arriving
 */
export function held(shown, arriving) {
  const staying = new Set(shown);
  const there = new Set(arriving);
  const fresh = arriving.filter((id) => !staying.has(id));
  const places = shown.map((id) => (there.has(id) ? id : fresh.shift())).filter(Boolean);
  return [...places, ...fresh];
}

/** By what a table is sorted: another order is what the viewer asked for. */
function orderOf(table) {
  const head = table.querySelector("th[aria-sort]");
  return `${head?.textContent} ${head?.ariaSort} ${table.className}`;
}

function reorder(shown, arriving) {
  const table = arriving.closest("table");
  // A tree tells by places who belongs to whom.
  if (orderOf(shown.closest("table")) !== orderOf(table) || table.classList.contains("tree")) return;
  const rows = new Map(Array.from(arriving.rows, (row) => [row.dataset.row, row]));
  if (rows.has(undefined)) return;
  const ids = held(Array.from(shown.rows, ({ dataset }) => dataset.row), [...rows.keys()]);
  arriving.append(...ids.map((id) => rows.get(id)));
}

/**
 * Holds rows while the pointer or the focus is among them.
 * @returns {() => void} holds all rows until it is called again
 */
export function holding() {
  let frozen = false;
  let pointed = null;
  // A finger that has left still hovers, so that a style's idea of it will not do.
  const point = ({ pointerType, target }) => (pointed = pointerType === "mouse" ? target.closest?.("tbody") : null);
  document.addEventListener("pointerover", point);
  document.documentElement.addEventListener("pointerleave", () => (pointed = null));
  const isHeld = (body) => frozen || body === pointed || body.contains(document.activeElement);
  const mark = () => {
    for (const panel of document.querySelectorAll(".panel:is(.processes, .cgroups)")) {
      panel.toggleAttribute("data-held", [...panel.querySelectorAll("tbody")].some(isHeld));
    }
  };
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    for (const { fragment } of detail.tasks) {
      for (const region of fragment.querySelectorAll(".scroll[id]")) {
        const shown = document.getElementById(region.id)?.querySelector("tbody");
        const arriving = region.querySelector("tbody:has(tr[data-row])");
        if (shown && arriving && isHeld(shown)) reorder(shown, arriving);
      }
    }
    mark();
  });
  return () => {
    frozen = !frozen;
    mark();
  };
}
