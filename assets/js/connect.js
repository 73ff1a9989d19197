// The stream of the page. htmx takes it; this says when to connect, and what of it the
// page is to have.
import htmx from "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";
import { deliver, forget, spare } from "./swap.js";

/** @typedef {import("./place.js").Message} Message */

const FIRST_RETRY = 500;
const LAST_RETRY = 2000;
/** Milliseconds that a connection has for its first event before it is suspect. */
const FRUITLESS = 3000;

/**
 * @param {HTMLElement} stream the element that htmx connects at the event "connect"
 * @param {object} on
 * @param {(event: import("./state.js").Event) => void} on.event
 * @param {(message: Message) => boolean} on.message whether the page is to have it
 * @param {() => string} on.place what to go on behind
 * @param {() => void} on.fruitless a connection was of no use, for some time
 */
export function connect(stream, on) {
  let wanted = false;
  let asking = false;
  let connection = null;
  let timer = 0;
  let delay = FIRST_RETRY;
  let notBefore = 0;
  let at = 0; // since when the connection is without use

  const ask = () => {
    if (!wanted || asking || connection) return;
    asking = true;
    at = performance.now();
    htmx.trigger(stream, "connect");
  };
  const again = (wait) => {
    clearTimeout(timer);
    if (wanted) timer = setTimeout(ask, Math.max(wait, notBefore - performance.now()));
  };
  const ended = (wait) => {
    if (wanted && performance.now() - at > FRUITLESS) on.fruitless();
    again(wait);
  };

  stream.addEventListener("htmx:config:request", ({ detail }) => {
    const id = on.place();
    if (id) detail.ctx.request.headers["Last-Event-ID"] = id;
  });
  stream.addEventListener("htmx:sse:before:connection", (event) => {
    connection = event.detail.connection;
    asking = false;
    if (!wanted) event.preventDefault();
  });
  stream.addEventListener("htmx:sse:after:connection", () => {
    delay = FIRST_RETRY;
    // What broke the one before may be a body that is half there.
    forget();
    on.event({ type: "open" });
  });
  stream.addEventListener("htmx:sse:before:message", (event) => {
    at = Infinity;
    const { message } = event.detail;
    const takes = wanted && on.message(message);
    if (takes && message.event) return;
    event.preventDefault();
    if (takes) deliver(stream, message);
  });
  stream.addEventListener("htmx:sse:close", ({ detail }) => {
    connection = null;
    if (wanted) on.event({ type: "lost" });
    ended(detail.connection.ended ? 0 : detail.connection.config.reconnectDelay);
  });
  stream.addEventListener("htmx:finally:request", () => {
    if (connection || !asking) return;
    asking = false;
    if (wanted) on.event({ type: "failed" });
    ended(delay * (0.7 + 0.6 * Math.random()));
    delay = Math.min(2 * delay, LAST_RETRY);
  });
  for (const name of ["full", "bye"]) {
    stream.addEventListener(name, ({ detail }) => {
      const seconds = JSON.parse(detail.data).retry_seconds;
      notBefore = performance.now() + 1000 * seconds;
      on.event({ type: name, seconds });
    });
  }

  spare(stream);

  const end = () => {
    if (connection) connection.ended = true;
    connection?.reader?.cancel();
    if (asking) htmx.trigger(stream, "htmx:abort");
  };
  return {
    open() {
      wanted = true;
      again(0);
    },
    close() {
      wanted = false;
      end();
    },
    /** Ends a connection that seems dead, and makes a new one. */
    renew() {
      delay = FIRST_RETRY;
      end();
      again(0);
    },
  };
}
