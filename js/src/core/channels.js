import { crossCorrelate, round } from "./correlate.js";
import { generate, resized, shape } from "./matrix.js";

/** @typedef {import("./matrix.js").Matrix} Matrix */

/**
 * A convolutional layer and its input: `input` by channel, `weight` by filter and then by kernel
 * (one for each channel that the filter reads), `bias` by filter.
 *
 * @typedef {object} Layer
 * @property {Matrix[]} input
 * @property {Matrix[][]} weight
 * @property {number[]} bias
 * @property {number} groups
 */

/**
 * The channels that a filter reads: `depth` of them from `first` on. `group` counts from zero.
 *
 * @param {Layer} layer
 * @param {number} filter
 */
export function reads({ weight, groups }, filter) {
  const depth = weight[0].length;
  const group = Math.floor((filter * groups) / weight.length);
  return { group, first: group * depth, depth };
}

/**
 * What each kernel of a filter adds, in the order of the kernels.
 *
 * @param {Matrix[]} padded the input channels, already padded
 * @param {Layer} layer
 * @param {number} filter
 * @param {number} [stride]
 * @returns {Matrix[]}
 */
export function partialSums(padded, layer, filter, stride = 1) {
  const { first } = reads(layer, filter);
  return layer.weight[filter].map((kernel, index) =>
    crossCorrelate(padded[first + index], kernel, { stride }),
  );
}

/**
 * The partial sums added cell by cell, and the bias added to every cell.
 *
 * @param {Matrix[]} partials
 * @param {number} bias
 * @returns {Matrix}
 */
export const sumOf = (partials, bias) =>
  generate(...shape(partials[0]), (row, column) =>
    round(partials.reduce((sum, partial) => sum + partial[row][column], bias)),
  );

/**
 * The numbers into which the channels can be split: those that divide both counts.
 *
 * @param {number} channels
 * @param {number} filters
 * @returns {number[]}
 */
export const possibleGroups = (channels, filters) =>
  [1, 2, 3, 4].filter((groups) => channels % groups === 0 && filters % groups === 0);

/**
 * The layer with other sizes. Every number keeps its place: a filter keeps its kernel for each
 * channel that it still reads. A new place takes what `start` has there, and where that has
 * nothing either, a number of a fixed pattern: the same steps always lead to the same layer.
 *
 * @param {Layer} layer
 * @param {Layer} start
 * @param {{channels?: number, filters?: number, kernel?: number, groups?: number}} change
 * @returns {Layer}
 */
export function reshaped(layer, start, change) {
  const { channels = layer.input.length, filters = layer.weight.length } = change;
  const possible = possibleGroups(channels, filters);
  const groups = possible.filter((each) => each <= (change.groups ?? layer.groups)).pop() ?? 1;
  const [height, width] = shape(layer.input[0]);
  const [kernelHeight, kernelWidth] = shape(layer.weight[0][0]);
  const depth = channels / groups;

  /**
   * @param {Layer} source
   * @param {number} filter
   * @param {number} channel
   * @returns {Matrix | undefined} the filter's kernel for that input channel
   */
  const kernelFor = (source, filter, channel) =>
    source.weight[filter] && source.weight[filter][channel - reads(source, filter).first];

  return {
    groups,
    input: Array.from({ length: channels }, (_, c) =>
      layer.input[c] ??
      resized(start.input[c] ?? [], height, width, (row, column) =>
        (c + 3 * row + 5 * column + row * column) % 4,
      ),
    ),
    weight: Array.from({ length: filters }, (_, o) =>
      Array.from({ length: depth }, (_unused, index) => {
        const c = Math.floor((o * groups) / filters) * depth + index;
        const begun = kernelFor(start, o, c);
        return resized(
          kernelFor(layer, o, c) ?? [],
          change.kernel ?? kernelHeight,
          change.kernel ?? kernelWidth,
          (row, column) =>
            begun?.[row]?.[column] ?? [1, -1, 2, 0][(o + c + row + 2 * column + row * column) % 4],
        );
      }),
    ),
    bias: Array.from({ length: filters }, (_, o) => layer.bias[o] ?? start.bias[o] ?? (o % 3) - 1),
  };
}
