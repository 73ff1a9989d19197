// What is known of one process, or one unit or container, in front of the page, tick by tick. Without
// scripts the same link leads to a page of its own.
import htmx from "htmx.org/dist/htmx.esm.js";
import { asker } from "./ask.js";
import { present } from "./dialog.js";
import { opening } from "./fields.js";
import { bytes, ceiling, percent } from "./format.js";
import { Spark } from "./spark.js";

/** The end of a scale of percent, where more than one core may be busy. */
const full = (most) => [10, 25, 50].find((top) => most <= top) ?? 100 * Math.ceil(most / 100);

/** A number of the page, null where it has none. */
const number = (text) => (text ? Number(text) : null);

/** Has the drawer follow what it is about: what is returned is to be called at each tick. */
function follow(main, url) {
  const cpu = new Spark("CPU of one core", (x) => `${percent(x)} %`, full);
  const memory = new Spark("memory", bytes, ceiling);
  const sparks = document.createElement("div");
  sparks.className = "trends";
  sparks.append(cpu.element, memory.element);
  main.after(sparks);
  const note = () => {
    const numbers = main.querySelector("[data-cpu]")?.dataset;
    cpu.add(number(numbers?.cpu));
    memory.add(number(numbers?.memory));
  };
  for (const [name, value] of Object.entries({ get: url, trigger: "tick", target: "this", select: "main > *", swap: "patch", sync: "this:replace" })) {
    main.setAttribute(`hx-${name}`, value);
  }
  htmx.process(main);
  main.addEventListener("htmx:after:swap", note);
  note();
  const ask = asker(main);
  return () => main.querySelector(".ended") || ask();
}

/**
 * Opens links to processes, units and containers in front of the page.
 * @returns {() => void} what is to be called at each tick
 */
export function drawers() {
  let tick = null;
  opening("a.drawer", (main, link) => {
    link.closest("dialog")?.close();
    const dialog = present(main, link.textContent, "fields detail-page");
    const mine = (tick = follow(main, link.href));
    // The one before it closes later than this one opens.
    dialog.addEventListener("close", () => mine === tick && (tick = null));
  });
  return () => tick?.();
}
