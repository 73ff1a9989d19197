/**
 * Says a thing that was done to those who listen, once.
 * @param {string} text
 */
export function say(text) {
  let voice = document.getElementById("said");
  if (!voice) {
    voice = document.createElement("p");
    voice.id = "said";
    voice.className = "unseen";
    voice.setAttribute("aria-live", "polite");
    document.body.append(voice);
  }
  voice.textContent = text;
}
