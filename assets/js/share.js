// Which of the tabs that show the same takes the stream, and passes it on to the
// others: a browser has six connections for all of them. Tabs agree by messages
// alone, because locks are only for pages that came over TLS.

/** Milliseconds that a newcomer waits for a leader to say so. */
const ASK = 50;
/** Milliseconds between two signs of life. */
const BEAT = 1000;
/** Milliseconds of silence after which a leader is gone. */
const PATIENCE = 3500;

/**
 * What tabs tell each other besides what they pass on. Since is from when on
 * the sender has led.
 * @typedef {{kind: "who" | "beat" | "leave", id: string, since?: number}} Word
 */

/** A tab's place among the tabs. Pure: words and time in, role and words out. */
export class Seat {
  /** @type {"away" | "asking" | "following" | "leading"} */
  role = "away";
  #id;
  #leader = "";
  #since = 0;
  #due = 0;
  #heard = -Infinity;

  /** @param {string} id of the tab */
  constructor(id) {
    this.#id = id;
  }

  /** What to say to the others. @returns {Word} */
  say(kind) {
    return { kind, id: this.#id, since: this.#since };
  }

  /** Whether others listened lately. */
  heardAt(now) {
    return now - this.#heard < 3 * PATIENCE;
  }

  /** Comes to the others. Ask them who leads. */
  arrive(now, wait = ASK) {
    this.role = "asking";
    this.#due = now + wait;
  }

  depart() {
    this.role = "away";
  }

  /**
   * Hears a word of another tab.
   * @param {Word} word
   * @param {number} now milliseconds, the same clock in all tabs
   * @param {number} [chance] from 0 to 1
   * @returns {boolean} whether to answer with a beat
   */
  hear(word, now, chance = Math.random()) {
    if (word.id === this.#id || this.role === "away") return false;
    if (word.kind === "leave") {
      if (this.role === "following" && word.id === this.#leader) this.arrive(now, 200 * chance);
    } else if (word.kind === "who") {
      this.#heard = now;
      return this.role === "leading";
    } else if (this.role === "leading" && (this.#since - word.since || (this.#id < word.id ? -1 : 1)) < 0) {
      return true;
    } else {
      this.role = "following";
      this.#leader = word.id;
      this.#due = now + PATIENCE;
    }
    return false;
  }

  /** Takes the lead when nobody has it any more. */
  tick(now, chance = Math.random()) {
    if (now < this.#due) return;
    if (this.role === "following") this.arrive(now, 200 * chance);
    else if (this.role === "asking") {
      this.role = "leading";
      this.#since = now;
    }
  }

  /** Milliseconds until something is due. */
  wait(now) {
    const soon = this.role === "leading" ? BEAT : Math.min(this.#due - now, BEAT);
    return Math.max(0, soon);
  }
}

/**
 * Joins the tabs that show the same. Where there is no way to talk to them, each
 * tab leads itself.
 * @param {string} name of what they show
 * @param {object} on
 * @param {() => void} on.lead this tab is to take the stream
 * @param {() => void} on.follow another one does, and passes it on
 * @param {(what: unknown) => void} on.hear what it passes on
 */
export function share(name, on) {
  const seat = new Seat(crypto.getRandomValues(new Uint32Array(2)).join("-"));
  let channel = null;
  let timer = 0;
  let role = seat.role;

  const say = (kind) => channel?.postMessage(seat.say(kind));
  const wake = () => {
    clearTimeout(timer);
    if (role !== "away") timer = setTimeout(beat, seat.wait(Date.now()));
  };
  const settle = () => {
    if (seat.role === role) return;
    role = seat.role;
    wake();
    if (role === "asking") say("who");
    if (role === "leading") {
      say("beat");
      on.lead();
    }
    if (role === "following") on.follow();
  };
  const beat = () => {
    if (role === "leading" || role === "following") say(role === "leading" ? "beat" : "who");
    seat.tick(Date.now());
    settle();
    wake();
  };
  const hear = ({ data }) => {
    if (seat.hear(data, Date.now())) say("beat");
    settle();
    if (role === "following" && "what" in data) on.hear(data.what);
  };

  return {
    start() {
      if (role !== "away") return;
      try {
        channel = new BroadcastChannel(name);
        channel.onmessage = hear;
      } catch {
        // A frame without an origin of its own talks to nobody.
      }
      seat.arrive(Date.now());
      settle();
    },
    stop() {
      if (role === "leading") say("leave");
      seat.depart();
      settle();
      channel?.close();
      channel = null;
    },
    /** Passes something on to those who follow. */
    pass(what) {
      if (role === "leading" && seat.heardAt(Date.now())) channel?.postMessage({ ...seat.say("beat"), what });
    },
    leads: () => role === "leading",
  };
}
