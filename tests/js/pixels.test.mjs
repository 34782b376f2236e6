import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  level,
  line,
  offsetText,
  reordered,
  shuffleOrder,
  steps,
  total,
} from "../../js/src/core/pixels.js";

// Written by Python: tests/figures/test_pixels.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/pixels.json", import.meta.url), "utf8"));

test("the shuffle is Python's", () => {
  for (const order of golden.orders) assert.deepEqual(shuffleOrder(order.length), order);
});

test("order, sums and offsets of pictures are Python's", () => {
  for (const picture of golden.pictures) {
    const { planes } = picture;
    const order = shuffleOrder(planes[0].flat().length);
    const shuffled = reordered(planes, order);
    assert.deepEqual(shuffled, picture.reordered);
    assert.deepEqual([steps(planes), steps(shuffled)], picture.steps);
    assert.deepEqual([total(planes), total(shuffled)], [picture.total, picture.total]);
    const [channel, row, column] = picture.pixel;
    assert.equal(offsetText({ channel, row, column }, planes), picture.offset);
  }
});

test("levels are Python's, from black to white", () => {
  for (const [value, maximum, byte] of golden.levels) assert.equal(level(value, maximum), byte);
});

test("a stroke has no holes", () => {
  assert.deepEqual(line({ row: 2, column: 2 }, { row: 2, column: 2 }), [
    { row: 2, column: 2 },
    { row: 2, column: 2 },
  ]);
  for (const end of [[0, 5], [7, 0], [3, 7], [0, 0], [5, 1]]) {
    const to = { row: end[0], column: end[1] };
    const cells = line({ row: 3, column: 3 }, to);
    assert.deepEqual(cells.at(-1), to);
    for (let k = 1; k < cells.length; k += 1) {
      const apart = Math.max(
        Math.abs(cells[k].row - cells[k - 1].row),
        Math.abs(cells[k].column - cells[k - 1].column),
      );
      assert.equal(apart, 1);
    }
  }
});
