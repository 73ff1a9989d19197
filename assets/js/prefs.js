// What a viewer has chosen for this browser: kept there, and the same in all of
// its tabs.

const PREFIX = "tacho.";

/** @type {Map<string, Set<(value: unknown) => void>>} */
const watchers = new Map();
/** What is chosen where nothing can be kept. @type {Map<string, unknown>} */
const passing = new Map();

/**
 * The value of a choice, fallback where none was made.
 * @template T
 * @param {string} key
 * @param {T} fallback
 * @returns {T}
 */
export function get(key, fallback) {
  if (passing.has(key)) return passing.get(key) ?? fallback;
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? fallback;
  } catch {
    return fallback; // storage is off, or holds what another program wrote
  }
}

/**
 * Makes a choice. Undefined takes it back.
 * @param {string} key
 * @param {unknown} value what JSON can hold
 */
export function set(key, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
    passing.delete(key);
  } catch {
    passing.set(key, value); // it then lasts as long as the page
  }
  tell(key, value);
}

/**
 * Calls back when a choice changes, here or in another tab. Undefined is one that
 * was taken back.
 * @param {string} key
 * @param {(value: unknown) => void} changed
 */
export function watch(key, changed) {
  if (!watchers.has(key)) watchers.set(key, new Set());
  watchers.get(key).add(changed);
}

function tell(key, value) {
  for (const changed of watchers.get(key) ?? []) changed(value);
}

globalThis.addEventListener?.("storage", ({ key }) => {
  if (key?.startsWith(PREFIX)) tell(key.slice(PREFIX.length), get(key.slice(PREFIX.length), undefined));
});
