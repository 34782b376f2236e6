/**
 * A transposed convolution: every input stamps its multiple of the kernel onto the output. Also what
 * the kernel's weights sum to by phase, and the same input enlarged first and convolved after.
 */
import { crossCorrelate, round } from "./correlate.js";
import { formatNumber } from "./format.js";
import { clamp, generate, resized, shape } from "./matrix.js";
import { amongZeros, collect, folded, uses } from "./uses.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */

/**
 * @typedef {object} Spec
 * @property {Matrix} input
 * @property {Matrix} kernel
 * @property {number} stride
 * @property {number} padding cut off on each side
 * @property {number} outputPadding kept in addition, below and on the right
 * @property {number | null} stamped how many stamps lie on the output; null is all
 */

export const limits = { input: 6, kernel: 5, stride: 4, stuffed: 12 };

/**
 * One axis. Where input and kernel have one row, so has the output.
 *
 * @param {number} side of the input
 * @param {number} taps of the kernel
 * @param {{stride: number, padding: number, outputPadding: number}} spec
 */
function axis(side, taps, spec) {
  const single = side === 1 && taps === 1;
  const [step, cut, extra] = single ? [1, 0, 0] : [spec.stride, spec.padding, spec.outputPadding];
  const size = (side - 1) * step - 2 * cut + taps + extra;
  return {
    ...{ single, side, taps, step, cut, extra, size },
    /** Zeros before the first input, for a window that slides by one. */
    margin: taps - 1 - cut,
    stuffed: size + taps - 1,
    text: `(${side} − 1)·${step} − 2·${cut} + ${taps} + ${extra} = ${size}`,
  };
}

/**
 * @param {Pick<Spec, "input" | "kernel" | "stride" | "padding" | "outputPadding">} spec
 */
const axes = (spec) => {
  const kernel = shape(spec.kernel);
  return shape(spec.input).map((side, at) => axis(side, kernel[at], spec));
};

/**
 * Whether the output exists and everything can be drawn.
 *
 * @param {Pick<Spec, "input" | "kernel" | "stride" | "padding" | "outputPadding">} spec
 */
export const allowed = (spec) =>
  spec.outputPadding < spec.stride &&
  axes(spec).every(({ margin, size, stuffed }) => margin >= 0 && size > 0 && stuffed <= limits.stuffed);

/**
 * A transposed convolution that can be drawn, out of anything.
 *
 * @param {Spec} spec
 * @returns {Spec}
 */
export function legal(spec) {
  /**
   * @param {Matrix} matrix
   * @param {number} most
   */
  const cropped = (matrix, most) =>
    resized(matrix, Math.min(shape(matrix)[0], most), Math.min(shape(matrix)[1], most), () => 0);
  const kernel = cropped(spec.kernel, limits.kernel);
  const stride = clamp(spec.stride, 1, limits.stride);
  const result = {
    input: cropped(spec.input, limits.input),
    kernel,
    stride,
    padding: clamp(spec.padding, 0, limits.kernel - 1),
    outputPadding: clamp(spec.outputPadding, 0, stride - 1),
    stamped: spec.stamped,
  };
  while (!allowed(result)) {
    if (axes(result).some(({ margin, size }) => margin < 0 || size < 1)) result.padding -= 1;
    else if (result.outputPadding) result.outputPadding -= 1;
    else if (result.stride > 1) result.stride -= 1;
    else result.input = cropped(result.input, Math.max(...shape(result.input)) - 1);
  }
  const count = result.input.flat().length;
  if (result.stamped !== null) result.stamped = clamp(result.stamped, 0, count);
  return result;
}

/**
 * Everything that follows.
 *
 * @param {Spec} spec a legal one
 */
