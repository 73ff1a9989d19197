// What a viewer does with the page as a whole, by keys and by buttons.
import { drawers } from "./drawer.js";
import { holding } from "./held.js";
import { keys, LETTERS } from "./keys.js";
import { kiosk } from "./kiosk.js";
import { address, copy } from "./link.js";
import { panels, shared } from "./panels.js";
import { roving } from "./roving.js";

/** What leads to each panel: its letter after a g. */
function jumps() {
  return Object.entries(LETTERS).flatMap(([name, letter]) => {
    const title = document.getElementById(`${name}-title`);
    return title ? [{ keys: `g ${letter}`, words: title.textContent, act: () => jump(title.closest("button") ?? title) }] : [];
  });
}

function jump(title) {
  if (!title.matches("button")) title.tabIndex = -1;
  title.focus({ preventScroll: true });
  title.scrollIntoView({ block: title.matches(".unseen") ? "nearest" : "start" });
}

function nextTheme() {
  const choices = [...document.querySelectorAll(".themes input")];
  choices[(choices.findIndex(({ checked }) => checked) + 1) % choices.length]?.click();
}

/**
 * Starts what is for the viewer.
 * @param {() => string} range the time that the charts show, as an address has it
 * @returns {() => void} what is to be called at each tick
 */
export function viewer(range) {
  const hold = holding();
  const arrangement = panels();
  roving();
  if (arrangement.usual.length === 0) return () => {}; // an embed
  const wall = kiosk();
  const button = document.getElementById("tools-link");
  const link = () => {
    const theme = document.documentElement.dataset.theme ?? "";
    copy(address(location.href, { theme, panels: shared(arrangement.usual), range: range() }), button);
  };
  button.addEventListener("click", link);
  keys([
    ...jumps(),
    { keys: "/", words: "filter the processes", act: () => document.querySelector("#processes-form [name=q]").focus() },
    { keys: "h", words: "hold the rows of tables, and let go", act: hold },
    { keys: "t", words: "next theme", act: nextTheme },
    { keys: "l", words: "copy a link to this view", act: link },
    { keys: "k", words: "kiosk: for a wall", act: wall },
    { keys: "x", words: "all panels as they were", act: arrangement.reset },
  ], document.getElementById("tools-keys"));
  return drawers();
}
