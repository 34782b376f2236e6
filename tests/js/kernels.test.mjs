import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  beyondScale,
  clipped,
  crossCorrelate,
  decimal,
  division,
  divergingScale,
  drawnAs,
  ends,
  equals,
  extent,
  fittingDisplay,
  levels,
  patchAt,
  presetOf,
  program,
  resized,
  sumMeaning,
  total,
  whole,
} from "../../js/src/core/kernels.js";

// Written by Python: tests/figures/test_kernel_bench.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/kernels.json", import.meta.url), "utf8"));
const picture = { ...golden.picture, data: Uint8Array.from(golden.picture.data) };

for (const vector of golden.kernels) {
  test(`${vector.name} agrees with Python in every number and every word`, () => {
    const { weights, divisor } = whole(vector);
    assert.deepEqual({ weights, divisor }, vector.whole);
    const sums = crossCorrelate(picture, weights);
    assert.deepEqual([...sums.data], vector.sums);
    assert.equal(sumMeaning(vector), vector.meaning);
    assert.equal(fittingDisplay(vector), vector.fitting);

    const { row, column } = vector.place;
    const patch = patchAt(picture, row, column, weights.length);
    const sum = total(patch, weights);
    assert.equal(sum, sums.data[row * sums.width + column]);
    assert.equal(equals(sum, divisor), vector.equals);

    const { farthest } = extent(sums);
    for (const [display, expected] of Object.entries(vector.displays)) {
      assert.deepEqual([...levels(sums, divisor, display)], expected.levels, display);
      const { low, high } = ends(display, divisor, farthest);
      assert.deepEqual([low, high], expected.ends, display);
      const counts = clipped(sums, divisor, display);
      assert.deepEqual([counts.below, counts.above], expected.beyond, display);
      assert.equal(beyondScale(counts, display, divisor, farthest), expected.sentence);
      assert.equal(drawnAs(sum, divisor, display, farthest), expected.drawn);
    }
  });
}

test("the diverging scale is Python's, and its lightness rises all the way", () => {
  const scale = divergingScale();
  assert.deepEqual(scale, golden.scale);
  const light = scale.map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
  for (let k = 1; k < 256; k += 1) assert.ok(light[k] >= light[k - 1] - 1, `at ${k}`);
  assert.ok(light[255] > light[128] && light[128] > light[0]);
});

test("decimals are rounded half away from zero and say whether they are exact", () => {
  assert.deepEqual(decimal(-339, 2), { text: "−169.5", exact: true });
  assert.deepEqual(decimal(1735, 9), { text: "192.78", exact: false });
  assert.deepEqual(decimal(-1, 1000), { text: "0", exact: false });
  assert.deepEqual(decimal(0), { text: "0", exact: true });
});

test("a kernel grows by zeros and is cut about its middle", () => {
  const small = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
  const large = resized(small, 5);
  assert.deepEqual(large[0], [0, 0, 0, 0, 0]);
  assert.deepEqual(large[2], [0, 4, 5, 6, 0]);
  assert.deepEqual(resized(large, 3), small);
  const sums = crossCorrelate(picture, small);
  const inner = crossCorrelate(picture, large);
  assert.equal(inner.data[0], sums.data[sums.width + 1]);
});

test("a preset is known by its numbers", () => {
  const presets = golden.kernels;
  assert.equal(presetOf({ weights: [[0, 0, 0], [0, 1, 0], [0, 0, 0]], divisor: 1 }, presets)?.name, "identity");
  assert.equal(presetOf({ weights: [[0, 0, 0], [0, 1, 0], [0, 0, 0]], divisor: 2 }, presets), null);
});

test("the division is written out where there is one", () => {
  const patch = [[10, 20], [30, 41]];
  assert.equal(division(patch, { weights: [[1, 1], [1, 1]], divisor: 4 }), "101 ÷ 4 = 25.25");
  assert.equal(division(patch, { weights: [[0.5, 0], [0, 0]], divisor: 3 }), "5 ÷ 3 ≈ 1.67");
  assert.equal(division(patch, { weights: [[1, 1], [1, 1]], divisor: 1 }), "");
});

test("the PyTorch program loads what can be loaded and writes out what cannot", () => {
  const kernel = { weights: [[1, 1], [1, 1]], divisor: 4 };
  const state = { kernel, patch: [[1, 2], [3, 4]], result: { row: 7, column: 8 } };
  const bundled = program({ ...state, photograph: { source: "data.camera()", factor: 3 } });
  assert.match(bundled, /data\.camera\(\)/);
  assert.match(bundled, /\/ 4\nprint\(filtered\[0, 0, 7, 8\]\.item\(\)\)/);
  const own = program({ ...state, photograph: {} });
  assert.match(own, /patch = torch\.tensor\(\[\n {4}\[1, 2\],\n {4}\[3, 4\],\n\]/);
});