export function solve(spec) {
  const { input, kernel } = spec;
  const [tall, across] = axes(spec);
  const [height, width] = [tall.size, across.size];
  const [rows, columns] = shape(input);
  const [kernelHeight, kernelWidth] = shape(kernel);
  const all = uses({
    ...{ height, width, kernelHeight, kernelWidth, rows, columns },
    // A single row or column has no second stamp.
    ...{ stride: Math.max(tall.step, across.step), top: tall.cut, left: across.cut },
  });
  const placed = spec.stamped ?? rows * columns;
  const x = input.flat();
  const k = kernel.flat();
  const list = all.filter(({ i }) => i < placed);
  const put = generate(rows, columns, (row, column) => (row * columns + column < placed ? input[row][column] : 0));
  /** @param {import("./uses.js").Use[]} some */
  const added = (some) =>
    folded(collect(some, "j", height * width, ({ i, w }) => x[i] * k[w]).map(round), width);
  const sums = generate(tall.step, across.step, (a, b) =>
    round(weightsOf(kernel, a, b, tall.step, across.step).reduce((sum, value) => sum + value, 0)),
  );
  return {
    ...{ ...spec, height, width, rows, columns, kernelHeight, kernelWidth, tall, across, list, placed },
    output: added(list),
    /** With every stamp, which is what the colors are measured by. */
    whole: added(all),
    counts: folded(collect(all, "j", height * width, () => 1), width),
    phases: sums,
    stuffed: amongZeros(
      put,
      [tall.stuffed, across.stuffed],
      [tall.margin, across.margin],
      [tall.step, across.step],
    ),
    resized: enlarged(put, kernel, tall.step, across.step),
    verdict: verdict(kernel, sums),
    sizeText:
      tall.text === across.text || tall.single || across.single
        ? `Size: (n − 1)·s − 2·p + k + output padding = ${tall.single ? across.text : tall.text}`
        : `Rows: (n − 1)·s − 2·p + k + output padding = ${tall.text}; columns: ${across.text}`,
  };
}

/**
 * The weights of one phase: those whose rows and columns leave these remainders.
 *
 * @param {Matrix} kernel
 * @param {number} a
 * @param {number} b
 * @param {number} tall step
 * @param {number} across step
 */
const weightsOf = (kernel, a, b, tall, across) =>
  kernel.filter((_, row) => row % tall === a).flatMap((line) => line.filter((_, column) => column % across === b));

/**
 * Every pixel repeated, then cross-correlated; the border is repeated, so that the size stays.
 *
 * @param {Matrix} input
 * @param {Matrix} kernel
 * @param {number} tall step
 * @param {number} across step
 */
function enlarged(input, kernel, tall, across) {
  const [rows, columns] = shape(input);
  const [kernelHeight, kernelWidth] = shape(kernel);
  /**
   * @param {number} place in the padded, enlarged input
   * @param {number} taps
   * @param {number} step
   * @param {number} side of the input
   */
  const from = (place, taps, step, side) =>
    Math.floor(clamp(place - Math.floor((taps - 1) / 2), 0, side * step - 1) / step);
  const padded = generate(rows * tall + kernelHeight - 1, columns * across + kernelWidth - 1, (row, column) => {
    const line = input[from(row, kernelHeight, tall, rows)];
    return line[from(column, kernelWidth, across, columns)];
  });
  return crossCorrelate(padded, kernel);
}

/**
 * What becomes of a constant input, and whether the overlap counts tell.
 *
 * @param {Matrix} kernel
 * @param {Matrix} sums by phase
 */
function verdict(kernel, sums) {
  const [tall, across] = shape(sums);
  const inside = [
    ...new Set(sums.flatMap((line, a) => line.map((_, b) => weightsOf(kernel, a, b, tall, across).length))),
  ].sort((a, b) => a - b);
  const different = new Set(sums.flat());
  const most = inside[inside.length - 1];
  const under = inside.length > 1 ? `${inside.slice(0, -1).join(", ")} or ${most}` : most;
  const word = (inside.length === 1) === (different.size === 1) ? "and" : "yet";
  const end =
    different.size === 1
      ? `the sums by phase are all ${formatNumber(sums[0][0])}: a constant input stays constant.`
      : "the sums by phase differ: a constant input becomes a checkerboard.";
  return `Inside, outputs lie under ${under} stamp${most === 1 ? "" : "s"}, ${word} ${end}`;
}
