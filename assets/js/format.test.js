import assert from "node:assert/strict";
import { test } from "node:test";
import { ages, bytes, ceiling, clock, percent, rate, short, span, zone } from "./format.js";

test("bytes have three significant digits at every size", () => {
  const expected = { 0: "0 B", 999: "999 B", 1000: "0.98 KiB", 1024: "1.00 KiB", 12595: "12.3 KiB", 1048576: "1.00 MiB", 6442450944: "6.00 GiB" };
  for (const [number, text] of Object.entries(expected)) assert.equal(bytes(Number(number)), text);
  assert.equal(rate(1024), "1.00 KiB/s");
});

test("a percentage has one decimal below 100", () => {
  assert.equal(percent(0), "0.0");
  assert.equal(percent(99.94), "99.9");
  assert.equal(percent(99.96), "100");
  assert.equal(percent(250.3), "250");
});

test("the numbers of a scale are short", () => {
  assert.equal(short(0), "0");
  assert.equal(short(2 ** 20), "1 MiB");
  assert.equal(short(1.5 * 2 ** 30), "1.5 GiB");
  assert.equal(short(512), "512 B");
  assert.equal(short(100 * 2 ** 10), "100 KiB");
});

test("a gap has a length in words", () => {
  assert.equal(span(0.3), "1 s");
  assert.equal(span(10.2), "10 s");
  assert.equal(span(200), "3 min");
});

test("a scale ends at a power of two or one and a half of it, and at 1 KiB/s at the least", () => {
  assert.equal(ceiling(0), 1024);
  assert.equal(ceiling(700), 1024);
  assert.equal(ceiling(1024), 1024);
  assert.equal(ceiling(1025), 1536);
  assert.equal(ceiling(1536), 1536);
  assert.equal(ceiling(1537), 2048);
});

test("a time of day has seconds", () => {
  assert.match(clock(1772366400), /^\d\d:\d\d:\d\d$/);
  zone(0);
  assert.equal(clock(1772366400), "12:00:00");
  zone(-12600);
  assert.equal(clock(1772366400), "08:30:00");
});

test("a scale of time is labelled in the largest unit that divides it", () => {
  assert.deepEqual(ages(300), ["", "4 min", "3", "2", "1"]);
  assert.deepEqual(ages(30), ["", "24 s", "18", "12", "6"]);
  assert.deepEqual(ages(39), ["", "31.2 s", "23.4", "15.6", "7.8"]);
  assert.deepEqual(ages(3000), ["", "40 min", "30", "20", "10"]);
  assert.deepEqual(ages(300 * 3600), ["", "240 h", "180", "120", "60"]);
});

test("decimal units are of a thousand, and say so", () => {
  assert.equal(bytes(999, true), "999 B");
  assert.equal(bytes(1500, true), "1.50 kB");
  assert.equal(rate(2.5e6, true), "2.50 MB/s");
  assert.equal(short(5e9, true), "5 GB");
  assert.deepEqual([0, 1000, 1001, 2001, 5000, 5001, 1e6, 1.2e6].map((x) => ceiling(x, true)), [1000, 1000, 2000, 5000, 5000, 10000, 1e6, 2e6]);
});
