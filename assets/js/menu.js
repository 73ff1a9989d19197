// The menu of a chart, and the units that all charts are in.
import { get, set, watch } from "./prefs.js";

/** Whether charts count in kB of 1000 bytes, rather than in KiB of 1024. */
let decimal = false;

export function isDecimal() {
  return decimal;
}

function take() {
  decimal = get("units", "binary") === "decimal";
}

take();
watch("units", take);

/**
 * Does what a menu offers, and closes it.
 * @param {HTMLDetailsElement} details
 * @param {Record<string, () => void>} acts
 */
export function menu(details, acts) {
  const close = () => {
    const focused = details.open && details.contains(document.activeElement);
    details.open = false;
    if (focused) details.firstElementChild.focus({ preventScroll: true });
  };
  details.addEventListener("click", ({ target }) => {
    const act = acts[target.dataset.do];
    if (!act) return;
    close();
    act();
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!details.contains(target)) close();
  });
  choose(details.querySelector("select"));
}

/** @param {HTMLSelectElement | null} units */
function choose(units) {
  if (!units) return;
  const show = () => {
    units.value = decimal ? "decimal" : "binary";
  };
  show();
  watch("units", show);
  units.addEventListener("change", () => set("units", units.value));
}
