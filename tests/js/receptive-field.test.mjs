import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  countPaths,
  countUnits,
  fits,
  follow,
  largestInput,
  legal,
  limits,
  mostLayers,
  pathsHint,
  readers,
  recurrence,
  unitName,
} from "../../js/src/core/receptive-field.js";

// Written by Python: tests/figures/test_receptive_field.py holds the file up to date.
const golden = JSON.parse(readFileSync(new URL("golden/receptive-field.json", import.meta.url), "utf8"));

test("the limits are Python's", () => {
  assert.deepEqual({ input: largestInput, layers: mostLayers, each: limits }, golden.limits);
});

test("size, jump, units, paths and words agree with Python", () => {
  assert.ok(golden.stacks.length >= 60);
  for (const vector of golden.stacks) {
    const { layers, place } = vector;
    const [layer, unit] = place;
    const fields = follow(layers);
    assert.deepEqual(fields, vector.fields);
    const units = countUnits(layers);
    assert.deepEqual(units, vector.units);
    assert.ok(fits(layers));
    const counts = countPaths(layers, units, layer, unit);
    assert.deepEqual(counts, vector.counts);
    assert.deepEqual(
      layers.map((settings, index) => recurrence(fields[index], settings)),
      vector.recurrence,
    );
    const { size, jump } = fields[layer];
    const first = unit * jump;
    assert.equal(unitName(layer, unit), vector.name);
    assert.equal(readers(counts, layer), vector.readers);
    assert.equal(pathsHint(counts[0].slice(first, first + size), first), vector.hint);
    // Above the pixels that it sees, and nowhere else, paths lead to a unit.
    assert.ok(counts[0].every((count, pixel) => !count || (pixel >= first && pixel < first + size)));
    assert.deepEqual(legal(layers), layers);
  }
});

test("every sort of hint is among the cases", () => {
  const seen = new Set(golden.stacks.map(({ hint }) => hint.replace(/\d[\d, ]*/g, "").split(" ")[0]));
  for (const word of ["Not", "A", "Paths"]) assert.ok(seen.has(word), `${word} of ${[...seen]}`);
  assert.ok(golden.stacks.some(({ hint }) => hint.includes("middle")));
  assert.ok(golden.stacks.some(({ hint }) => hint.includes("more.")));
});

test("what cannot be drawn is brought back to what can", () => {
  const huge = { kernel_size: 99, stride: 9, dilation: 99 };
  const plain = { kernel_size: 3, stride: 1, dilation: 1 };
  assert.deepEqual(legal([{ ...plain, stride: 0 }, { kernel_size: 2.2 }]), [
    plain,
    { ...plain, kernel_size: 2 },
  ]);
  assert.deepEqual(legal([huge]), [plain]);
  assert.deepEqual(legal([]), [plain]);
  assert.equal(legal(new Array(9).fill(plain)).length, mostLayers);
  const strided = { ...plain, stride: 2 };
  assert.deepEqual(legal(new Array(6).fill(strided)), new Array(5).fill(strided));
});
