import { outputSize } from "./geometry.js";
import { generate, shape } from "./matrix.js";
import { pad } from "./padding.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */
/** @typedef {import("./padding.js").PaddingMode} PaddingMode */
/** @typedef {{stride?: number, padding?: number, mode?: PaddingMode, dilation?: number}} Options */

/**
 * One product of the sum: the value read, the weight, and where both stand.
 *
 * @typedef {object} Term
 * @property {number} row of the value, in the padded input
 * @property {number} column of the value, in the padded input
 * @property {number} weightRow
 * @property {number} weightColumn
 * @property {number} value
 * @property {number} weight
 * @property {number} product
 */

/**
 * Cross-correlation, what networks call convolution: at every position the window's values times
 * the weights, added up. For the true convolution pass the kernel turned by 180 degrees.
 *
 * @param {Matrix} input
 * @param {Matrix} kernel
 * @param {Options} [options]
 * @returns {Matrix}
 */
export function crossCorrelate(input, kernel, options = {}) {
  const { stride = 1, padding = 0, mode = "zeros", dilation = 1 } = options;
  const padded = padding ? pad(input, padding, mode) : input;
  const [height, width] = shape(padded);
  const [kernelHeight, kernelWidth] = shape(kernel);
  return generate(
    outputSize(height, kernelHeight, stride, 0, dilation),
    outputSize(width, kernelWidth, stride, 0, dilation),
    (row, column) => {
      let sum = 0;
      for (let a = 0; a < kernelHeight; a += 1) {
        const line = padded[row * stride + a * dilation];
        for (let b = 0; b < kernelWidth; b += 1) {
          sum += line[column * stride + b * dilation] * kernel[a][b];
        }
      }
      return round(sum);
    },
  );
}

/**
 * The terms of one output's sum, in reading order.
 *
 * @param {Matrix} padded the input, already padded
 * @param {Matrix} kernel
 * @param {number} row of the output
 * @param {number} column of the output
 * @param {number} [stride]
 * @returns {Term[]}
 */
export function terms(padded, kernel, row, column, stride = 1) {
  return kernel.flatMap((weights, weightRow) =>
    weights.map((weight, weightColumn) => {
      const place = { row: row * stride + weightRow, column: column * stride + weightColumn };
      const value = padded[place.row][place.column];
      return { ...place, weightRow, weightColumn, value, weight, product: round(value * weight) };
    }),
  );
}

/**
 * Numbers in figures have at most two decimals, their products four: rounding there takes away
 * what binary fractions add (0.1 · 3) and changes nothing else. Never −0.
 *
 * @param {number} value
 * @returns {number}
 */
export const round = (value) => Math.round(value * 1e4) / 1e4 + 0;
