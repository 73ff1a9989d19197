/** Keeps tables that do not scroll out of the order of the Tab key. */
export function scrolling() {
  for (const region of document.querySelectorAll(".scroll")) {
    const stop = region.scrollHeight > region.clientHeight ? 0 : -1;
    if (region.tabIndex !== stop) region.tabIndex = stop;
  }
}
