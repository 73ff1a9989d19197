import assert from "node:assert/strict";
import { test } from "node:test";
import { Place } from "./place.js";

const sample = (id) => ({ event: "sample", data: "{}", id });
const panels = (id) => ({ event: "", data: "<p>", id });

function at(...messages) {
  const place = new Place();
  for (const message of messages) place.accepts(message);
  return place;
}

test("a sample is new once, from wherever it comes", () => {
  const place = at(sample("a-1"), sample("a-2"));
  assert.equal(place.accepts(sample("a-2")), false);
  assert.equal(place.accepts(sample("a-1")), false);
  assert.equal(place.accepts(sample("a-3")), true);
  assert.equal(place.id, "a-3");
});

test("panels are new once, and not when newer numbers are there", () => {
  const place = at(sample("a-4"));
  assert.equal(place.accepts(panels("a-3")), false);
  assert.equal(place.accepts(panels("a-4")), true);
  assert.equal(place.accepts(panels("a-4")), false);
});

test("what is missing is noticed, but for what is lost for good", () => {
  assert.equal(at(sample("a-4")).misses(sample("a-5")), false);
  assert.equal(at(sample("a-4")).misses(sample("a-6")), true);
  assert.equal(at(sample("a-4"), { event: "gap", data: '{"from":5,"to":9}', id: "a-4" }).misses(sample("a-10")), false);
});

test("another run of the server starts anew", () => {
  const place = at(sample("a-90"));
  assert.equal(place.misses(sample("b-3")), false);
  assert.equal(place.accepts(sample("b-3")), true);
  assert.equal(place.id, "b-3");
});

test("a page that has nothing asks for all", () => assert.equal(new Place().id, ""));
