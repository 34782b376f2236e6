/**
 * A small network run in the page: every layer's maps, what each unit reads, and how far it sees.
 * Maps are flat lists in the order channel, row, column. A dense layer is one window as large as
 * the maps before it, so that its weights, too, can be read channel by channel.
 */
import { round } from "./correlate.js";
import { formatFactor, formatNumber, formatSum } from "./format.js";
import { outputSize } from "./geometry.js";
import { clamp } from "./matrix.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */
/** @typedef {[number, number]} Pair vertical, horizontal */
/** @typedef {[channels: number, height: number, width: number]} Size */
/** @typedef {[map: number, row: number, column: number]} Unit */
/** @typedef {{type: string} & Record<string, any>} Layer as Python writes it */
/** @typedef {{input: number[], layers: Layer[]}} Description */

/**
 * One layer, ready to be computed.
 *
 * @typedef {object} Step
 * @property {string} type
 * @property {number[] | undefined} weight flat, by output, channel, row and column
 * @property {number[]} bias none, or one a filter
 * @property {Pair} kernel
 * @property {Pair} stride
 * @property {Pair} padding
 * @property {Pair} dilation
 * @property {Size} before
 * @property {Size} size of what it computes
 */

export const layerNames = {
  Conv2d: "Convolution",
  ReLU: "ReLU",
  MaxPool2d: "Max pooling",
  AvgPool2d: "Average pooling",
  Flatten: "Flatten",
  Linear: "Linear",
};

// Longer windows are reported row by row.
const longestList = 25;

/**
 * @param {Description} description
 * @returns {Step[]}
 */
export function build({ input, layers }) {
  let before = /** @type {Size} */ (input);
  return layers.map(({ type, weight, bias = [], kernel_size, ...given }) => {
    const [, height, width] = before;
    /** @type {Pair} */
    const kernel =
      kernel_size ??
      (type === "Conv2d" ? [weight[0][0].length, weight[0][0][0].length] : weight ? [height, width] : [1, 1]);
    const { stride = kernel_size ?? [1, 1], padding = [0, 0], dilation = [1, 1] } = given;
    const [rows, columns] = [height, width].map((side, axis) =>
      outputSize(side, kernel[axis], stride[axis], padding[axis], dilation[axis]),
    );
    /** @type {Size} */
    const size = [weight?.length ?? before[0], rows, columns];
    const step = { type, weight: weight?.flat(3), bias, kernel, stride, padding, dilation, before, size };
    before = size;
    return step;
  });
}

/**
 * Visits all that a unit reads, in the order of its weights.
 *
 * @param {Step} step
 * @param {number} map
 * @param {number} row
 * @param {number} column
 * @param {(from: number, weight: number, y: number, x: number) => void} visit `from` is the place
 *   in the maps before, −1 in the padding
 */
function eachRead({ weight, kernel, stride, padding, dilation, before }, map, row, column, visit) {
  const [channels, height, width] = before;
  const last = weight ? channels : map + 1;
  let at = map * channels * kernel[0] * kernel[1];
  for (let channel = weight ? 0 : map; channel < last; channel += 1) {
    for (let a = 0; a < kernel[0]; a += 1) {
      const y = row * stride[0] - padding[0] + a * dilation[0];
      for (let b = 0; b < kernel[1]; b += 1) {
        const x = column * stride[1] - padding[1] + b * dilation[1];
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        visit(inside ? (channel * height + y) * width + x : -1, weight ? weight[at] : 1, y, x);
        at += 1;
      }
    }
  }
}

/**
 * @param {Step} step
 * @param {ArrayLike<number>} values the maps before
 * @returns {Float64Array}
 */
function compute(step, values) {
  const { type, weight, bias, kernel, size } = step;
  const [maps, rows, columns] = size;
  const result = new Float64Array(maps * rows * columns);
  const largest = type === "ReLU" || type === "MaxPool2d";
  let at = 0;
  for (let map = 0; map < maps; map += 1) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        let sum = largest ? (type === "ReLU" ? 0 : -Infinity) : (bias[map] ?? 0);
        eachRead(step, map, row, column, (from, factor) => {
          if (from < 0) return;
          if (largest) sum = Math.max(sum, values[from]);
          else sum += values[from] * factor;
        });
        result[at] = weight || largest ? sum : sum / (kernel[0] * kernel[1]);
        at += 1;
      }
    }
  }
  return result;
}

/**
 * @param {Step[]} steps
 * @param {Matrix} image
 * @returns {ArrayLike<number>[]} the picture, and what each layer computes from it
 */
export const forward = (steps, image) =>
  steps.reduce(
    (all, step) => [...all, compute(step, all[all.length - 1])],
    /** @type {ArrayLike<number>[]} */ ([image.flat()]),
  );

/**
 * @param {ArrayLike<number>} values
 * @returns {number[]}
 */
