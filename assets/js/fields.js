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
export async function content(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok && answer?.status !== 404) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main");
}

/** Opens the links to sources in front of the page. */
export function fields() {
  let asked = 0;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a.sources");
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    const turn = ++asked;
    const main = await content(link.href);
    if (turn !== asked) return; // another one was asked for meanwhile
    if (main) present(main, link.getAttribute("aria-label"));
    else location.assign(link.href);
  });
}
