/**
 * Numbers and sums as they are printed: a true minus sign, no needless zeros.
 */

/**
 * @param {number} value
 * @param {number} [digits] at most so many after the point
 * @returns {string}
 */
export function formatNumber(value, digits = 4) {
  const factor = 10 ** digits;
  const rounded = Math.round(value * factor) / factor;
  return String(rounded < 0 ? `−${-rounded}` : rounded + 0);
}

/**
 * A factor: negative ones in brackets, so that 3·(−2) cannot be read as a difference.
 *
 * @param {number} value
 * @returns {string}
 */
export const formatFactor = (value) =>
  value < 0 ? `(${formatNumber(value)})` : formatNumber(value);

/**
 * @param {{value: number, weight: number}} term
 * @returns {string}
 */
export const formatProduct = ({ value, weight }) =>
  `${formatFactor(value)}·${formatFactor(weight)}`;

/**
 * How many characters the longest product of one value and one weight takes.
 *
 * @param {import("./matrix.js").Matrix} values
 * @param {import("./matrix.js").Matrix} weights
 * @returns {number}
 */
export const longestProduct = (values, weights) =>
  1 + longestFactor(values) + longestFactor(weights);

/** @param {import("./matrix.js").Matrix} matrix */
const longestFactor = (matrix) =>
  Math.max(...matrix.flat().map((value) => formatFactor(value).length));

/**
 * The parts of a written-out sum of numbers, "1 − 6 + 2": each with the sign before it.
 *
 * @param {number[]} values
 * @returns {{sign: string, text: string}[]}
 */
export const sumParts = (values) =>
  values.map((value, index) => ({
    sign: index === 0 ? (value < 0 ? "−" : "") : value < 0 ? " − " : " + ",
    text: formatNumber(Math.abs(value)),
  }));

/**
 * @param {number[]} values
 * @returns {string}
 */
export const formatSum = (values) =>
  sumParts(values)
    .map(({ sign, text }) => sign + text)
    .join("");

/**
 * @param {import("./matrix.js").Matrix} matrix
 * @returns {string} as Python writes it, `[[1.0, 2.0], [0.0, 1.0]]`
 */
export const pythonMatrix = (matrix) =>
  `[${matrix.map((row) => `[${row.map(pythonNumber).join(", ")}]`).join(", ")}]`;

/**
 * A Python float: torch convolves floats, and a list of them gives a float tensor.
 *
 * @param {number} value
 * @returns {string}
 */
export const pythonNumber = (value) =>
  Number.isInteger(value) ? `${value + 0}.0` : String(value);
