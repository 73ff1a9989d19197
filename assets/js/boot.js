// Shows the panels once all of the page is read, and starts the scripts once it is
// seen: evaluated before that, they would only hold it up.

let due = true;

function start() {
  if (!due) return;
  due = false;
  const src = document.getElementById("stream").dataset.script;
  document.head.append(Object.assign(document.createElement("script"), { src }));
}

addEventListener("DOMContentLoaded", () => {
  document.documentElement.dataset.read = "";
  // A page that is not to be seen has no frames.
  if (document.hidden) return start();
  requestAnimationFrame(() => setTimeout(start));
  setTimeout(start, 1000);
});
