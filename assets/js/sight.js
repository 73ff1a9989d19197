/** Milliseconds for which what is out of sight may stay as it is. */
export const REST = 5000;

/**
 * Tells when an element comes into sight and when it leaves it.
 * @param {Element} element
 * @param {(inSight: boolean) => void} on
 * @param {number} [near] pixels above and below the window that count as seen
 */
export function sight(element, on, near = 0) {
  new IntersectionObserver((entries) => on(entries.at(-1).isIntersecting), { rootMargin: `${near}px 0px` }).observe(element);
}
