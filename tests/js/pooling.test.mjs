/** Pooling and shifts against Python's numbers, exactly. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { round } from "../../js/src/core/correlate.js";
import {
  differences,
  movedBy,
  pool,
  report,
  reportParts,
  shifted,
  windowPlaces,
} from "../../js/src/core/pooling.js";

// Written by tests/js/golden_pooling.py; tests/figures/test_pooling_shift.py holds it up to date.
const golden = JSON.parse(readFileSync(new URL("golden/pooling.json", import.meta.url), "utf8"));

test("fields, outputs, changes and sentences are Python's", () => {
  assert.ok(golden.length >= 90);
  assert.ok(golden.some(({ moved }) => moved) && golden.some(({ moved }) => !moved));
  for (const { input, shift, window, mode, ...expected } of golden) {
    const moved = shifted(input, ...shift);
    assert.deepEqual(moved, expected.shifted);
    const [before, after] = [pool(input, window, mode), pool(moved, window, mode)];
    assert.deepEqual(before.map((line) => line.map(round)), expected.before);
    assert.deepEqual(after.map((line) => line.map(round)), expected.after);
    const changed = differences(before, after).flat().filter(Boolean).length;
    assert.equal(changed, expected.changed);
    const move = changed > 0 && movedBy(before, after, shift, window.stride) !== null;
    assert.equal(move, expected.moved);
    [input, moved].forEach((field, late) => {
      const values = windowPlaces(window, ...expected.place).map((at) => field[at.row][at.column]);
      const text = reportParts(values, mode).map((part) => part.text).join("");
      assert.equal(text, expected.formulas[late]);
    });
  }
});

test("L2 pooling adds the squares and does not average them", () => {
  assert.equal(report([3, 1, 0, 2], "l2"), Math.sqrt(14));
  assert.equal(report([1, 1, 1, 1], "l2"), 2);
  assert.equal(report([3, 1, 0, 2], "average"), 1.5);
});

test("a formula knows which value each of its parts stands for", () => {
  const parts = reportParts([3, -1, 0, 2], "average");
  assert.equal(parts.map(({ text }) => text).join(""), "(3 − 1 + 0 + 2) / 4 = 1");
  assert.deepEqual(parts.filter(({ index }) => index !== undefined).map(({ index }) => index), [0, 1, 2, 3]);
});

test("long windows are written without their zeros, and mean the same", () => {
  const values = Array(20).fill(0);
  values[7] = 5;
  const text = (mode) => reportParts(values, mode).map((part) => part.text).join("");
  assert.equal(text("max"), "max(5, 0) = 5");
  assert.equal(text("average"), "(5) / 20 = 0.25");
  assert.equal(text("l2"), "√(5²) = 5");
  values[7] = -5;
  assert.equal(text("max"), "max(−5, 0) = 0");
  values[7] = 0;
  assert.equal(text("average"), "(0) / 20 = 0");
});

test("a shift by whole strides moves the outputs, another does not", () => {
  const before = [[0, 8], [0, 0]];
  assert.deepEqual(movedBy(before, [[0, 0], [0, 8]], [2, 0], [2, 2]), [1, 0]);
  assert.equal(movedBy(before, [[0, 0], [0, 8]], [1, 0], [2, 2]), null);
  assert.equal(movedBy(before, [[0, 0], [0, 7]], [2, 0], [2, 2]), null);
});
