import assert from "node:assert/strict";
import { test } from "node:test";
import { isChosen, queryOf, turned } from "./query.js";

const search = (name, value) => ({ name, type: "search", value });
const select = (name, value) => ({ name, type: "select-one", value });
const hidden = (name, value) => ({ name, type: "hidden", value });
const box = (name, checked) => ({ name, type: "checkbox", value: "asc", checked });
const head = (name, value) => ({ name, type: "submit", value });

test("what all viewers get is nothing of one's own", () => {
  const usual = [search("q", ""), search("user", "  "), select("sort", "cpu"), box("order", false), hidden("limit", ""), head("by", "memory")];
  assert.equal(isChosen(usual, "cpu"), false);
  assert.equal(isChosen([], "cpu"), false);
});

test("each control alone is a choice", () => {
  for (const control of [search("q", "ssh"), select("sort", "memory"), select("cgroup_sort", "name"), box("order", true), box("cpu", true), hidden("limit", "100")]) {
    assert.equal(isChosen([search("q", ""), control], "cpu"), true, control.name);
  }
});

test("a list that does not sort asks for all when it is empty", () => {
  assert.equal(isChosen([select("cgroup_kind", ""), select("cgroup_sort", "cpu")], "cpu"), false);
  assert.equal(isChosen([select("cgroup_kind", "service")], "cpu"), true);
});

test("the address says what is chosen and no more", () => {
  const names = ["q", "user", "sort", "order", "cgroup_q", "cgroup_kind"];
  assert.equal(queryOf([], "", names), "");
  assert.equal(queryOf([[["q", "a b&c"], ["user", ""], ["sort", "cpu"]]], "", names), "?q=a+b%26c&sort=cpu");
  assert.equal(queryOf([[["sort", "pid"]], [["cgroup_q", "web"]]], "", names), "?sort=pid&cgroup_q=web");
});

test("what else is in the address stays, and what was chosen before goes", () => {
  const names = ["q", "sort", "by"];
  assert.equal(queryOf([], "?theme=dark&q=old&by=memory", names), "?theme=dark");
  assert.equal(queryOf([[["q", "new"]]], "?q=old&theme=dark", names), "?theme=dark&q=new");
});

test("a column is sorted with the most first, and turns when it is chosen again", () => {
  assert.deepEqual(turned({ key: "cpu", ascending: false }, "memory"), { key: "memory", ascending: false });
  assert.deepEqual(turned({ key: "cpu", ascending: true }, "memory"), { key: "memory", ascending: false });
  assert.deepEqual(turned({ key: "cpu", ascending: false }, "cpu"), { key: "cpu", ascending: true });
  assert.deepEqual(turned({ key: "cpu", ascending: true }, "cpu"), { key: "cpu", ascending: false });
});
