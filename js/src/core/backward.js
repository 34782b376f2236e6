/**
 * A convolution Y = X ⋆ K + b, the loss L = Σ G·Y, and the gradients of L for K, X and b.
 */
import { crossCorrelate, round } from "./correlate.js";
import { formatNumber } from "./format.js";
import { outputSize } from "./geometry.js";
import { clamp, replaced, resized, shape } from "./matrix.js";
import { amongZeros, collect, folded, uses } from "./uses.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */

/** What is written out: an element of Y, or of the gradient for K, X or b. */
/** @typedef {"output" | "kernel" | "input" | "bias"} View */

/**
 * @typedef {object} Geometry
 * @property {number} height of X
 * @property {number} width
 * @property {number} kernelHeight
 * @property {number} kernelWidth
 * @property {number} stride
 * @property {number} padding on each side
 * @property {number} dilation
 */

/** @typedef {{input: Matrix, kernel: Matrix, upstream: Matrix | null, bias: number, stride: number, padding: number, dilation: number}} Spec */

export const limits = { input: 6, padded: 8, kernel: 4, stuffed: 11, step: 3 };

/**
 * Padded input and extent of the kernel, along both axes.
 *
 * @param {Geometry} geometry
 */
const sides = ({ height, width, kernelHeight, kernelWidth, padding, dilation }) =>
  [
    [height, kernelHeight],
    [width, kernelWidth],
  ].map(([side, taps]) => ({ padded: side + 2 * padding, reach: dilation * (taps - 1) }));

/**
 * Whether the kernel fits, and all matrices can be drawn.
 *
 * @param {Geometry} geometry
 */
export const allowed = (geometry) =>
  sides(geometry).every(
    ({ padded, reach }) => padded <= limits.padded && reach < padded && padded + reach <= limits.stuffed,
  );

/**
 * A convolution that can be drawn, out of anything, with all that follows from it.
 *
 * @param {Spec} spec
 */
export function solve(spec) {
  const geometry = {
    height: Math.min(shape(spec.input)[0], limits.input),
    width: Math.min(shape(spec.input)[1], limits.input),
    kernelHeight: Math.min(shape(spec.kernel)[0], limits.kernel),
    kernelWidth: Math.min(shape(spec.kernel)[1], limits.kernel),
    stride: clamp(spec.stride, 1, limits.step),
    padding: clamp(spec.padding, 0, limits.step),
    dilation: clamp(spec.dilation, 1, limits.step),
  };
  while (!allowed(geometry)) {
    if (sides(geometry).some(({ padded }) => padded > limits.padded)) geometry.padding -= 1;
    else if (geometry.dilation > 1) geometry.dilation -= 1;
    else {
      const [tall, across] = sides(geometry);
      geometry.kernelHeight = Math.min(geometry.kernelHeight, tall.padded);
      geometry.kernelWidth = Math.min(geometry.kernelWidth, across.padded);
    }
  }
  const { height, width, kernelHeight, kernelWidth, stride, padding, dilation } = geometry;
  const [tall, across] = sides(geometry);
  const rows = outputSize(height, kernelHeight, stride, padding, dilation);
  const columns = outputSize(width, kernelWidth, stride, padding, dilation);
  const one = () => 1;
  const input = resized(spec.input, height, width, one);
  const kernel = resized(spec.kernel, kernelHeight, kernelWidth, one);
  const upstream = resized(spec.upstream ?? [], rows, columns, one);
  const { bias } = spec;
  const list = uses({ ...geometry, rows, columns, top: padding, left: padding });
  const [x, k, g] = [input, kernel, upstream].map((matrix) => matrix.flat());
  const forward = { input, kernel, bias, stride, padding, dilation };
  const output = outputOf(forward);
  return {
    ...geometry,
    ...{ rows, columns, input, kernel, upstream, bias, list, output },
    loss: lossOf(upstream, output),
    gradients: {
      input: folded(collect(list, "j", x.length, ({ i, w }) => g[i] * k[w]).map(round), width),
      kernel: folded(collect(list, "w", k.length, ({ i, j }) => g[i] * x[j]).map(round), kernelWidth),
      bias: [[round(g.reduce((sum, value) => sum + value, 0))]],
    },
    stuffed: amongZeros(
      upstream,
      [tall.padded + tall.reach, across.padded + across.reach],
      [tall.reach, across.reach],
      [stride, stride],
    ),
  };
}

/** @typedef {ReturnType<typeof solve>} Solved */

/**
 * @param {{input: Matrix, kernel: Matrix, bias: number, stride: number, padding: number, dilation: number}} forward
 */
