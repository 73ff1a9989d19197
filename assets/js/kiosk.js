// The page on a wall: nothing to operate.

/** Milliseconds without a move after which the pointer is out of the way. */
const IDLE = 3000;

/** @returns {() => void} turns the kiosk on and off */
export function kiosk() {
  const root = document.documentElement;
  let idle;
  addEventListener("pointermove", () => {
    root.removeAttribute("data-idle");
    clearTimeout(idle);
    if ("kiosk" in root.dataset) idle = setTimeout(() => root.toggleAttribute("data-idle", true), IDLE);
  });
  return () => {
    const on = root.toggleAttribute("data-kiosk");
    const url = new URL(location.href);
    if (on) url.searchParams.set("kiosk", "");
    else url.searchParams.delete("kiosk");
    history.replaceState(null, "", url);
  };
}
