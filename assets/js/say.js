/** Milliseconds in which things are said together. */
const TOGETHER = 100;

let words = [];

/**
 * Says a thing that was done to those who listen, once, with what else is said at
 * that moment. The page has had the place for it from the start: what comes with its
 * place is not read.
 * @param {string} text
 */
export function say(text) {
  const voice = document.getElementById("said");
  if (!voice) return;
  // What is said again is a change, too.
  voice.textContent = "";
  if (words.push(text) > 1) return;
  setTimeout(() => {
    voice.textContent = words.join(". ");
    words = [];
  }, TOGETHER);
}
