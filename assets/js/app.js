// The live page: charts, badge, title and theme around what htmx swaps.
import { Chart } from "./chart.js";
import { connect } from "./connect.js";
import { cores } from "./cores.js";
import { fields } from "./fields.js";
import { printing } from "./print.js";
import { queries } from "./query.js";
import { scrolling } from "./scroll.js";
import { after, initial, isDead, isPresent, stateOf } from "./state.js";
import { Store } from "./store.js";
import { themes } from "./theme.js";

const EXPLANATION = {
  connecting: "the stream is being opened",
  live: "numbers arrive as they are read",
  stale: "connected, and no reading has arrived for three intervals",
  reconnecting: "the connection was lost; trying again",
  paused: "a page in the background receives nothing; catching up",
  stopped: "the server has stopped; waiting for it to come back",
};

/** Ticks that the charts show, as many as the server keeps by default. */
const TICKS = 300;

/** Milliseconds between two attempts to mend a connection that is silent. */
const RENEWAL = 20_000;

const stream = document.getElementById("stream");
const figures = [...document.querySelectorAll("[data-chart]")];
const interval = Number(stream.dataset.interval) || 1000;
const store = new Store(figures.flatMap(Chart.columns), (TICKS * interval) / 1000);
const charts = figures.map((figure) => new Chart(figure, store));

let facts = initial(interval);
let latest = null;
let drawing = false;
let renewed = 0;

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const chart of charts) chart.draw();
    scrolling();
  });
}

function percent(number) {
  return number == null ? "–" : `${number.toFixed(0)} %`;
}

function title(state) {
  if (!latest) return document.title;
  const { cpu, memory } = latest;
  const used = memory.total ? (100 * memory.used) / memory.total : null;
  const words = [`CPU ${percent(cpu.busy)}`, `RAM ${percent(used)}`, stream.dataset.host];
  if (state !== "live") words.unshift(state);
  return words.join(" · ");
}

function show() {
  const state = stateOf(facts, performance.now());
  const badge = document.getElementById("state");
  // The badge is announced when it changes, so it changes only with the state.
  if (badge.dataset.state !== state) {
    badge.dataset.state = state;
    badge.title = EXPLANATION[state];
    document.getElementById("state-text").textContent = state;
    document.documentElement.dataset.state = state;
    for (const chart of charts) chart.setPresent(isPresent(state));
  }
  const text = title(state);
  if (document.title !== text) document.title = text;
}

const tables = queries(document.querySelectorAll("form.query"));

const { renew } = connect(stream, {
  event(event) {
    facts = after(facts, event, performance.now());
    show();
  },
  sample(sample, boot) {
    if (!store.add(sample, boot)) return;
    latest = sample;
    draw();
    tables();
  },
  gap: () => store.lose(),
});

function recolour() {
  for (const chart of charts) chart.recolour();
}

themes(document.querySelector(".themes"), stream.dataset.base, recolour);
printing(recolour);
fields();
cores(document.getElementById("cpu"));

setInterval(() => {
  const now = performance.now();
  if (isDead(facts, now) && now - renewed > RENEWAL) {
    renewed = now;
    renew();
  }
  show();
}, 500);
