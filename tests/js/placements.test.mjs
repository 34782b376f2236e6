import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { crossCorrelate } from "../../js/src/core/correlate.js";
import { generate } from "../../js/src/core/matrix.js";
import { placements, sentences, startText } from "../../js/src/core/placements.js";

// Written by Python: tests/figures/test_output_size.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/placements.json", import.meta.url), "utf8"));

test("placements, sizes and sentences are Python's", () => {
  assert.ok(golden.length > 60);
  for (const expected of golden) {
    const { axis } = expected;
    const { count, windows, unread, remainder, same, rest } = placements(axis);
    const { count: _count, windows: _windows, ...others } = expected;
    assert.deepEqual({ count, windows }, { count: _count, windows: _windows });
    assert.deepEqual([unread, remainder, same], [others.unread, others.remainder, others.same]);
    assert.ok(others.formula.endsWith(` = ${rest.join("")}${count}`), others.formula);
    assert.deepEqual(sentences(axis), others.sentences);
    const { input, kernel, padding, stride, dilation } = axis;
    const ones = (/** @type {number} */ side) => generate(side, side, () => 1);
    assert.deepEqual(
      crossCorrelate(ones(input), ones(kernel), { padding, stride, dilation }),
      others.output,
    );
  }
});

test("a start is written with its numbers", () => {
  const axis = { input: 7, kernel: 3, padding: 1, stride: 2, dilation: 1 };
  assert.equal(startText(axis, 0), "0·2 − 1 = −1");
  assert.equal(startText(axis, 3), "3·2 − 1 = 5");
});
