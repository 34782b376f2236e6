/**
 * A picture as memory holds it: one list of values, row after row, plane after plane.
 *
 * @typedef {[channels: number, height: number, width: number]} Size
 */

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
 * Where in the picture a value of the shuffled picture comes from: all planes alike.
 *
 * @param {number} offset
 * @param {number[]} order
 */
export const source = (offset, order) => {
  const place = offset % order.length;
  return offset - place + order[place];
};

/**
 * How much neighboring pixels differ, added up: small where a picture is smooth.
 *
 * @param {number[]} values
 * @param {Size} size
 * @returns {number}
 */
export const steps = (values, [, height, width]) =>
  values.reduce((sum, value, k) => {
    const left = k % width ? Math.abs(value - values[k - 1]) : 0;
    const above = k % (height * width) < width ? 0 : Math.abs(value - values[k - width]);
    return sum + left + above;
  }, 0);

/**
 * Channel, row and column of an offset.
 *
 * @param {number} offset
 * @param {Size} size
 */
export const indexOf = (offset, [, height, width]) => [
  Math.floor(offset / (height * width)),
  Math.floor(offset / width) % height,
  offset % width,
];

/**
 * An offset as a sum with its numbers, "1·8·8 + 2·8 + 5 = ".
 *
 * @param {number} offset
 * @param {Size} size
 * @returns {string}
 */
export function offsetText(offset, size) {
  const [channels, height, width] = size;
  const [channel, row, column] = indexOf(offset, size);
  return `${channels > 1 ? `${channel}·${height}·${width} + ` : ""}${row}·${width} + ${column} = `;
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
 * The pixels on the straight line from one to another, both included: a quick stroke has no holes.
 *
 * @param {number} from
 * @param {number} to offset in the same plane
 * @param {number} width
 * @returns {number[]}
 */
export function line(from, to, width) {
  const rows = Math.floor(to / width) - Math.floor(from / width);
  const columns = (to % width) - (from % width);
  const count = Math.max(Math.abs(rows), Math.abs(columns), 1);
  return Array.from(
    { length: count + 1 },
    (_, k) => from + Math.round((rows * k) / count) * width + Math.round((columns * k) / count),
  );
}
