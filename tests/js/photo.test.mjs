import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_FILE, fittedSize, grayOf, refusal } from "../../js/src/core/photo.js";

test("gray stays gray, and green weighs most", () => {
  const gray = Uint8ClampedArray.from({ length: 4 * 256 }, (_, k) => (k % 4 === 3 ? 255 : k >> 2));
  assert.deepEqual([...grayOf(gray)], Array.from({ length: 256 }, (_, value) => value));
  const colors = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255);
  assert.deepEqual([...grayOf(colors)], [76, 149, 29]);
});

test("a picture is scaled to fit, keeps its shape, and is never enlarged", () => {
  assert.deepEqual(fittedSize(4000, 3000), { width: 150, height: 113 });
  assert.deepEqual(fittedSize(300, 600), { width: 75, height: 150 });
  assert.deepEqual(fittedSize(20, 10), { width: 20, height: 10 });
});

test("pictures that are too large, too small or too narrow are refused in words", () => {
  assert.throws(() => fittedSize(20000, 20000), /20000 × 20000 pixels, which is too large/);
  assert.throws(() => fittedSize(5, 5), /too small or too narrow/);
  assert.throws(() => fittedSize(3000, 60), /too small or too narrow/);
});

test("files that are no pictures, empty or too large are refused in words", () => {
  assert.equal(refusal({ name: "a.png", type: "image/png", size: 100 }), "");
  assert.match(refusal({ name: "a.txt", type: "text/plain", size: 100 }), /a\.txt is not a picture/);
  assert.match(refusal({ name: "a.png", type: "image/png", size: 0 }), /empty/);
  assert.match(
    refusal({ name: "a.png", type: "image/png", size: LARGEST_FILE + 1 }),
    /too large \(30 MB\)/,
  );
});
