import assert from "node:assert/strict";
import { test } from "node:test";
import { matters, News, words } from "./notices.js";

const ids = (news, ...all) => all.map((id) => news.isNew({ id }));

test("a stream that repeats itself has no news", () => {
  const news = new News();
  assert.deepEqual(ids(news, "a-7.0", "a-7.1", "a-9.0", "a-7.0", "a-9.0", "a-10.0"), [true, true, true, false, false, true]);
});

test("in a tab that follows, an older one may come later", () => {
  assert.deepEqual(ids(new News("a-5.0"), "a-10.0", "a-7.0", "a-7.0", "a-5.0", "a-10.0"), [true, true, false, false, false]);
});

test("what a page has told already is known", () => {
  assert.deepEqual(ids(new News("a-9.1"), "a-2.0", "a-9.0", "a-9.1", "a-9.2", "a-10.0"), [false, false, false, true, true]);
});

test("another run of the server is new", () => {
  assert.deepEqual(ids(new News("a-900.0"), "b-1.0", "b-1.0", "b-2.0"), [true, false, true]);
});

test("names of the machine stay on their line and in their direction", () => {
  assert.equal(words({ subject: "/mnt\n\u202eexe", text: "99 % full" }), "/mnt\ufffd\ufffdexe 99 % full");
});

test("only trouble that begins is worth an interruption", () => {
  assert.equal(matters({ severity: "critical", ended: false }), true);
  assert.equal(matters({ severity: "critical", ended: true }), false);
  assert.equal(matters({ severity: "info", ended: false }), false);
});
