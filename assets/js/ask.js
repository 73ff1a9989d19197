// Questions that are put tick by tick, one at a time.

/** Milliseconds after which an answer is no longer waited for. */
const PATIENCE = 10_000;

/**
 * Has an element ask, unless it awaits an answer. Each question replaces the one
 * before it: where answers take longer than a tick, one a tick would replace them
 * all.
 * @param {HTMLElement} element asks at its event "tick"
 * @returns {() => void} is to be called at each tick
 */
export function asker(element) {
  let asked = null;
  element.addEventListener("htmx:before:request", ({ detail }) => (asked = { ctx: detail.ctx, at: performance.now() }));
  element.addEventListener("htmx:finally:request", ({ detail }) => {
    if (asked?.ctx === detail.ctx) asked = null;
  });
  return () => {
    if (!(performance.now() - asked?.at < PATIENCE)) element.dispatchEvent(new CustomEvent("tick"));
  };
}
