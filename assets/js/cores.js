// The number of a core that is one bar of many.

/**
 * Reads the percentages off the outline of bars that views/cpu.go draws.
 * @param {string} path
 */
export function heights(path) {
  return Array.from(path.matchAll(/V(\d+)h\.86/g), ([, y]) => 100 - y);
}

/**
 * Shows the core under the pointer, as the title of the panel: ticks replace
 * what is in it.
 * @param {HTMLElement | null} panel
 */
export function cores(panel) {
  panel?.addEventListener("pointermove", (event) => {
    const strip = event.target.closest(".strip svg");
    panel.title = strip ? describe(strip, event.clientX) : "";
  });
}

function describe(strip, x) {
  const { left, width } = strip.getBoundingClientRect();
  const names = strip.dataset.cores.split(" ");
  const at = Math.min(names.length - 1, Math.max(0, Math.floor((names.length * (x - left)) / width)));
  return `core ${names[at]}: ${heights(strip.querySelector(".busy").getAttribute("d"))[at]} %`;
}
