// The live page: charts, badge, title and theme around what htmx swaps.
import { Chart } from "./chart.js";
import { background } from "./background.js";
import { remark, sayState, update } from "./badge.js";
import { cores } from "./cores.js";
import { fields } from "./fields.js";
import { favicon, iconOf, titleOf, verdict } from "./favicon.js";
import { zone } from "./format.js";
import { live } from "./live.js";
import { notices } from "./notices.js";
import { printing } from "./print.js";
import { queries } from "./query.js";
import { ranges } from "./range.js";
import { scrolling } from "./scroll.js";
import { drawSparks, sparkColumns } from "./spark.js";
import { after, initial, isDead, isPresent } from "./state.js";
import { Store } from "./store.js";
import { themes } from "./theme.js";
import { anywhere, View } from "./view.js";
import { viewer } from "./viewer.js";

/** Ticks that the charts show, as many as the server keeps by default. */
const TICKS = 300;

/** Milliseconds between two attempts to mend a connection that is silent. */
const RENEWAL = 5000;

/** Milliseconds for which what a tab in the background has seen is the present. */
const GLANCE = 90_000;

const HELD = "Something between this page and tacho, likely a proxy, holds the stream back. The page asks for each tick instead; the manual says how to let streams pass.";

function percent(number) {
  return number == null ? "–" : `${number.toFixed(0)} %`;
}

const stream = document.getElementById("stream");
const figures = [...document.querySelectorAll("[data-chart]")];
const interval = Number(stream.dataset.interval) || 1000;
const store = new Store([...figures.flatMap(Chart.columns), ...sparkColumns], (TICKS * interval) / 1000);
const view = new View(store);
const charts = figures.map((figure) => new Chart(figure, store, view));
const range = ranges(view, store);
view.changed = () => {
  range.changed();
  draw();
};
view.moved = () => charts.forEach((chart) => chart.point());
anywhere(view);

let facts = initial(interval);
let latest = null;
let looked = -Infinity; // when a tab in the background saw that, in milliseconds of the clock
let drawing = false;
let sampled = false;
let renewed = 0;

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    // What changes the page comes before what has it laid out, which is to measure it
    // and to write on a canvas: once a tick is enough, unless someone points at a chart.
    for (const chart of charts) chart.point();
    if (sampled) drawSparks(store);
    scrolling();
    for (const chart of charts) chart.draw();
    if (!sampled) return;
    sampled = false;
    range.filled();
    tables();
    followed();
  });
}

function title(state) {
  if (!latest) return document.title;
  const { cpu, memory } = latest;
  const used = memory.total ? (100 * memory.used) / memory.total : null;
  const words = [`CPU ${percent(cpu.busy)}`, `RAM ${percent(used)}`, stream.dataset.host];
  return titleOf(state, verdict(), words);
}

function show() {
  const state = sayState(facts, performance.now());
  for (const chart of charts) chart.setPresent(isPresent(state));
  // Who only looks now and then has the present too.
  const told = state === "paused" && Date.now() - looked < GLANCE ? "live" : state;
  favicon(iconOf(told, verdict()));
  const text = title(told);
  if (document.title !== text) document.title = text;
}

const tables = queries(document.querySelectorAll("form.query"));
const followed = viewer(range.shared);

const alive = live(stream, {
  event(event) {
    facts = after(facts, event, performance.now());
    if (event.type === "held") remark("held", event.held ? HELD : "");
    show();
  },
  restarted: () => update().catch(() => {}),
  sample(sample, boot) {
    if (!store.add(sample, boot)) return;
    latest = sample;
    looked = -Infinity;
    zone(sample.offset ?? 0);
    view.tick(performance.now());
    sampled = true;
    draw();
  },
  gap: () => store.lose(),
});

function recolour() {
  for (const chart of charts) chart.recolour();
}

themes(document.querySelector(".themes"), recolour);
printing(recolour);
fields();
notices(stream, store);
cores(document.getElementById("cpu"));
background(stream, (sample) => {
  looked = sample ? Date.now() : -Infinity;
  latest = sample ?? latest;
  show();
});

setInterval(() => {
  const now = performance.now();
  if (isDead(facts, now) && now - renewed > RENEWAL) {
    renewed = now;
    alive.mend();
  }
  alive.tick();
  show();
}, 500);
