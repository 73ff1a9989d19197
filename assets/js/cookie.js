// What the server has to know of a viewer's choices, so that the next page is theirs
// from its first frame.

const YEAR = 365 * 24 * 60 * 60;

/**
 * @param {string} name
 * @param {string} value what a cookie can hold, "" for the usual
 */
export function tell(name, value) {
  const path = document.getElementById("stream").dataset.base.replace(/(.)\/$/, "$1");
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tacho_${name}=${value}; Path=${path}; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
}
