// What happens to the machine: marks in the charts, words for those who listen,
// and, for who wants them, notifications of the browser.
import { get, set, watch } from "./prefs.js";
import { say } from "./say.js";

/**
 * As the server sends it.
 * @typedef {object} Notice
 * @property {string} id RUN-SEQ.INDEX
 * @property {string} time RFC 3339
 * @property {"info" | "warning" | "critical"} severity
 * @property {string} subject
 * @property {string} text
 * @property {boolean} ended
 */

const KEY = "notify";
/** How long a page that is not in sight may have missed, in ticks. */
const MISSED = 10;

/** Notices that are remembered, more than a stream repeats. */
const REPEATED = 1000;

/** Tells which notices are new: streams repeat them, and in tabs that share one, an older one may come later. */
export class News {
  #run;
  #at;
  #seen = new Set();

  /** @param {string} [id] of the newest that the page has from the start */
  constructor(id = "") {
    [this.#run, ...this.#at] = parse(id);
  }

  /**
   * Whether a notice was not asked about before, and is not of those that the page
   * has from the start.
   * @param {Notice} notice
   */
  isNew({ id }) {
    const [run, seq, index] = parse(id);
    const [last, place] = this.#at;
    if (this.#seen.has(id) || (run === this.#run && (seq < last || (seq === last && index <= place)))) return false;
    this.#seen.add(id);
    if (this.#seen.size > REPEATED) this.#seen.delete(this.#seen.values().next().value);
    return true;
  }
}

/** @returns {[string, number, number]} */
function parse(id) {
  const [run, rest = ""] = id.split("-");
  const [seq, index] = rest.split(".");
  return [run, Number(seq), Number(index)];
}

/** What a notice says, in one line: names of the machine may hold anything. */
export function words({ subject, text }) {
  return `${subject} ${text}`.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

/** Whether it is worth a word to somebody who does something else. */
export function matters({ severity, ended }) {
  return severity !== "info" && !ended;
}

/**
 * @param {HTMLElement} stream where the events "notice" arrive
 * @param {{mark: (mark: {time: number, severity: string, text: string}) => void}} store
 */
export function notices(stream, store) {
  const panel = document.querySelector(".notify");
  const marked = new News();
  const told = new News(panel?.dataset.newest);
  const take = (/** @type {Notice} */ notice) => {
    const text = words(notice);
    if (marked.isNew(notice)) store.mark({ time: Date.parse(notice.time) / 1000, severity: notice.ended ? "info" : notice.severity, text });
    if (!told.isNew(notice) || !matters(notice)) return;
    if (document.hidden) notify(notice, text);
    else if (panel) say(`${notice.severity}: ${text}`);
  };
  stream.addEventListener("notice", ({ detail }) => take(JSON.parse(detail.data)));
  if (!panel) return;
  choice(panel);
  watching(stream.dataset.base, (notice) => told.isNew(notice) && matters(notice) && notify(notice, words(notice)));
}

const wanted = () => get(KEY, false) === true && globalThis.Notification?.permission === "granted";

function notify({ id, severity }, text) {
  if (!wanted()) return;
  try {
    const note = new Notification(`${severity}: ${text}`, { tag: id, body: document.getElementById("stream").dataset.host });
    note.onclick = () => {
      focus();
      note.close();
    };
  } catch {
    // Phones let only service workers notify.
  }
}

/** Asks for leave to notify, and returns why there is none, "" where there is. */
async function ask() {
  if (!globalThis.Notification || !isSecureContext) return "browsers notify only for pages that come over TLS or from localhost";
  const answer = await Notification.requestPermission();
  return answer === "granted" ? "" : "refused by the browser: its settings for this page can allow it";
}

/** @param {HTMLElement} panel with the box to tick */
function choice(panel) {
  const box = panel.querySelector("input");
  const why = panel.querySelector("#notices-why");
  const show = () => (box.checked = wanted());
  box.addEventListener("change", async () => {
    const on = box.checked;
    why.textContent = on ? await ask() : "";
    set(KEY, (on && !why.textContent) || undefined);
    show();
  });
  watch(KEY, show);
  box.disabled = false;
  show();
}

/**
 * Takes notices of its own while the page is hidden, for its stream rests then. Of
 * all tabs that are hidden one does.
 * @param {string} base
 * @param {(notice: Notice) => void} told
 */
function watching(base, told) {
  let end = () => {};
  document.addEventListener("visibilitychange", () => {
    end();
    if (!document.hidden || !wanted()) return;
    const leaving = new AbortController();
    end = () => leaving.abort();
    const hold = () => new Promise((done) => {
      const events = new EventSource(`${base}api/v1/stream/load?replay=${MISSED}`);
      events.addEventListener("notice", ({ data }) => told(JSON.parse(data)));
      leaving.signal.addEventListener("abort", () => done(events.close()));
    });
    navigator.locks.request(`tacho.notify ${base}`, { signal: leaving.signal }, hold).catch(() => {});
  });
}
