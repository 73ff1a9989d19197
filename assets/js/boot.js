// Starts the scripts once the page is seen: evaluated before that, they would only
// hold it up.

let due = true;

function start() {
  if (!due) return;
  due = false;
  const script = document.createElement("script");
  script.src = document.querySelector("link[as=script]").getAttribute("href");
  document.head.append(script);
}

// A page that is not to be seen has no frames, and not every browser tells of them.
if (document.hidden) start();
else {
  try {
    new PerformanceObserver(start).observe({ type: "paint", buffered: true });
  } catch {
    start();
  }
  setTimeout(start, 1000);
}
