import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "./link.js";

test("a link has the choices beside the filters", () => {
  assert.equal(address("http://host/base/?q=nginx#cpu", { theme: "dark", panels: "" }), "http://host/base/?q=nginx&theme=dark#cpu");
  assert.equal(address("http://host/?panels=cpu&theme=dark", { theme: "", panels: "" }), "http://host/");
});
