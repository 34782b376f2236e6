import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  colorfulness,
  padded,
  psnr,
  resize,
  spreadScale,
  toLab,
  toRgb,
  workingSize,
} from "../../js/src/core/lab.js";

// Written by Python: tests/figures/test_colorize.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/lab.json", import.meta.url), "utf8"));

const near = (got, wanted, tolerance, words) =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${words}: ${got}, not ${wanted}`);
const bytes = (colors) => Uint8ClampedArray.from(colors.flatMap((rgb) => [...rgb, 255]));

test("sRGB becomes the Lab of scikit-image", () => {
  const { L, a, b } = toLab(bytes(golden.lab.map(([rgb]) => rgb)), golden.lab.length, 1);
  golden.lab.forEach(([rgb, lab], k) => {
    [L, a, b].forEach((plane, channel) => near(plane[k], lab[channel], 0.002, String(rgb)));
  });
});

test("Lab becomes the sRGB of scikit-image, clipped to what a screen shows", () => {
  const planes = [0, 1, 2].map((channel) => golden.rgb.map(([lab]) => lab[channel]));
  const rgba = toRgb(...planes);
  golden.rgb.forEach(([lab, rgb], k) => {
    rgb.forEach((level, channel) => near(rgba[4 * k + channel], level, 0.52, String(lab)));
    assert.equal(rgba[4 * k + 3], 255);
  });
});

test("8-bit colors come back unchanged", () => {
  const rgba = bytes(golden.lab.map(([rgb]) => rgb));
  const { L, a, b } = toLab(rgba, golden.lab.length, 1);
  assert.deepEqual(toRgb(L, a, b), rgba);
});

test("planes change their size as in PyTorch, antialiased where they shrink", () => {
  for (const { before, after, plane, result } of golden.resized) {
    const got = resize(plane, before[1], before[0], after[1], after[0]);
    result.forEach((wanted, k) => near(got[k], wanted, 0.001, `${before} to ${after}`));
  }
});

test("PSNR and colorfulness are Python's", () => {
  const [first, second] = golden.scores.pictures.map(bytes);
  near(psnr(first, second), golden.scores.psnr, 1e-5, "PSNR");
  assert.equal(psnr(first, first), Infinity);
  [first, second].forEach((picture, k) =>
    near(colorfulness(picture), golden.scores.colorfulness[k], 1e-5, "colorfulness"),
  );
  assert.equal(colorfulness(bytes([[7, 7, 7]])), 0);
});

test("the network looks at a picture of the same shape, never enlarged", () => {
  assert.deepEqual(workingSize(512, 512, 128), { width: 128, height: 128 });
  assert.deepEqual(workingSize(4000, 3000, 128), { width: 148, height: 111 });
  assert.deepEqual(workingSize(60, 80, 128), { width: 60, height: 80 });
  assert.deepEqual(workingSize(1, 90000, 128), { width: 1, height: 38400 });
});

test("a plane continues with copies of its edge, and comes back from what was predicted for it", () => {
  const { data, width, height } = padded([1, 2, 3, 4, 5, 6], 3, 2, 4);
  assert.deepEqual([width, height], [4, 4]);
  assert.deepEqual([...data], [1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6, 4, 5, 6, 6]);
  assert.deepEqual([...resize(data, 4, 4, 3, 2, [3, 2])], [1, 2, 3, 4, 5, 6]);
  // Predicted at half the size: one and a half cells are the picture's, and enlarged as a whole.
  const enlarged = resize([0, 9, 100, 100], 4, 1, 3, 1, [1.5, 1]);
  [0, 2.25, 6.75].forEach((wanted, k) => near(enlarged[k], wanted, 1e-6, "cell"));
});

test("the scale of uncertainty grows evenly in lightness, and stays inside what a screen shows", () => {
  const scale = spreadScale();
  const { L } = toLab(scale, 256, 1);
  L.forEach((light, step) => near(light, 14 + (78 * step) / 255, 1, `step ${step}`));
});
