// What a tab behind others shows of the machine: its icon and its title. Such a tab
// receives nothing, and looks now and then.
import { poll } from "./poll.js";
import { deliver } from "./swap.js";

/** Milliseconds between two looks. Browsers make it a minute after a while. */
const EVERY = 30_000;

/**
 * @param {HTMLElement} stream
 * @param {(sample: import("./store.js").Sample | null) => void} seen is called at each
 *   look: the verdict that the page has is then of that sample, or of nothing
 */
export function background(stream, seen) {
  if (!document.getElementById("verdict")) return; // an embed that has nothing to tell
  const url = `${stream.dataset.base}events?channels=findings`;
  let timer = 0;
  let stay = 0; // in the background, counted
  const look = async () => {
    let sample = null;
    const mine = stay;
    const messages = await poll(url, "").catch(() => []);
    for (const message of messages) {
      if (mine !== stay) return;
      if (message.event === "sample") sample = JSON.parse(message.data);
      else if (!message.event) deliver(stream, message);
    }
    if (mine === stay) seen(sample);
  };
  const turn = () => {
    stay++;
    clearInterval(timer);
    if (document.hidden) timer = setInterval(look, EVERY);
  };
  document.addEventListener("visibilitychange", turn);
  // Nothing runs any more until the tab is seen again.
  document.addEventListener("freeze", () => {
    stay++;
    seen(null);
  });
  turn();
}