const outputOf = ({ input, kernel, bias, stride, padding, dilation }) =>
  crossCorrelate(input, kernel, { stride, padding, dilation }).map((row) =>
    row.map((value) => round(value + bias)),
  );

/** Three factors of two decimals each: rounding there takes away what binary fractions add. */
const roundLoss = (/** @type {number} */ value) => Math.round(value * 1e6) / 1e6 + 0;

/**
 * @param {Matrix} upstream
 * @param {Matrix} output
 */
const lossOf = (upstream, output) =>
  roundLoss(
    upstream.reduce((sum, row, i) => row.reduce((part, value, j) => part + value * output[i][j], sum), 0),
  );

/**
 * The terms of one element's sum: pairs of factors, with the meeting that each stands for.
 *
 * @param {Solved} solved
 * @param {View} view
 * @param {number} at
 */
export function termsOf({ list, input, kernel, upstream, bias, columns }, view, at) {
  const [x, k, g] = [input, kernel, upstream].map((matrix) => matrix.flat());
  /** @type {{value: number, weight: number, i?: number, j?: number, w?: number}[]} */
  const found =
    view === "output"
      ? list.filter(({ i }) => i === at).map((use) => ({ ...use, value: x[use.j], weight: k[use.w] }))
      : view === "kernel"
        ? list.filter(({ w }) => w === at).map((use) => ({ ...use, value: g[use.i], weight: x[use.j] }))
        : view === "input"
          ? list.filter(({ j }) => j === at).map((use) => ({ ...use, value: g[use.i], weight: k[use.w] }))
          : g.map((value, i) => ({ i, value, weight: 1 }));
  if (view === "output" && bias) found.push({ value: bias, weight: 1 });
  const width = shape(kernel)[1];
  const inRow = found.map(({ i = 0, w }) =>
    view === "output" || view === "input" ? w !== undefined && w % width : i % columns,
  );
  return {
    list: found.map((term) => ({ ...term, product: round(term.value * term.weight) })),
    /** In a row: as many as there are columns that the sum runs over. */
    across: Math.max(1, new Set(inRow.filter((column) => column !== false)).size),
  };
}

/**
 * L computed anew with one number one larger and one smaller, and half the difference.
 *
 * @param {Solved} solved
 * @param {View} view
 * @param {number} row
 * @param {number} column
 * @returns {[above: number, below: number, half: number]}
 */
export function difference(solved, view, row, column) {
  const { upstream, bias } = solved;
  const [above, below] = [1, -1].map((step) => {
    /** @param {Matrix} matrix */
    const changed = (matrix) => replaced(matrix, row, column, matrix[row][column] + step);
    if (view === "output") return lossOf(upstream, changed(solved.output));
    if (view === "bias") return lossOf(upstream, outputOf({ ...solved, bias: bias + step }));
    return lossOf(upstream, outputOf({ ...solved, [view]: changed(solved[view]) }));
  });
  return [above, below, roundLoss((above - below) / 2)];
}

/**
 * "K[0, 1]".
 *
 * @param {View} view
 * @param {number} row
 * @param {number} column
 */
export const element = (view, row, column) =>
  view === "bias" ? "b" : `${{ output: "Y", kernel: "K", input: "X" }[view]}[${row}, ${column}]`;

/** @param {number} loss */
export const lossText = (loss) => `L = Σ G·Y = ${formatNumber(loss, 6)}`;

/**
 * The finite difference with its numbers, in two pieces: the result is the second.
 *
 * @param {Solved} solved
 * @param {View} view
 * @param {number} row
 * @param {number} column
 */
export function checkText(solved, view, row, column) {
  const name = element(view, row, column);
  const [above, below, half] = difference(solved, view, row, column).map((value) => formatNumber(value, 6));
  const second = below.startsWith("−") ? `(${below})` : below;
  return [`with ${name} + 1, L is ${above}; with ${name} − 1, ${below}: (${above} − ${second})/2 = `, half];
}

/**
 * How Y, or the gradient for K, X or b, comes about.
 *
 * @param {View} view
 * @param {number} stride
 */
export const sentence = (view, stride) =>
  ({
    output:
      "Forward: each output is a window of X times K, plus b. L adds the outputs, each times its number in G.",
    kernel: `A weight meets one pixel for each output, so ∂L/∂K is X cross-correlated with G${
      stride > 1 ? `, its numbers ${stride} apart` : ""
    }.`,
    input:
      "Each number of G stamps its multiple of K where its window had read; where stamps overlap they add. The same sums: K turned by 180°, slid over G among zeros.",
    bias: "b is added to every output, so ∂L/∂b is the sum of G.",
  })[view];

