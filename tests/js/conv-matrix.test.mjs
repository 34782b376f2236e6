import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  allowed,
  entries,
  largestKernel,
  largestSide,
  legal,
  mostEntries,
  multiply,
  outputShape,
  summary,
} from "../../js/src/core/conv-matrix.js";

// Written by Python: tests/figures/test_conv_matrix.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/conv-matrix.json", import.meta.url), "utf8"));

test("the limits are Python's", () => {
  assert.deepEqual({ side: largestSide, entries: mostEntries, kernel: largestKernel }, golden.limits);
});

test("the matrix, C·x, Cᵀ·y and the counts agree with Python", () => {
  assert.ok(golden.cases.length >= 70);
  for (const { spec, matrix, entries: expected, output, transposed, summary: words } of golden.cases) {
    const { input, kernel, geometry } = legal(spec);
    assert.deepEqual([input, kernel], [spec.input, spec.kernel]);
    for (const key of ["stride", "padding", "dilation"]) assert.equal(geometry[key], spec[key]);
    const list = entries(geometry);
    assert.deepEqual(list, expected);
    const weights = kernel.flat();
    const [rows, columns] = outputShape(geometry);
    assert.deepEqual([rows, columns], [output.length, output[0].length]);
    const dense = matrix.map((row) => row.map(() => 0));
    for (const { i, j, w } of list) dense[i][j] = weights[w];
    assert.deepEqual(dense, matrix);
    const y = multiply(list, weights, input.flat(), rows * columns);
    assert.deepEqual(y, output.flat());
    assert.deepEqual(multiply(list, weights, y, input.flat().length, "i", "j"), transposed.flat());
    assert.equal(summary(list, matrix.length * matrix[0].length), words);
  }
});

test("decimals are rounded as everywhere, and there is no −0", () => {
  const list = [{ i: 0, j: 0, w: 0 }, { i: 0, j: 1, w: 0 }, { i: 0, j: 2, w: 0 }];
  assert.deepEqual(multiply(list, [0.1], [1, 1, 1], 1), [0.3]);
  assert.ok(Object.is(multiply([{ i: 0, j: 0, w: 0 }], [0], [-1], 1)[0], 0));
});

test("what cannot be drawn is brought back to what can", () => {
  const ones = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(1));
  const wild = { stride: 0, padding: 99, dilation: 99 };
  const shapes = [[4, 4], [1, 40], [30, 1], [9, 9], [1, 1], [2, 7]];
  for (const [height, width] of shapes) {
    for (const kernel of [ones(1, 1), ones(3, 3), ones(9, 9), ones(1, 7), ones(7, 1)]) {
      for (const padding of [0, 1, 99]) {
        const result = legal({ ...wild, padding, input: ones(height, width), kernel });
        assert.ok(allowed(result.geometry));
        assert.deepEqual(
          [result.kernel.length, result.kernel[0].length, result.input.length, result.input[0].length],
          ["kernelHeight", "kernelWidth", "height", "width"].map((key) => result.geometry[key]),
        );
      }
    }
  }
});
