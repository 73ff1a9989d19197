import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "./export.js";

const plain = { unit: "B/s", text: String };

test("CSV has a head with units, times of UTC, plain numbers, and lines that end as RFC 4180 wants", () => {
  const text = csv({
    title: "Disks", name: "disks", times: [1795650466.861, 1795650467.5],
    columns: [{ label: "read", numbers: [12595840.25, 0], ...plain }, { label: "write", numbers: [null, 1e21], ...plain }],
  });
  assert.equal(text, "time (UTC),read (B/s),write (B/s)\r\n2026-11-25T23:47:46.861Z,12595840.25,\r\n2026-11-25T23:47:47.500Z,0,1e+21\r\n");
});

test("what would end a field is quoted", () => {
  const text = csv({ title: "", name: "", times: [], columns: [{ label: 'a "b", c\nd', numbers: [], ...plain }] });
  assert.equal(text, 'time (UTC),"a ""b"", c\nd (B/s)"\r\n');
});
