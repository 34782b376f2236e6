import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  indexOf,
  level,
  line,
  offsetText,
  shuffleOrder,
  source,
  steps,
} from "../../js/src/core/pixels.js";

// Written by Python: tests/figures/test_pixels.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/pixels.json", import.meta.url), "utf8"));

test("the shuffle is Python's", () => {
  for (const order of golden.orders) assert.deepEqual(shuffleOrder(order.length), order);
});

test("order, steps and offsets of pictures are Python's", () => {
  for (const { size, values, shuffled, ...expected } of golden.pictures) {
    const order = shuffleOrder(size[1] * size[2]);
    assert.deepEqual(
      values.map((_, k) => values[source(k, order)]),
      shuffled,
    );
    assert.deepEqual([steps(values, size), steps(shuffled, size)], expected.steps);
    expected.offsets.forEach(({ offset, index, text }) => {
      assert.deepEqual(indexOf(offset, size), index);
      assert.equal(offsetText(offset, size) + offset, text);
    });
  }
});

test("levels are Python's, from black to white", () => {
  for (const [value, maximum, byte] of golden.levels) assert.equal(level(value, maximum), byte);
});

test("a stroke has no holes", () => {
  const width = 9;
  const start = 3 * width + 3;
  for (const end of [5, 7 * width, 3 * width + 8, 0, 5 * width + 1, start]) {
    const cells = line(start, end, width);
    assert.equal(cells[0], start);
    assert.equal(cells.at(-1), end);
    for (let k = 1; k < cells.length; k += 1) {
      const [, row, column] = indexOf(cells[k], [1, 9, width]);
      const [, lastRow, lastColumn] = indexOf(cells[k - 1], [1, 9, width]);
      const apart = Math.max(Math.abs(row - lastRow), Math.abs(column - lastColumn));
      assert.equal(apart, start === end ? 0 : 1);
    }
  }
});
