/**
 * A picture as numbers in memory: one plane of rows for grey, three for color.
 */
import { generate, shape } from "./matrix.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */
/** @typedef {{channel: number, row: number, column: number}} Pixel */

/**
 * The one shuffle of so many pixels, the same in every run and in Python: pixel k of the shuffled
 * picture is pixel `order[k]` of the picture.
 *
 * @param {number} count
 * @returns {number[]}
 */
export function shuffleOrder(count) {
  const order = Array.from({ length: count }, (_, index) => index);
  let state = 1844;
  for (let last = count - 1; last > 0; last -= 1) {
    state = (75 * state + 74) % 65537;
    const other = state % (last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * The picture with its pixels in another order, all planes alike.
 *
 * @param {Matrix[]} planes
 * @param {number[]} order
 * @returns {Matrix[]}
 */
export function reordered(planes, order) {
  const [height, width] = shape(planes[0]);
  return planes.map((plane) => {
    const values = plane.flat();
    return generate(height, width, (row, column) => values[order[row * width + column]]);
  });
}

/**
 * How much neighboring pixels differ, added up: small where a picture is smooth.
 *
 * @param {Matrix[]} planes
 * @returns {number}
 */
export function steps(planes) {
  let sum = 0;
  for (const plane of planes) {
    plane.forEach((line, row) =>
      line.forEach((value, column) => {
        if (column) sum += Math.abs(value - line[column - 1]);
        if (row) sum += Math.abs(value - plane[row - 1][column]);
      }),
    );
  }
  return sum;
}

/**
 * @param {Matrix[]} planes
 * @returns {number}
 */
export const total = (planes) => planes.flat(2).reduce((sum, value) => sum + value, 0);

/**
 * The place in memory as a sum with its numbers, "1·8·8 + 2·8 + 5 = 85".
 *
 * @param {Pixel} pixel
 * @param {Matrix[]} planes
 * @returns {string}
 */
export function offsetText({ channel, row, column }, planes) {
  const [height, width] = shape(planes[0]);
  const before = planes.length > 1 ? `${channel}·${height}·${width} + ` : "";
  return `${before}${row}·${width} + ${column} = ${(channel * height + row) * width + column}`;
}

/**
 * A value as a byte of color: 0 is black, the maximum 255.
 *
 * @param {number} value
 * @param {number} maximum
 * @returns {number}
 */
export const level = (value, maximum) => Math.floor((510 * value + maximum) / (2 * maximum));

/**
 * The pixels from one to another in a straight line, both included: a quick stroke has no holes.
 *
 * @param {{row: number, column: number}} from
 * @param {{row: number, column: number}} to
 */
export function line(from, to) {
  const rows = to.row - from.row;
  const columns = to.column - from.column;
  const count = Math.max(Math.abs(rows), Math.abs(columns), 1);
  return Array.from({ length: count + 1 }, (_, index) => ({
    row: from.row + Math.round((rows * index) / count),
    column: from.column + Math.round((columns * index) / count),
  }));
}
