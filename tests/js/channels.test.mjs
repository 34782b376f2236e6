/** Layers of several channels against Python's numbers, exactly. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { partialSums, possibleGroups, reads, reshaped, sumOf } from "../../js/src/core/channels.js";
import { pad } from "../../js/src/core/padding.js";

// Written by tests/js/golden_channels.py; tests/figures/test_channels.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/channels.json", import.meta.url), "utf8"));

test("every filter's partial sums and map equal functional.conv2d", () => {
  assert.ok(golden.layers.length >= 40);
  for (const { layer, stride, padding, partials, output } of golden.layers) {
    const padded = layer.input.map((channel) => pad(channel, padding));
    layer.weight.forEach((_, filter) => {
      const sums = partialSums(padded, layer, filter, stride);
      assert.deepEqual(sums, partials[filter]);
      assert.deepEqual(sumOf(sums, layer.bias[filter]), output[filter]);
    });
  }
});

test("a change of sizes keeps every number in its place, as Python's does", () => {
  assert.ok(golden.changes.length >= 100);
  for (const { layer, start, change, result } of golden.changes) {
    assert.deepEqual(reshaped(layer, start, change), result);
  }
});

test("groups and back again is the layer that it was", () => {
  const { layer } = golden.layers.find(({ layer }) => layer.groups === 1 && possibleGroups(layer.input.length, layer.weight.length).length > 1);
  const groups = possibleGroups(layer.input.length, layer.weight.length).at(-1);
  const grouped = reshaped(layer, layer, { groups });
  assert.equal(grouped.weight[0].length * groups, layer.input.length);
  assert.deepEqual(reshaped(grouped, layer, { groups: 1 }), layer);
});

test("a filter reads the channels of its own group", () => {
  const weight = Array(4).fill([[[1]], [[1]]]);
  const layer = { input: Array(4).fill([[1]]), weight, bias: [0, 0, 0, 0], groups: 2 };
  assert.deepEqual(reads(layer, 1), { group: 0, first: 0, depth: 2 });
  assert.deepEqual(reads(layer, 2), { group: 1, first: 2, depth: 2 });
  assert.deepEqual(possibleGroups(4, 2), [1, 2]);
  assert.deepEqual(possibleGroups(3, 2), [1]);
});
