/** The figures' arithmetic against Python's numbers, exactly. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { contrast, diverging, fraction, scales } from "../../js/src/core/color.js";
import { crossCorrelate, round, terms } from "../../js/src/core/correlate.js";
import {
  formatFactor,
  formatNumber,
  formatProduct,
  formatSum,
  pythonMatrix,
} from "../../js/src/core/format.js";
import { outputSize } from "../../js/src/core/geometry.js";
import { generate, largest, replaced, resized, turn180 } from "../../js/src/core/matrix.js";
import {
  axisCounts,
  pad,
  paddingLimit,
  paddingModes,
  readCounts,
  sourceFormula,
  sourceIndex,
} from "../../js/src/core/padding.js";

import { tintColor } from "../../js/src/ui/tint.js";

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));

for (const [name, cases] of Object.entries(golden)) {
  test(`${name} has cases`, () => assert.ok(cases.length > 20));
}

test("crossCorrelate equals functional.conv2d", () => {
  for (const { input, kernel, options, result } of golden.crossCorrelate) {
    assert.deepEqual(crossCorrelate(input, kernel, options), result);
  }
});

test("pad equals windows.pad", () => {
  for (const { matrix, padding, mode, result } of golden.pad) {
    assert.deepEqual(pad(matrix, padding, mode), result);
  }
});

test("readCounts equals the adjoint of reading ones", () => {
  for (const { height, width, options, result } of golden.readCounts) {
    assert.deepEqual(readCounts(height, width, options), result);
  }
});

test("outputSize equals geometry.output_size", () => {
  for (const { arguments: values, result } of golden.outputSize) {
    assert.equal(outputSize(...values), result);
  }
  assert.equal(outputSize(2, 3), 0);
});

test("sourceIndex equals geometry.padding_indices, out to the mode's limit", () => {
  for (const { size, mode, first, result } of golden.sourceIndex) {
    assert.deepEqual(
      result.map((_, offset) => sourceIndex(first + offset, size, mode)),
      result,
    );
    if (mode === "reflect" || mode === "circular") assert.equal(paddingLimit(size, mode) + first, 0);
  }
});

test("an index map written out comes to the index it names", () => {
  const value = (text) => {
    const code = text
      .replaceAll("−", "-")
      .replaceAll("·", "*")
      .replace(/\|([^|]+)\|/g, "Math.abs($1)")
      .replace(/\b(min|max)\(/g, "Math.$1(");
    return Function(`return ${code}`)();
  };
  for (const mode of paddingModes) {
    for (let index = -3; index < 7; index += 1) {
      const text = sourceFormula(index, 4, mode);
      const source = sourceIndex(index, 4, mode);
      if (text === null) assert.ok(source === index || source === null);
      else assert.deepEqual(text.split(" = ").map(value), [source, source], text);
    }
  }
});

test("the counts of the chapter: zeros 4, 6, 9; circular and replicate 9; reflect 4 to 16", () => {
  const counts = (mode) => readCounts(4, 4, { kernel: 3, padding: 1, mode });
  assert.deepEqual(counts("zeros")[0], [4, 6, 6, 4]);
  assert.equal(counts("zeros")[1][1], 9);
  assert.deepEqual(new Set(counts("circular").flat()), new Set([9]));
  assert.deepEqual(new Set(counts("replicate").flat()), new Set([9]));
  assert.deepEqual([...new Set(counts("reflect").flat())].sort((a, b) => a - b), [4, 8, 16]);
  assert.deepEqual(axisCounts(4, 3, 1, "zeros", 1), [2, 3, 3, 2]);
});

test("the terms of a position sum to its output", () => {
  for (const { input, kernel, options, result } of golden.crossCorrelate) {
    if (options.dilation !== 1) continue;
    const padded = pad(input, options.padding, options.mode);
    result.forEach((line, row) =>
      line.forEach((value, column) => {
        const list = terms(padded, kernel, row, column, options.stride);
        assert.equal(
          list.reduce((sum, { product }) => sum + product, 0),
          value,
        );
      }),
    );
  }
});

test("decimals do not gather binary dust, and there is no −0", () => {
  assert.deepEqual(crossCorrelate([[0.1, 0.2]], [[3, 0.1]]), [[0.32]]);
  assert.equal(round(0.1 * 3), 0.3);
  assert.ok(Object.is(round(-0.00001), 0));
  assert.ok(Object.is(crossCorrelate([[0]], [[-1]])[0][0], 0));
});

test("numbers are printed with a true minus sign", () => {
  assert.equal(formatNumber(-3), "−3");
  assert.equal(formatNumber(0.25), "0.25");
  assert.equal(formatNumber(-0.001, 2), "0");
  assert.equal(formatNumber(2 / 3, 2), "0.67");
  assert.equal(formatFactor(-2), "(−2)");
  assert.equal(formatProduct({ value: 3, weight: -2 }), "3·(−2)");
  assert.equal(formatProduct({ value: -3, weight: 2 }), "(−3)·2");
  assert.equal(formatSum([1, -6, 0, 2]), "1 − 6 + 0 + 2");
  assert.equal(formatSum([-1, 2]), "−1 + 2");
  assert.equal(pythonMatrix([[1, -2.5]]), "[[1.0, -2.5]]");
});

test("matrices are copied, never changed", () => {
  const matrix = Object.freeze([Object.freeze([1, 2]), Object.freeze([3, 4])]);
  assert.deepEqual(turn180(matrix), [
    [4, 3],
    [2, 1],
  ]);
  assert.deepEqual(replaced(matrix, 0, 1, 9), [
    [1, 9],
    [3, 4],
  ]);
  assert.deepEqual(
    resized(matrix, 1, 3, () => 7),
    [[1, 2, 7]],
  );
  assert.equal(largest([[1, -5]]), 5);
  assert.deepEqual(
    generate(1, 2, (row, column) => row + column),
    [[0, 1]],
  );
});

test("printed numbers stay readable on every tint, in both themes", () => {
  for (const scale of Object.values(scales)) {
    for (let t = -1; t <= 1; t += 0.05) {
      assert.ok(contrast(diverging(t, scale), scale.ink) >= 4.5);
    }
  }
  assert.equal(fraction(3, 0), 0);
  assert.equal(fraction(-6, 3), -1);
  assert.deepEqual(diverging(0, scales.light), scales.light.zero);
});

test("the tables' tints in the style sheet are steps of the canvases' scale", () => {
  const css = readFileSync(new URL("../../js/src/base.css", import.meta.url), "utf8");
  const colors = (name) =>
    [...css.matchAll(new RegExp(`--${name}: #(\\w{6});`, "g"))].map(([, hex]) =>
      [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)),
    );
  // The dark theme is written twice: for a page that asks for it, and for a system that does.
  const themes = [scales.light, scales.dark, scales.dark];
  for (let step = 1; step <= 8; step += 1) {
    for (const [letter, sign] of [["n", -1], ["p", 1]]) {
      const found = colors(`${letter}${step}`);
      assert.equal(found.length, themes.length);
      found.forEach((color, theme) => {
        const expected = diverging((sign * step) / 8, themes[theme]);
        color.forEach((value, channel) => {
          assert.ok(Math.abs(value - expected[channel]) <= 1, `${letter}${step}`);
        });
      });
    }
  }
  assert.deepEqual(
    colors("cell-surface"),
    themes.map((scale) => scale.zero),
  );
});

test("a tint is the sign's color, and stronger for larger values", () => {
  assert.equal(tintColor(0), "");
  assert.equal(tintColor(1), "var(--p8)");
  assert.equal(tintColor(-1), "var(--n8)");
  assert.equal(tintColor(0.01), "var(--p1)");
  assert.equal(tintColor(-0.5), "var(--n4)");
});
