/** A network run in the page against Python's numbers: exactly, where they are whole. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { round } from "../../js/src/core/correlate.js";
import { build, equals, fieldOf, forward, reads, report, softmax, softmaxText, stroke } from "../../js/src/core/network.js";

// Written by tests/js/golden_network.py; tests/figures/test_look_inside.py holds it up to date.
const golden = JSON.parse(readFileSync(new URL("golden/network.json", import.meta.url), "utf8"));
const carried = JSON.parse(
  readFileSync(new URL("../../cnncourse/data/results/look_inside.json", import.meta.url), "utf8"),
);

/** Binary fractions are added in another order here than by NumPy. */
const tolerance = 1e-12;
const near = (a, b, margin = tolerance) => {
  assert.equal(a.length, b.length);
  a.forEach((value, index) => {
    const away = Math.abs(value - b[index]);
    assert.ok(away <= margin * Math.max(1, Math.abs(b[index])), `${value} is not ${b[index]}`);
  });
};

const checkUnits = (steps, maps, units, compare) => {
  for (const { layer, unit, field, values, weights, sums, text } of units) {
    const [rows, columns] = field;
    assert.deepEqual(fieldOf(steps.slice(0, layer + 1), unit), {
      row: rows[0],
      column: columns[0],
      rows: rows[1] - rows[0] + 1,
      columns: columns[1] - columns[0] + 1,
    });
    if (layer === steps.length) {
      assert.equal(softmaxText(maps[layer], unit[0]), text);
      continue;
    }
    const channels = reads(steps[layer], maps[layer], unit);
    assert.equal(channels.length, values.length);
    channels.forEach(({ terms, sum }, channel) => {
      compare(terms.map(({ value }) => value), values[channel]);
      compare(terms.map(({ weight }) => weight), weights[channel]);
      compare([sum], [sums[channel]]);
      for (const { value, weight, product, inside } of terms) {
        assert.equal(product, value * weight);
        assert.ok(inside || value === 0);
      }
    });
    const [, height, width] = steps[layer].size;
    const value = maps[layer + 1][(unit[0] * height + unit[1]) * width + unit[2]];
    if (!steps[layer].weight) {
      assert.equal(report(steps[layer].type, channels[0].terms, steps[layer].kernel[1], value), text);
    } else {
      const total = channels.reduce((all, { sum }) => all + sum, steps[layer].bias[unit[0]] ?? 0);
      compare([total], [value]);
    }
  }
};

test("networks with whole weights are Python's, exactly", () => {
  assert.ok(golden.small.length >= 24);
  assert.ok(golden.small.some(({ network }) => !network.layers[0].bias));
  assert.ok(golden.small.some(({ network }) => network.layers[2].type === "AvgPool2d"));
  for (const { network, image, maps, softmax: chances, units } of golden.small) {
    const steps = build(network);
    const found = forward(steps, image);
    maps.forEach((values, layer) => assert.deepEqual(Array.from(found[layer + 1]), values));
    near(softmax(found[steps.length]), chances);
    checkUnits(steps, found, units, (a, b) => assert.deepEqual(a.map((each) => each + 0), b.map((each) => each + 0)));
  }
});

test("the network that the figure carries is Python's, to twelve digits", () => {
  const steps = build(carried.network);
  assert.equal(golden.carried.length, 2);
  for (const { image, maps, softmax: chances, units } of golden.carried) {
    const found = forward(steps, image);
    maps.forEach((values, layer) => near(found[layer + 1], values));
    near(softmax(found[steps.length]), chances);
    checkUnits(steps, found, units, near);
  }
});

test("of the carried network every number is exactly what is printed", () => {
  const weights = carried.network.layers.flatMap(({ weight = [], bias = [] }) => [weight.flat(3), bias].flat());
  assert.ok(weights.length > 3000);
  for (const weight of weights) assert.equal(weight, Number(weight.toFixed(1)));
  const steps = build(carried.network);
  for (const { image } of golden.carried) {
    for (const values of forward(steps, image)) {
      for (const value of values) assert.ok(Math.abs(value - round(value)) < 1e-12);
    }
  }
  assert.equal(equals(0.1 + 0.2, 1.2345), "=");
  assert.equal(equals(0.1, 1 / 3), "≈");
});

test("long windows are reported row by row, and mean the same", () => {
  const terms = Array.from({ length: 36 }, (_, value) => ({ value }));
  assert.equal(report("MaxPool2d", terms, 6, 35), "max(5, 11, 17, 23, 29, 35) = 35");
  assert.equal(report("AvgPool2d", terms, 6, 17.5), "(15 + 51 + 87 + 123 + 159 + 195) / 36 = 17.5");
  assert.equal(report("ReLU", [{ value: -0.5 }], 1, 0), "max(0, −0.5) = 0");
});

test("the pen inks its path fully and its neighbors less, and the eraser takes it away", () => {
  const paper = Array.from({ length: 7 }, () => Array(7).fill(0));
  const dot = stroke(paper, { row: 3, column: 3 }, { row: 3, column: 3 }, false);
  assert.deepEqual(
    dot.map((line) => line.slice(1, 6)).slice(1, 6),
    [
      [0, 0, 0, 0, 0],
      [0, 0, 0.4, 0, 0],
      [0, 0.4, 1, 0.4, 0],
      [0, 0, 0.4, 0, 0],
      [0, 0, 0, 0, 0],
    ],
  );
  assert.deepEqual(paper, Array.from({ length: 7 }, () => Array(7).fill(0)));
  const line = stroke(dot, { row: 1, column: 1 }, { row: 1, column: 5 }, false);
  assert.deepEqual(line[1], [0.4, 1, 1, 1, 1, 1, 0.4]);
  assert.equal(line[3][3], 1);
  const erased = stroke(line, { row: 1, column: 1 }, { row: 1, column: 5 }, true);
  assert.deepEqual(erased[1], [0.4, 0, 0, 0, 0, 0, 0.4]);
  assert.equal(erased[2][3], 0.4);
  for (const value of line.flat()) assert.equal(value, Number(value.toFixed(1)));
});
