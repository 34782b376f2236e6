import { round } from "./correlate.js";
import { formatFactor, formatNumber, sumParts } from "./format.js";
import { outputSize } from "./geometry.js";
import { generate, shape } from "./matrix.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */
/** @typedef {"max" | "average" | "l2"} PoolingMode */
/** @typedef {{kernel: [number, number], stride: [number, number]}} Window height before width */
/** @typedef {{row: number, column: number}} Place */

/**
 * The matrix moved down and to the right (negative: up and to the left). Zeros come in, and what
 * leaves is lost.
 *
 * @param {Matrix} matrix
 * @param {number} down
 * @param {number} right
 * @returns {Matrix}
 */
export const shifted = (matrix, down, right) =>
  generate(...shape(matrix), (row, column) => matrix[row - down]?.[column - right] ?? 0);

/**
 * The places that one output reads, row by row.
 *
 * @param {Window} window
 * @param {number} row of the output
 * @param {number} column of the output
 * @returns {Place[]}
 */
export const windowPlaces = ({ kernel, stride }, row, column) =>
  generate(...kernel, (a, b) => a * kernel[1] + b)
    .flat()
    .map((index) => ({
      row: row * stride[0] + Math.floor(index / kernel[1]),
      column: column * stride[1] + (index % kernel[1]),
    }));

/**
 * What a window reports of its values: the largest, the mean, or the root of the sum of squares,
 * which PyTorch's lp_pool2d does not divide by their number.
 *
 * @param {number[]} values
 * @param {PoolingMode} mode
 * @returns {number}
 */
export function report(values, mode) {
  if (mode === "max") return Math.max(...values);
  if (mode === "average") return values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/**
 * @param {Matrix} matrix
 * @param {Window} window
 * @param {PoolingMode} mode
 * @returns {Matrix}
 */
export function pool(matrix, window, mode) {
  const [height, width] = shape(matrix);
  const { kernel, stride } = window;
  return generate(
    outputSize(height, kernel[0], stride[0]),
    outputSize(width, kernel[1], stride[1]),
    (row, column) =>
      report(
        windowPlaces(window, row, column).map((at) => matrix[at.row][at.column]),
        mode,
      ),
  );
}

/**
 * Whether the outputs are the old ones in another place: how far they moved, or null. Only a shift
 * by whole strides can move them so.
 *
 * @param {Matrix} before
 * @param {Matrix} after
 * @param {[number, number]} shift of the input
 * @param {[number, number]} stride
 * @returns {[down: number, right: number] | null}
 */
export function movedBy(before, after, shift, stride) {
  const [down, right] = [shift[0] / stride[0], shift[1] / stride[1]];
  if (!Number.isInteger(down) || !Number.isInteger(right)) return null;
  return differences(shifted(before, down, right), after).flat().some(Boolean) ? null : [down, right];
}

/**
 * What each output gains: another number, but for the last digits of binary fractions, or 0.
 *
 * @param {Matrix} before
 * @param {Matrix} after
 * @returns {Matrix}
 */
export const differences = (before, after) =>
  after.map((line, row) =>
    line.map((value, column) => {
      const gain = value - before[row][column];
      return round(gain) && gain;
    }),
  );

/**
 * The sign before numbers that are printed with two decimals.
 *
 * @param {...number} values
 */
export const equals = (...values) =>
  values.every((value) => Number.isInteger(round(value * 100))) ? "=" : "≈";

// Longer windows are written out without their zeros, which add nothing to a sum.
const longestWindow = 16;

/**
 * A window's report as arithmetic to read: pieces of text, those that stand for a value with its
 * index among the values. Together they are "max(3, 1) = " or "(3 + 1) / 2 = ", and the result.
 *
 * @param {number[]} values
 * @param {PoolingMode} mode
 * @returns {{text: string, index?: number}[]}
 */
export function reportParts(values, mode) {
  const result = report(values, mode);
  let kept = values.map((value, index) => ({ value, index }));
  if (values.length > longestWindow) {
    const zero = kept.find(({ value }) => value === 0);
    kept = kept.filter(({ value }) => value !== 0);
    // One zero stands for all where it may be the largest, or where there is nothing else.
    if (zero && (mode === "max" || kept.length === 0)) kept.push(zero);
  }
  const signs = sumParts(kept.map(({ value }) => value));
  const [opening, closing] = {
    max: ["max(", ")"],
    average: ["(", `) / ${values.length}`],
    l2: ["√(", ")"],
  }[mode];
  return [
    { text: opening },
    ...kept.flatMap(({ value, index }, nth) => {
      if (mode === "average") {
        const { sign, text } = signs[nth];
        return nth ? [{ text: sign }, { text, index }] : [{ text: sign + text, index }];
      }
      const text = mode === "max" ? formatNumber(value) : `${formatFactor(value)}²`;
      return [...(nth ? [{ text: mode === "max" ? ", " : " + " }] : []), { text, index }];
    }),
    { text: `${closing} ${equals(result)} ` },
    { text: formatNumber(result, 2) },
  ];
}
