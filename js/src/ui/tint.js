/**
 * The diverging scale as a CSS color in eight steps a side, --n8 … --n1 for negative values and
 * --p1 … --p8 for positive ones; figures.css has them for each theme. Steps rather than a mixture
 * for every cell, because a browser computes a mixture anew for each cell that has one.
 *
 * @param {number} t from −1 to 1
 * @returns {string} empty for zero: the cell's own surface
 */
export function tintColor(t) {
  const step = Math.min(8, Math.ceil(Math.abs(t) * 8 - 1e-9));
  return step === 0 ? "" : `var(--${t < 0 ? "n" : "p"}${step})`;
}
