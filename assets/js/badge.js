// The badge, which says how far the numbers are of the present, and remarks on
// what the viewer may want to do about it.
import { wordsOf } from "./state.js";

const badge = document.getElementById("state");
const remarks = document.getElementById("remarks");
const dismissed = new Set();

/**
 * Shows what there is to say, and returns the state.
 * @param {import("./state.js").Facts} facts
 * @param {number} now milliseconds
 */
export function sayState(facts, now) {
  const { state, label, about, told } = wordsOf(facts, now);
  const [text, once, words] = badge.querySelectorAll("span:not(.lamp)");
  // The badge is announced when it changes, so it changes only with the state;
  // what counts seconds is for the eye.
  if (badge.dataset.state !== state || text.textContent !== label) {
    badge.dataset.state = state;
    document.documentElement.dataset.state = state;
    text.textContent = label;
    once.textContent = told ? `: ${about}` : "";
  }
  if (badge.title !== about) {
    badge.title = about;
    words.textContent = told ? about : "";
  }
  return state;
}

/**
 * Remarks something until the viewer has seen enough of it, if this page has a
 * place for that.
 * @param {string} text "" takes it back
 * @param {string} key tells remarks apart
 * @param {[string, () => void]} [action] what can be done about it
 */
export function remark(key, text, action) {
  remarks?.querySelector(`[data-key=${key}]`)?.remove();
  if (!remarks || !text || dismissed.has(key)) return;
  const line = document.createElement("p");
  line.dataset.key = key;
  line.append(text);
  const dismiss = () => {
    dismissed.add(key);
    line.remove();
  };
  for (const [label, act] of [action ?? [], ["dismiss", dismiss]]) {
    if (!label) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", act);
    line.append(" ", button);
  }
  remarks.append(line);
}

/**
 * What tells the page of one build of tacho from that of another.
 * @param {Document} page
 */
function build(page) {
  return Array.from(page.querySelectorAll("script[data-app], #style, .version"), (part) => part.outerHTML).join();
}

/** Looks whether the server has another page by now than this one. */
export async function update() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || build(page) === build(document)) return;
  // Nobody is there to choose on a wall, and nothing to choose with in a frame.
  if ("kiosk" in document.documentElement.dataset || !remarks) location.reload();
  else remark("update", "tacho was updated.", ["reload", () => location.reload()]);
}
