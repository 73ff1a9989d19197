// The choice between the light theme, the dark one, and the system's.
import { tell } from "./cookie.js";

/**
 * @param {HTMLElement} switcher holds one radio button a theme
 * @param {() => void} changed is called when colours have changed
 */
export function themes(switcher, changed) {
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", changed);
  if (!switcher) return;
  const root = document.documentElement;
  const choose = () => {
    const theme = switcher.querySelector(":checked").value;
    if (theme === (root.dataset.theme ?? "")) return;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    tell("theme", theme);
    const url = new URL(location.href);
    url.searchParams.delete("theme"); // it would win over the choice
    history.replaceState(null, "", url);
    changed();
  };
  switcher.addEventListener("change", choose);
  choose(); // what was chosen before this was here
}
