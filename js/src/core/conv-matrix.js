/**
 * A convolution as a matrix C: a row for each output, a column for each pixel, and in it the same
 * few weights again and again.
 */
import { round } from "./correlate.js";
import { outputSize } from "./geometry.js";
import { clamp, shape } from "./matrix.js";
import { collect, uses } from "./uses.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */

/**
 * @typedef {object} Geometry
 * @property {number} height of the picture
 * @property {number} width
 * @property {number} kernelHeight
 * @property {number} kernelWidth
 * @property {number} stride
 * @property {number} padding on each side; a side of one pixel is not padded
 * @property {number} dilation
 */

/** An entry of C that holds a weight: row, column, and which weight, in reading order. */
/** @typedef {import("./uses.js").Use} Entry */

/** C has at most so many rows, so many columns, and so many entries. */
export const largestSide = 25;
export const mostEntries = 256;
export const largestKernel = 5;
export const largestStep = 4;

/**
 * @param {Geometry} geometry
 * @returns {[rows: number, columns: number]}
 */
export const outputShape = ({ height, width, kernelHeight, kernelWidth, stride, padding, dilation }) => [
  outputSize(height, kernelHeight, stride, height > 1 ? padding : 0, dilation),
  outputSize(width, kernelWidth, stride, width > 1 ? padding : 0, dilation),
];

/**
 * Whether the kernel fits, and C is small enough to be seen.
 *
 * @param {Geometry} geometry
 */
export function allowed(geometry) {
  const [rows, columns] = outputShape(geometry);
  const outputs = rows * columns;
  const pixels = geometry.height * geometry.width;
  return outputs > 0 && Math.max(outputs, pixels) <= largestSide && outputs * pixels <= mostEntries;
}

/**
 * The entries of C that hold a weight, row after row.
 *
 * @param {Geometry} geometry
 * @returns {Entry[]}
 */
export function entries(geometry) {
  const [rows, columns] = outputShape(geometry);
  const { height, width, padding } = geometry;
  const [top, left] = [height, width].map((side) => (side > 1 ? padding : 0));
  return uses({ ...geometry, rows, columns, top, left });
}

/**
 * C times x, or with `from` "i" and `to` "j" its transpose times y.
 *
 * @param {Entry[]} list
 * @param {number[]} weights
 * @param {number[]} vector
 * @param {number} length of the result
 * @param {"i" | "j"} from
 * @param {"i" | "j"} to
 */
export function multiply(list, weights, vector, length, from = "j", to = "i") {
  return collect(list, to, length, (entry) => weights[entry.w] * vector[entry[from]]).map(round);
}

/**
 * A picture, a kernel and a geometry that can be drawn, out of anything.
 *
 * @param {{input: Matrix, kernel: Matrix, stride: number, padding: number, dilation: number}} spec
 * @returns {{input: Matrix, kernel: Matrix, geometry: Geometry}}
 */
export function legal(spec) {
  const width = Math.min(shape(spec.input)[1], largestSide);
  const input = spec.input.slice(0, Math.floor(largestSide / width)).map((row) => row.slice(0, width));
  const height = input.length;
  const geometry = {
    height,
    width,
    kernelHeight: Math.min(shape(spec.kernel)[0], largestKernel),
    kernelWidth: Math.min(shape(spec.kernel)[1], largestKernel),
    stride: clamp(spec.stride, 1, largestStep),
    padding: clamp(spec.padding, 0, largestStep),
    dilation: clamp(spec.dilation, 1, largestStep),
  };
  while (!allowed(geometry)) {
    const fits = outputShape(geometry).every(Boolean);
    if (fits && geometry.padding) geometry.padding -= 1;
    else if (fits) geometry.stride += 1;
    else if (geometry.dilation > 1) geometry.dilation -= 1;
    else {
      geometry.kernelHeight = Math.min(geometry.kernelHeight, height);
      geometry.kernelWidth = Math.min(geometry.kernelWidth, width);
    }
  }
  const { kernelHeight, kernelWidth } = geometry;
  const kernel = spec.kernel.slice(0, kernelHeight).map((row) => row.slice(0, kernelWidth));
  return { input, kernel, geometry };
}

/**
 * @param {Entry[]} list
 * @param {number} size entries of C in all
 */
export function summary(list, size) {
  const different = new Set(list.map(({ w }) => w)).size;
  const weights = different === 1 ? "the one weight" : `one of ${different} weights`;
  return `${list.length} of ${size} entries hold ${weights}; the other ${size - list.length} are always zero.`;
}
