import { formatNumber } from "./format.js";
import { generate, shape } from "./matrix.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */

/**
 * The four modes, named as torch.nn.Conv2d's `padding_mode` names them.
 *
 * @typedef {"zeros" | "reflect" | "replicate" | "circular"} PaddingMode
 */

/** @type {PaddingMode[]} */
export const paddingModes = ["zeros", "reflect", "replicate", "circular"];

/**
 * Which pixel a place on the padded axis shows: an index map, the whole of a padding mode.
 *
 * @param {number} index counted from the first real pixel, so that −1 is the place before it
 * @param {number} size number of real pixels
 * @param {PaddingMode} mode
 * @returns {number | null} null where the place holds a zero and copies nothing
 */
export function sourceIndex(index, size, mode) {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case "zeros":
      return null;
    case "reflect":
      return index < 0 ? -index : 2 * (size - 1) - index;
    case "replicate":
      return index < 0 ? 0 : size - 1;
    case "circular":
      return index < 0 ? index + size : index - size;
  }
}

/**
 * The same index map as arithmetic to read: "|−1| = 1" for a reflection.
 *
 * @param {number} index
 * @param {number} size
 * @param {PaddingMode} mode
 * @returns {string | null} null where the place is a pixel of its own or a zero
 */
export function sourceFormula(index, size, mode) {
  const source = sourceIndex(index, size, mode);
  if (source === null || (index >= 0 && index < size)) return null;
  const before = index < 0;
  const i = formatNumber(index);
  switch (mode) {
    case "reflect":
      return before ? `|${i}| = ${source}` : `2·(${size} − 1) − ${i} = ${source}`;
    case "replicate":
      return before ? `max(${i}, 0) = ${source}` : `min(${i}, ${size} − 1) = ${source}`;
    default:
      return before ? `${i} + ${size} = ${source}` : `${i} − ${size} = ${source}`;
  }
}

/**
 * The largest padding that torch.nn.functional.pad takes: a reflection has one pixel fewer to
 * offer than the axis has (the border itself is not repeated), a circle can go round once.
 *
 * @param {number} size
 * @param {PaddingMode} mode
 * @returns {number}
 */
export const paddingLimit = (size, mode) =>
  mode === "reflect" ? size - 1 : mode === "circular" ? size : Infinity;

/**
 * The matrix framed by its padding.
 *
 * @param {Matrix} matrix
 * @param {number} padding on each side
 * @param {PaddingMode} [mode]
 * @returns {Matrix}
 */
export function pad(matrix, padding, mode = "zeros") {
  const [height, width] = shape(matrix);
  return generate(height + 2 * padding, width + 2 * padding, (row, column) => {
    const i = sourceIndex(row - padding, height, mode);
    const j = sourceIndex(column - padding, width, mode);
    return i === null || j === null ? 0 : matrix[i][j];
  });
}

/**
 * How often each pixel is read when a kernel slides over the padded matrix, reading a copy
 * counting as reading the pixel that it copies.
 *
 * @param {number} height
 * @param {number} width
 * @param {{kernel: number, padding?: number, mode?: PaddingMode, stride?: number}} options
 * @returns {Matrix}
 */
export function readCounts(height, width, { kernel, padding = 0, mode = "zeros", stride = 1 }) {
  const rows = axisCounts(height, kernel, padding, mode, stride);
  const columns = axisCounts(width, kernel, padding, mode, stride);
  return generate(height, width, (row, column) => rows[row] * columns[column]);
}

/**
 * The counts along one axis. In two dimensions they multiply, because rows and columns are
 * padded and visited independently.
 *
 * @param {number} size
 * @param {number} kernel
 * @param {number} padding
 * @param {PaddingMode} mode
 * @param {number} stride
 * @returns {number[]}
 */
export function axisCounts(size, kernel, padding, mode, stride) {
  const counts = new Array(size).fill(0);
  for (let start = -padding; start + kernel <= size + padding; start += stride) {
    for (let offset = 0; offset < kernel; offset += 1) {
      const source = sourceIndex(start + offset, size, mode);
      if (source !== null) counts[source] += 1;
    }
  }
  return counts;
}
