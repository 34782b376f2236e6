/**
 * Which pixel meets which weight in which output: the one list behind a convolution's output, all
 * its gradients, and its transpose.
 *
 * One meeting, each part counted in reading order: output i reads pixel j under weight w.
 *
 * @typedef {{i: number, j: number, w: number}} Use
 */

/**
 * @param {object} geometry
 * @param {number} geometry.height of the picture
 * @param {number} geometry.width
 * @param {number} geometry.kernelHeight
 * @param {number} geometry.kernelWidth
 * @param {number} geometry.rows of the output
 * @param {number} geometry.columns
 * @param {number} geometry.stride
 * @param {number} geometry.top rows of padding above
 * @param {number} geometry.left columns of padding on the left
 * @param {number} [geometry.dilation]
 * @returns {Use[]} sorted by output, then by weight; what is read beside the picture is left out
 */
export function uses({ height, width, kernelHeight, kernelWidth, rows, columns, stride, top, left, dilation = 1 }) {
  /** @type {Use[]} */
  const found = [];
  for (let i = 0; i < rows * columns; i += 1) {
    for (let w = 0; w < kernelHeight * kernelWidth; w += 1) {
      const row = Math.floor(i / columns) * stride + Math.floor(w / kernelWidth) * dilation - top;
      const column = (i % columns) * stride + (w % kernelWidth) * dilation - left;
      if (row >= 0 && row < height && column >= 0 && column < width) {
        found.push({ i, j: row * width + column, w });
      }
    }
  }
  return found;
}

/**
 * Adds up the products of all meetings, each at its place along one axis.
 *
 * @param {Use[]} list
 * @param {"i" | "j" | "w"} to
 * @param {number} length of the result
 * @param {(use: Use) => number} product
 * @returns {number[]}
 */
export function collect(list, to, length, product) {
  const sums = /** @type {number[]} */ (new Array(length).fill(0));
  for (const use of list) sums[use[to]] += product(use);
  return sums;
}

/**
 * @param {number} index in reading order
 * @param {number} columns
 */
export const cellOf = (index, columns) => ({ row: Math.floor(index / columns), column: index % columns });

/**
 * A vector as the matrix that it was read from.
 *
 * @param {number[]} vector
 * @param {number} columns
 */
export const folded = (vector, columns) =>
  Array.from({ length: vector.length / columns }, (_, row) => vector.slice(row * columns, (row + 1) * columns));

/**
 * A matrix with zeros between its numbers and around them.
 *
 * @param {number[][]} matrix
 * @param {[rows: number, columns: number]} size of the result
 * @param {[row: number, column: number]} first where the first number comes to stand
 * @param {[rows: number, columns: number]} steps from one number to the next
 */
export const amongZeros = (matrix, [rows, columns], first, steps) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_unused, column) => {
      const i = (row - first[0]) / steps[0];
      const j = (column - first[1]) / steps[1];
      return matrix[i]?.[j] ?? 0;
    }),
  );
