// Shows the panels once all of the page is read, and starts the scripts once it is
// seen: evaluated before that, they would only hold it up.

const { app, first } = document.currentScript.dataset;
const root = document.documentElement;
let due = true;

function start() {
  if (!due) return;
  due = false;
  document.head.append(Object.assign(document.createElement("script"), { src: app }));
}

// A proxy may add a policy of its own, which lets no style in documents.
if (!getComputedStyle(root).getPropertyValue("--plate")) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: first }));

root.dataset.reading = "";
addEventListener("DOMContentLoaded", () => {
  delete root.dataset.reading;
  // A page that is not to be seen has no frames.
  if (document.hidden) return start();
  requestAnimationFrame(() => setTimeout(start));
  setTimeout(start, 1000);
});