export function softmax(values) {
  const most = Math.max(...Array.from(values));
  const powers = Array.from(values, (value) => Math.exp(value - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/**
 * @typedef {import("./correlate.js").Term & {inside: boolean}} Read `row` and `column` are places
 *   in the maps before
 */

/**
 * What a unit reads, channel by channel: of its own channel only where it has no weights.
 *
 * @param {Step} step
 * @param {ArrayLike<number>} values the maps before
 * @param {Unit} unit
 * @returns {{terms: Read[], sum: number}[]}
 */
export function reads(step, values, unit) {
  const [height, width] = step.kernel;
  /** @type {Read[]} */
  const all = [];
  eachRead(step, ...unit, (from, weight, row, column) => {
    const value = from < 0 ? 0 : values[from];
    const at = all.length % (height * width);
    all.push({
      row,
      column,
      weightRow: Math.floor(at / width),
      weightColumn: at % width,
      value,
      weight,
      product: value * weight,
      inside: from >= 0,
    });
  });
  return Array.from({ length: all.length / (height * width) }, (_, channel) => {
    const terms = all.slice(channel * height * width, (channel + 1) * height * width);
    return { terms, sum: terms.reduce((sum, { product }) => sum + product, 0) };
  });
}

/** @typedef {{row: number, column: number, rows: number, columns: number}} Box */

/**
 * The part of the picture that a unit sees, through all layers below.
 *
 * @param {Step[]} steps up to the unit's own
 * @param {Unit} unit
 * @returns {Box}
 */
export function fieldOf(steps, unit) {
  const [rows, columns] = [0, 1].map((axis) =>
    steps.reduceRight(
      ([low, high], { kernel, stride, padding, dilation, before }) => [
        Math.max(0, low * stride[axis] - padding[axis]),
        Math.min(
          before[axis + 1] - 1,
          high * stride[axis] - padding[axis] + dilation[axis] * (kernel[axis] - 1),
        ),
      ],
      [unit[axis + 1], unit[axis + 1]],
    ),
  );
  return {
    row: rows[0],
    column: columns[0],
    rows: rows[1] - rows[0] + 1,
    columns: columns[1] - columns[0] + 1,
  };
}

/**
 * The sign before a number: whether it is exactly what is printed.
 *
 * @param {...number} values
 */
export const equals = (...values) =>
  values.every((value) => Math.abs(round(value) - value) < 1e-9) ? "=" : "≈";

/**
 * What a unit without weights reports, as arithmetic: "max(0, −1.2) = 0".
 *
 * @param {string} type
 * @param {Read[]} terms
 * @param {number} width of the window
 * @param {number} result
 */
export function report(type, terms, width, result) {
  let values = terms.map(({ value }) => value);
  const count = values.length;
  if (count > longestList) {
    const combine = (/** @type {number[]} */ row) =>
      type === "MaxPool2d" ? Math.max(...row) : row.reduce((sum, value) => sum + value, 0);
    values = Array.from({ length: count / width }, (_, row) =>
      combine(values.slice(row * width, (row + 1) * width)),
    );
  }
  const listed = values.map((value) => formatNumber(value)).join(", ");
  const text =
    type === "ReLU"
      ? `max(0, ${listed})`
      : type === "MaxPool2d"
        ? `max(${listed})`
        : type === "AvgPool2d"
          ? `(${formatSum(values)}) / ${count}`
          : listed;
  return `${text} ${equals(...values, result)} ${formatNumber(result)}`;
}

/**
 * The softmax of one output, as arithmetic: "e^2 / (e^2 + e^(−1)) ≈ 0.9526".
 *
 * @param {ArrayLike<number>} outputs
 * @param {number} index
 */
export function softmaxText(outputs, index) {
  const powers = Array.from(outputs, (output) => `e^${formatFactor(output)}`);
  return `${powers[index]} / (${powers.join(" + ")}) ≈ ${formatNumber(softmax(outputs)[index])}`;
}

/** The reach of the pen on pictures that are large enough for it. */
const pen = 1.4;

/**
 * The picture with a straight stroke drawn into it: full ink on its path, less beside it.
 *
 * @param {Matrix} image
 * @param {{row: number, column: number}} from in pixels, the middle of the first one is 0
 * @param {{row: number, column: number}} to
 * @param {boolean} erase
 * @param {number} [reach] how far from the path a pixel stays white
 * @returns {Matrix}
 */
export function stroke(image, from, to, erase, reach = pen) {
  const [down, right] = [to.row - from.row, to.column - from.column];
  const length = down * down + right * right;
  return image.map((line, row) =>
    line.map((old, column) => {
      const [y, x] = [row - from.row, column - from.column];
      const along = length ? clamp((y * down + x * right) / length, 0, 1) : 0;
      const away = Math.hypot(y - along * down, x - along * right);
      const ink = Math.round(10 * clamp(reach - away, 0, 1)) / 10;
      return erase ? Math.min(old, round(1 - ink)) : Math.max(old, ink);
    }),
  );
}
