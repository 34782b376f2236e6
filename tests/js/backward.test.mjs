import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { allowed, checkText, element, limits, lossText, sentence, solve, termsOf } from "../../js/src/core/backward.js";
import { crossCorrelate } from "../../js/src/core/correlate.js";
import { formatNumber, formatProduct, formatSum } from "../../js/src/core/format.js";
import { shape, turn180 } from "../../js/src/core/matrix.js";

// Written by Python: tests/figures/test_backward.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/backward.json", import.meta.url), "utf8"));
const views = ["output", "kernel", "input", "bias"];

test("the limits and the names are Python's", () => {
  assert.deepEqual(limits, golden.limits);
  for (const view of views) assert.equal(element(view, 1, 2), golden.elements[view]);
});

test("output, gradients, loss, every sum and every finite difference agree with Python", () => {
  assert.ok(golden.cases.length >= 40);
  for (const { spec, output, upstream, gradients, stuffed, loss, sums, checks, sentences } of golden.cases) {
    const solved = solve(spec);
    for (const key of ["input", "kernel", "stride", "padding", "dilation"]) {
      assert.deepEqual(solved[key], spec[key]);
    }
    assert.deepEqual(solved.output, output);
    assert.deepEqual(solved.upstream, upstream);
    assert.deepEqual(solved.gradients, gradients);
    assert.deepEqual(solved.stuffed, stuffed);
    assert.equal(lossText(solved.loss), loss);
    for (const view of views) {
      const matrix = view === "output" ? output : gradients[view];
      const [row, column] = shape(matrix).map((side) => side - 1);
      const { list } = termsOf(solved, view, (row + 1) * (column + 1) - 1);
      const total = list.length
        ? `${list.map(formatProduct).join(" + ")} = ${formatSum(list.map(({ product }) => product))} = `
        : "no terms, ";
      const check = checkText(solved, view, row, column).join("");
      assert.equal(check, checks[view]);
      const written = `${element(view, row, column)}: ${total}${formatNumber(matrix[row][column])}`;
      assert.equal(view === "output" ? written : `∂L/∂${written}; ${check}`, sums[view]);
      assert.equal(sentence(view, spec.stride), sentences[view]);
    }
  }
});

test("the turned kernel, slid over the stuffed upstream gradient, gives the input's gradient", () => {
  for (const { spec, gradients } of golden.cases) {
    const { stuffed, kernel, dilation, padding, height, width } = solve(spec);
    const slid = crossCorrelate(stuffed, turn180(kernel), { dilation })
      .slice(padding, padding + height)
      .map((row) => row.slice(padding, padding + width));
    assert.deepEqual(slid, gradients.input);
  }
});

test("what cannot be drawn is brought back to what can", () => {
  const ones = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(1));
  for (const [height, width] of [[4, 4], [1, 9], [9, 1], [12, 12], [1, 1], [2, 7]]) {
    for (const kernel of [ones(1, 1), ones(3, 3), ones(9, 9), ones(1, 7), ones(7, 1)]) {
      for (const padding of [-1, 0, 1, 99]) {
        for (const upstream of [null, [[2, 3]]]) {
          const wild = { stride: 0, dilation: 99, bias: 0, padding, upstream };
          const solved = solve({ ...wild, input: ones(height, width), kernel });
          assert.ok(allowed(solved));
          assert.deepEqual(shape(solved.upstream), shape(solved.output));
          assert.ok(solved.output.flat().length > 0);
        }
      }
    }
  }
});
