import assert from "node:assert/strict";
import { test } from "node:test";
import { say } from "./say.js";

test("what is said at one moment is said together, and again if it is again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  const voice = { set textContent(text) { said.push(text); } };
  globalThis.document = { getElementById: (id) => (id === "said" ? voice : null) };
  say("one");
  say("two");
  t.mock.timers.tick(1000);
  say("two");
  t.mock.timers.tick(1000);
  assert.deepEqual(said, ["", "", "one. two", "", "two"]);
});
