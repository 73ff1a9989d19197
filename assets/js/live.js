// Keeps the page alive: the stream, or what another tab passes on of it, or what
// comes of asking, where something on the way holds streams back.
import { connect } from "./connect.js";
import { Place } from "./place.js";
import { Bursts, poll } from "./poll.js";
import { share } from "./share.js";
import * as panels from "./swap.js";

/** @typedef {import("./place.js").Message} Message */

/** Milliseconds after which the stream is tried again that was held back. */
const PROBATION = 60_000;
/** Milliseconds that it then has to be steady. */
const TRIAL = 15_000;
/** Milliseconds by which a timer is late on a device that was asleep. */
const ASLEEP = 5000;
/** And on one that is too busy to tell when something came. */
const HELD_UP = 1500;

/**
 * @param {HTMLElement} stream
 * @param {object} on
 * @param {(event: import("./state.js").Event) => void} on.event
 * @param {(sample: import("./store.js").Sample, boot: string) => void} on.sample
 * @param {() => void} on.gap samples are lost for good
 * @param {() => void} on.restarted the server is another one than before
 */
export function live(stream, on) {
  const url = stream.getAttribute("hx-sse:connect");
  const place = new Place();
  const bursts = new Bursts();
  let interval = 1000;
  let held = false;
  let polling = 0;
  let trial = 0;
  let work = Promise.resolve();
  let ticked = Date.now();
  let run = "";

  /** Does one thing after the other: what is asked for comes before what follows on it. */
  const then = (what) => (work = work.then(what).catch(() => {}));

  const tell = (event) => {
    on.event(event);
    tabs.pass({ fact: event, held });
  };

  const source = connect(stream, {
    event(event) {
      if (event.type === "open") bursts.open();
      if (!held) tell(event);
    },
    message(message) {
      if (message.event === "sample") suspect(JSON.parse(message.data));
      return take(message);
    },
    place: () => place.id,
    fruitless: () => then(probe),
  });

  /** Whether a message is new, which the tabs that follow are then told. */
  function take(message) {
    if (!place.accepts(message)) return false;
    tabs.pass({ message, held });
    return true;
  }

  function give(message) {
    if (take(message)) panels.deliver(stream, message);
  }

  /** Gets what the page lacks. */
  async function catchUp() {
    const missed = await poll(url, place.id);
    missed.forEach(give);
    return missed.length > 0;
  }

  const tabs = share(`tacho:${url}`, {
    lead: () => (held ? hold() : source.open()),
    follow() {
      rest();
      then(catchUp);
    },
    hear({ message, fact, held: now }) {
      if (held !== now) on.event({ type: "held", held: now });
      held = now;
      if (fact && fact.type !== "held") on.event(fact);
      if (message) then(() => receive(message));
    },
  });

  async function receive(message) {
    // Better with a hole than not at all.
    if (place.misses(message)) await catchUp().catch(() => {});
    give(message);
  }

  /** Judges the way by when samples arrive. */
  function suspect(sample) {
    bursts.sample(sample.time, sample.interval, performance.now());
    if (!held && bursts.held) hold();
    if (held && bursts.steady) release();
  }

  /** A connection brings nothing. Where asking does, again and again, it is held back. */
  async function probe() {
    const found = await catchUp();
    if (held || !tabs.leads()) return;
    if (found) bursts.note(performance.now());
    if (bursts.held) hold();
  }

  function hold() {
    held = true;
    tell({ type: "held", held });
    end();
    ask();
  }

  /** Ends the stream until its next trial. */
  function end() {
    bursts.forget();
    source.close();
    clearTimeout(trial);
    trial = setTimeout(() => {
      source.open();
      trial = setTimeout(end, Math.max(TRIAL, 8 * interval));
    }, PROBATION);
  }

  function ask() {
    clearTimeout(polling);
    then(async () => {
      try {
        await catchUp();
      } catch {
        tell({ type: "failed" });
      }
      if (held && tabs.leads()) polling = setTimeout(ask, Math.max(interval, 1000));
    });
  }

  function release() {
    held = false;
    stop();
    tell({ type: "held", held });
  }

  function stop() {
    clearTimeout(polling);
    clearTimeout(trial);
  }

  /** Takes nothing any more. */
  function rest() {
    stop();
    source.close();
  }

  function sleep() {
    tabs.stop();
    rest();
  }

  function renew() {
    bursts.forget();
    if (held) return;
    if (tabs.leads()) source.renew();
    else then(catchUp);
  }

  /** Mends a stream that is silent. */
  async function mend() {
    try {
      await probe();
    } finally {
      if (tabs.leads() && !held) source.renew();
    }
  }

  stream.addEventListener("sample", ({ detail }) => {
    const sample = JSON.parse(detail.data);
    const [boot] = (detail.id ?? "").split("-");
    interval = 1000 * sample.interval;
    on.sample(sample, boot);
    on.event({ type: "sample", interval });
    if (run && run !== boot) on.restarted();
    run = boot;
  });
  stream.addEventListener("gap", on.gap);

  function appear() {
    on.event({ type: document.hidden ? "hidden" : "shown" });
    // Timers are late in the background, and what begins now is as good as new.
    ticked = Date.now();
    if (document.hidden) sleep();
    else tabs.start();
  }
  document.addEventListener("visibilitychange", appear);
  addEventListener("pagehide", sleep);
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) appear();
  });
  for (const type of ["online", "offline"]) {
    addEventListener(type, () => {
      on.event({ type });
      if (type === "online") renew();
    });
  }
  if (!navigator.onLine) on.event({ type: "offline" });
  if (document.hidden) on.event({ type: "hidden" });
  else tabs.start();

  return {
    /**
     * Notices, called twice a second, that the device was asleep or the page held
     * up, and shows what was left for later.
     */
    tick() {
      const late = Date.now() - ticked;
      ticked = Date.now();
      if (document.hidden) return;
      then(() => panels.catchUp(stream));
      if (late > ASLEEP) renew();
      else if (late > HELD_UP) bursts.forget();
    },
    mend: () => then(mend),
  };
}
