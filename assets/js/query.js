// Tables that one viewer sorts and filters: they come from the server, tick by
// tick, in place of the table that all viewers get.
import { asker } from "./ask.js";
import { REST, sight } from "./sight.js";

/**
 * A control of a form, as the browser has it.
 * @typedef {{name: string, type: string, value: string, checked?: boolean}} Control
 */

/**
 * Whether the controls ask for something else than what all viewers get.
 * @param {Iterable<Control>} controls
 * @param {string} usual what that is sorted by
 */
export function isChosen(controls, usual) {
  return Array.from(controls).some(({ name, type, value, checked }) => {
    if (type === "checkbox") return checked;
    if (type === "select-one") return value !== (name.endsWith("sort") ? usual : "");
    return (type === "search" || type === "hidden") && value.trim() !== "";
  });
}

/**
 * The query of an address that says what tables show, "" for what all get.
 * @param {Iterable<Iterable<[string, string]>>} chosen the entries of each form that asks for something
 * @param {string} search the query that the address has, whose other members stay
 * @param {Iterable<string>} names of the controls of all forms
 */
export function queryOf(chosen, search, names) {
  const query = new URLSearchParams(search);
  for (const name of names) query.delete(name);
  for (const entries of chosen) {
    for (const [name, value] of entries) if (value !== "") query.set(name, value);
  }
  return query.size > 0 ? `?${query}` : "";
}

/**
 * The order after the head of a column was chosen: its own, most first, and the
 * other way round when it is chosen again.
 * @param {{key: string, ascending: boolean}} order
 * @param {string} key
 */
export function turned(order, key) {
  return { key, ascending: order.key === key && !order.ascending };
}

/** Whether a form asks for something of its own. */
const asks = (form) => isChosen(form.elements, form.dataset.sort);

/** The part of the panel that shows what a form has chosen. */
function viewOf(form) {
  return document.querySelector(form.getAttribute("hx-target"));
}

/** The names that are the forms' own in the address: their controls' and heads'. */
function namesOf(forms) {
  return forms.flatMap((form) => Array.from(form.elements, ({ name }) => name)).filter(Boolean);
}

/** Has the address of the page say what its tables show. */
function remember(forms) {
  const search = queryOf(forms.filter(asks).map((form) => new FormData(form)), location.search, namesOf(forms));
  if (search !== location.search) history.replaceState(null, "", location.pathname + search + location.hash);
}

/** Sorts by the column whose head was chosen. */
function sortBy(form, chosen) {
  const sort = form.querySelector("select[name$=sort]");
  const order = form.querySelector("input[name$=order]");
  const { key, ascending } = turned({ key: sort.value, ascending: order.checked }, chosen);
  sort.value = key;
  order.checked = ascending;
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Shows more rows, from where the viewer is. */
function extend(form, limit) {
  form.querySelector("input[name$=limit]").value = limit;
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Takes what leads nowhere in an embed out of the order of the Tab key. */
function rest() {
  for (const dead of document.querySelectorAll("thead button, .more button")) if (!dead.form) dead.tabIndex = -1;
}

/** The table of a form that is shown: what it has chosen, or what all viewers get. */
const regionOf = (form) => [...form.parentElement.querySelectorAll(".scroll")].find((region) => region.checkVisibility());

/** Has the table that takes the place of another be where that was, and the focus in it. */
function keepPlace(form) {
  let before = null;
  form.addEventListener("htmx:before:swap", (event) => {
    // An answer may come when it is no longer asked for.
    if (!asks(form)) event.preventDefault();
    before = { region: regionOf(form), focused: document.activeElement };
    before.top = before.region?.scrollTop;
  });
  form.addEventListener("htmx:after:swap", () => {
    const region = regionOf(form);
    if (!before?.region || !region || region === before.region) return;
    region.scrollTop = before.top;
    if (before.region.contains(before.focused)) (region.querySelector(`button[name="${before.focused.name}"][value="${before.focused.value}"], .more button`) ?? region).focus({ preventScroll: true });
  });
}

/** What has a table that somebody asked for follow the ticks, where it is seen. */
function ticker(form) {
  const ask = asker(form);
  let inSight = true;
  let at = -Infinity;
  const tick = () => {
    if (!asks(form) && !viewOf(form).hasChildNodes()) return;
    const now = performance.now();
    if (!inSight && now - at < REST) return;
    at = now;
    ask();
  };
  sight(form.closest(".panel"), (seen) => {
    const appears = seen && !inSight;
    inSight = seen;
    if (appears && !document.hidden) tick();
  });
  return tick;
}

/**
 * Starts the tables of the page, and returns what is to be called at each tick.
 * @param {Iterable<HTMLFormElement>} forms
 * @returns {() => void}
 */
export function queries(forms) {
  const all = [...forms];
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("thead button, .more button");
    if (!all.includes(button?.form)) return;
    event.preventDefault();
    if (button.name === "more") extend(button.form, button.value);
    else sortBy(button.form, button.value);
  });
  const ticks = all.map(ticker);
  for (const form of all) {
    keepPlace(form);
    form.addEventListener("input", () => remember(all));
    form.addEventListener("change", () => remember(all));
    // What all viewers get is on the stream.
    form.addEventListener("htmx:config:request", (event) => {
      if (asks(form)) return;
      event.preventDefault();
      viewOf(form).replaceChildren();
    });
  }
  return () => {
    if (document.hidden) return;
    if (all.length === 0) rest();
    for (const tick of ticks) tick();
  };
}
