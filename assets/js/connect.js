// The stream of the page. htmx swaps the panels; this tells the rest what
// arrives, and mends what htmx leaves broken.
import htmx from "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";

const FIRST_RETRY = 500;
const LAST_RETRY = 3000;

/**
 * @param {HTMLElement} stream the element that htmx connects
 * @param {object} on
 * @param {(event: import("./state.js").Event) => void} on.event
 * @param {(sample: import("./store.js").Sample, boot: string) => void} on.sample
 * @param {() => void} on.gap samples are lost for good
 * @returns {{renew: () => void}} renew ends a connection that seems dead
 */
export function connect(stream, on) {
  let connection = null;
  let delay = FIRST_RETRY;

  // htmx reconnects a stream that it has had. One that was refused at first, or
  // that was aborted, is left alone.
  const retry = () => {
    on.event({ type: "failed" });
    setTimeout(() => htmx.trigger(stream, "reconnect"), delay * (0.7 + 0.6 * Math.random()));
    delay = Math.min(2 * delay, LAST_RETRY);
  };

  stream.addEventListener("htmx:sse:before:connection", (event) => {
    connection = event.detail.connection;
    if (connection.attempt > 0) on.event({ type: "lost" });
  });
  stream.addEventListener("htmx:sse:after:connection", () => {
    delay = FIRST_RETRY;
    on.event({ type: "open" });
  });
  stream.addEventListener("htmx:sse:error", () => on.event({ type: "failed" }));
  stream.addEventListener("htmx:sse:close", () => {
    connection = null;
    retry();
  });
  stream.addEventListener("htmx:finally:request", () => {
    if (!connection) retry();
  });

  stream.addEventListener("sample", ({ detail }) => {
    const sample = JSON.parse(detail.data);
    on.sample(sample, detail.id?.replace(/-\d+$/, "") ?? "");
    on.event({ type: "sample", interval: 1000 * sample.interval });
  });
  stream.addEventListener("gap", on.gap);
  stream.addEventListener("bye", () => on.event({ type: "bye" }));
  document.addEventListener("visibilitychange", () => on.event({ type: document.hidden ? "hidden" : "shown" }));

  return { renew: () => connection?.reader?.cancel() };
}
