/**
 * Matrices as nested lists of numbers, rows first: the form in which they travel as JSON.
 *
 * @typedef {number[][]} Matrix
 */

/**
 * The number of rows and columns.
 *
 * @param {Matrix} matrix
 * @returns {[rows: number, columns: number]}
 */
export const shape = (matrix) => [matrix.length, matrix[0]?.length ?? 0];

/**
 * A matrix filled by a function of row and column.
 *
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, column: number) => number} value
 * @returns {Matrix}
 */
export const generate = (rows, columns, value) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_unused, column) => value(row, column)),
  );

/**
 * The same matrix turned by 180 degrees: what was top left is bottom right.
 *
 * @param {Matrix} matrix
 * @returns {Matrix}
 */
export const turn180 = (matrix) => [...matrix].reverse().map((row) => [...row].reverse());

/**
 * A copy with one value replaced.
 *
 * @param {Matrix} matrix
 * @param {number} row
 * @param {number} column
 * @param {number} value
 * @returns {Matrix}
 */
export const replaced = (matrix, row, column, value) =>
  matrix.map((line, i) => (i === row ? line.map((old, j) => (j === column ? value : old)) : line));

/**
 * A copy of another size: what fits is kept, and new places are filled by `value`.
 *
 * @param {Matrix} matrix
 * @param {number} rows
 * @param {number} columns
 * @param {(row: number, column: number) => number} value
 * @returns {Matrix}
 */
export const resized = (matrix, rows, columns, value) =>
  generate(rows, columns, (row, column) => matrix[row]?.[column] ?? value(row, column));

/**
 * Every place of a matrix, in reading order.
 *
 * @param {Matrix} matrix
 */
export const places = (matrix) =>
  matrix.flatMap((line, row) => line.map((_, column) => ({ row, column })));

/**
 * The largest absolute value, 0 for an empty matrix.
 *
 * @param {Matrix} matrix
 * @returns {number}
 */
export const largest = (matrix) => Math.max(0, ...matrix.flat().map(Math.abs));

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
