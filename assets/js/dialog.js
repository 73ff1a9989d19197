// What is shown in front of the page.

function closing(dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.textContent = "close";
  button.addEventListener("click", () => dialog.close());
  return button;
}

/**
 * Shows it until it is closed: the browser then returns the focus to where it
 * was.
 * @param {HTMLElement} main
 * @param {string} label
 * @param {string} [className]
 * @returns {HTMLDialogElement} takes itself away when it is closed
 */
export function present(main, label, className = "fields") {
  const dialog = document.createElement("dialog");
  dialog.className = className;
  dialog.setAttribute("aria-label", label);
  main.tabIndex = 0; // what scrolls must be reachable
  dialog.append(closing(dialog), main);
  // The dialog itself is hit only beside what is in it.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
