import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crossCorrelate } from "../../js/src/core/correlate.js";
import { shape, turn180 } from "../../js/src/core/matrix.js";
import { allowed, legal, limits, solve } from "../../js/src/core/stamp.js";

// Written by Python: tests/figures/test_stamp.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/stamp.json", import.meta.url), "utf8"));

/** Python's settings under the names of JavaScript. */
const named = ({ output_padding: outputPadding, view, stamped, ...spec }) => ({
  ...spec,
  outputPadding,
  stamped: view === "zeros" ? null : stamped,
});

test("the limits are Python's", () => assert.deepEqual(limits, golden.limits));

test("output, counts, phases, verdict and the resized one agree with Python", () => {
  assert.ok(golden.cases.length >= 50);
  for (const { spec, output, counts, phases, stuffed, resized, verdict, size } of golden.cases) {
    const solved = solve(legal(named(spec)));
    assert.deepEqual([solved.input, solved.kernel, solved.stride], [spec.input, spec.kernel, spec.stride]);
    assert.deepEqual(solved.output, output);
    assert.deepEqual(solved.counts, counts);
    assert.deepEqual(solved.phases, phases);
    assert.deepEqual(solved.stuffed, stuffed);
    assert.deepEqual(solved.resized, resized);
    assert.equal(solved.verdict, verdict);
    assert.equal(solved.sizeText, size);
  }
});

test("the turned kernel, slid over the stuffed input, gives the same output", () => {
  for (const { spec, output } of golden.cases) {
    const { stuffed, kernel } = solve(legal(named(spec)));
    assert.deepEqual(crossCorrelate(stuffed, turn180(kernel)), output);
  }
});

test("away from the border a constant input gives the sums by phase, and only those", () => {
  const kernels = [[1, 1, 1], [0.5, 1, 0.5], [1, 1, 1, 1], [1, 3, 3, 1], [1, 2, 3, 1]];
  const clean = kernels.map((taps) => {
    const input = [[1, 1, 1, 1]];
    const { output, phases, verdict } = solve({ input, kernel: [taps], stride: 2, padding: 0, outputPadding: 0, stamped: null });
    const inner = output[0].slice(3, -3);
    inner.forEach((value, at) => assert.equal(value, phases[0][(at + 3) % 2]));
    assert.equal(new Set(inner).size === 1, verdict.endsWith("stays constant."));
    return new Set(inner).size === 1;
  });
  assert.deepEqual(clean, [false, true, true, true, false]);
});

test("what cannot be drawn is brought back to what can", () => {
  const ones = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(1));
  for (const [height, width] of [[3, 3], [1, 9], [9, 1], [12, 12], [1, 1], [2, 6]]) {
    for (const kernel of [ones(1, 1), ones(3, 3), ones(9, 9), ones(1, 7), ones(7, 1)]) {
      for (const [stride, padding, outputPadding] of [[0, -1, 9], [99, 99, 99], [2, 1, 1], [1, 0, 0]]) {
        const spec = legal({ input: ones(height, width), kernel, stride, padding, outputPadding, stamped: 99 });
        assert.ok(allowed(spec));
        assert.ok(spec.stamped <= shape(spec.input)[0] * shape(spec.input)[1]);
        assert.ok(solve(spec).output.flat().length > 0);
      }
    }
  }
});
