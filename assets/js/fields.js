// The sources of a panel's numbers, in front of the page. Without scripts the
// same link leads to a page of its own.
import { present } from "./dialog.js";

/**
 * Whether a click on a link is for the page: any other is the browser's, which
 * opens tabs and windows.
 * @param {{button: number, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean, defaultPrevented: boolean}} event
 */
export function isPlain(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented);
}

/** What the page behind a link has to say, if only that there is nothing; null where it cannot be had. */
async function content(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok && answer?.status !== 404) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main");
}

/**
 * Opens links in front of the page, the last one where several were asked for.
 * @param {string} links
 * @param {(main: HTMLElement, link: HTMLAnchorElement) => void} show
 */
export function opening(links, show) {
  let asked = 0;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.(links);
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    const turn = ++asked;
    const main = await content(link.href);
    if (turn !== asked) return; // another one was asked for meanwhile
    if (main) show(main, link);
    else location.assign(link.href);
  });
}

/** Opens the links to sources. */
export function fields() {
  opening("a.sources", (main, link) => present(main, link.getAttribute("aria-label")));
}
