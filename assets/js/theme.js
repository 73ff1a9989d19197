// The choice between the light theme, the dark one, and the system's.

const YEAR = 365 * 24 * 60 * 60;

/**
 * @param {HTMLElement} switcher holds one radio button a theme
 * @param {string} base path of the cookie that the server reads
 * @param {() => void} changed is called when colours have changed
 */
export function themes(switcher, base, changed) {
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", changed);
  if (!switcher) return;
  const root = document.documentElement;
  // A browser that restores forms must not show another theme than is in force.
  for (const input of switcher.querySelectorAll("input")) input.checked = input.value === (root.dataset.theme ?? "");
  switcher.addEventListener("change", (event) => {
    const theme = event.target.value;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.cookie = cookie(theme, base);
    const url = new URL(location.href);
    url.searchParams.delete("theme"); // it would win over the choice
    history.replaceState(null, "", url);
    changed();
  });
}

function cookie(theme, base) {
  const path = base.replace(/(.)\/$/, "$1");
  const secure = location.protocol === "https:" ? "; Secure" : "";
  return `tacho_theme=${theme}; Path=${path}; Max-Age=${theme ? YEAR : 0}; SameSite=Lax${secure}`;
}
