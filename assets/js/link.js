// A link that shows others the page as it is here.
import { present } from "./dialog.js";
import { say } from "./say.js";

/**
 * The address of the view.
 * @param {string} href the page's, which has its filters
 * @param {Record<string, string>} choices that are kept elsewhere, "" for the usual
 */
export function address(href, choices) {
  const url = new URL(href);
  for (const [name, value] of Object.entries(choices)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url.href;
}

/** Where nothing can be copied, as on a page without encryption, it is there to be. */
function offer(link) {
  const field = document.createElement("input");
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", "link to this view");
  const main = document.createElement("div");
  main.className = "sheet";
  main.append(field);
  present(main, "Link");
  field.select();
}

/**
 * Copies a link.
 * @param {string} link
 * @param {HTMLElement} button shows that it is done
 */
export async function copy(link, button) {
  try {
    await navigator.clipboard.writeText(link);
  } catch {
    return offer(link);
  }
  say("link copied");
  button.toggleAttribute("data-done", true);
  setTimeout(() => button.removeAttribute("data-done"), 1500);
}
