// Tables that one viewer sorts and filters: they come from the server, tick by
// tick, in place of the table that all viewers get.
import htmx from "htmx.org/dist/htmx.esm.js";

/**
 * Whether the controls ask for something else than what all viewers get.
 * @param {HTMLFormElement} form
 */
function isChosen(form) {
  return Array.from(form.elements).some((control) => {
    if (control.type === "checkbox") return control.checked;
    if (control.tagName === "SELECT") return control.value !== (control.name.endsWith("sort") ? form.dataset.sort : "");
    return control.type === "search" && control.value !== "";
  });
}

/** The part of the panel that shows what a form has chosen. */
function viewOf(form) {
  return document.querySelector(form.getAttribute("hx-target"));
}

/** Has the address of the page say what its tables show. */
function remember(forms) {
  const query = new URLSearchParams();
  for (const form of forms) {
    if (!isChosen(form)) continue;
    for (const [name, value] of new FormData(form)) if (value !== "") query.set(name, value);
  }
  const search = query.size > 0 ? `?${query}` : "";
  if (search !== location.search) history.replaceState(null, "", location.pathname + search + location.hash);
}

/**
 * Lets the heads of columns choose the order, and the order turn when the same
 * one is chosen again.
 */
function sortBy(form, key) {
  const sort = form.querySelector("select[name$=sort]");
  const order = form.querySelector("input[name$=order]");
  order.checked = sort.value === key ? !order.checked : false;
  sort.value = key;
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Starts the tables of the page, and returns what is to be called at each tick.
 * @param {Iterable<HTMLFormElement>} forms
 * @returns {() => void}
 */
export function queries(forms) {
  const all = [...forms];
  for (const form of all) {
    form.addEventListener("input", () => remember(all));
    form.addEventListener("change", () => remember(all));
    document.addEventListener("click", (event) => {
      const head = event.target.closest?.(`thead button[form="${form.id}"]`);
      if (!head) return;
      event.preventDefault();
      sortBy(form, head.value);
    });
    // What all viewers get is on the stream.
    form.addEventListener("htmx:config:request", (event) => {
      if (!isChosen(form)) {
        event.preventDefault();
        viewOf(form).replaceChildren();
      }
    });
  }
  return () => {
    if (document.hidden) return;
    for (const form of all) if (isChosen(form) || viewOf(form).hasChildNodes()) htmx.trigger(form, "tick");
  };
}
