// The sources of a panel's numbers, in front of the page. Without scripts the
// same link leads to a page of its own.

/**
 * Whether a click on a link is for the page: any other is the browser's, which
 * opens tabs and windows.
 * @param {{button: number, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, altKey: boolean, defaultPrevented: boolean}} event
 */
export function isPlain(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented);
}

/** What the page behind a link has to say, null where it cannot be had. */
async function content(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main");
}

function closing(dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.textContent = "close";
  button.addEventListener("click", () => dialog.close());
  return button;
}

/** Shows it until it is closed: the browser then returns the focus to the link. */
function show(main, label) {
  const dialog = document.createElement("dialog");
  dialog.className = "fields";
  dialog.setAttribute("aria-label", label);
  main.tabIndex = 0; // what scrolls must be reachable
  dialog.append(closing(dialog), main);
  // The dialog itself is hit only beside what is in it.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
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
    if (main) show(main, link.getAttribute("aria-label"));
    else location.assign(link.href);
  });
}
