/**
 * A stack of layers along one axis, without padding: which pixels a unit sees, over how many
 * paths, and which later units see it.
 *
 * @typedef {{kernel_size: number, stride: number, dilation: number}} Layer
 * @typedef {{size: number, jump: number}} Field what a unit sees, and how far apart neighbors look
 */
import { clamp } from "./matrix.js";

export const largestInput = 64;
export const mostLayers = 6;
/** @type {Layer} */
export const limits = { kernel_size: 7, stride: 4, dilation: 16 };

const longestList = 8;

/**
 * Size and jump of the input, whose units see themselves, and after each layer.
 *
 * @param {Layer[]} layers
 * @returns {Field[]}
 */
export function follow(layers) {
  const fields = [{ size: 1, jump: 1 }];
  layers.forEach(({ kernel_size, stride, dilation }, index) => {
    const { size, jump } = fields[index];
    fields.push({ size: size + (kernel_size - 1) * dilation * jump, jump: jump * stride });
  });
  return fields;
}

/**
 * Whether a unit of the last layer sees no more pixels than are drawn.
 *
 * @param {Layer[]} layers
 */
export const fits = (layers) => follow(layers)[layers.length].size <= largestInput;

/**
 * Layers that can be drawn, out of anything.
 *
 * @param {Partial<Layer>[]} layers
 * @returns {Layer[]}
 */
export function legal(layers) {
  const clean = layers.slice(0, mostLayers).map(
    (layer) =>
      /** @type {Layer} */ (
        Object.fromEntries(
          Object.entries(limits).map(([key, most]) => [
            key,
            clamp(Math.round(layer[/** @type {keyof Layer} */ (key)] || 1), 1, most),
          ]),
        )
      ),
  );
  while (clean.length && !fits(clean)) clean.pop();
  return clean.length ? clean : [{ kernel_size: 3, stride: 1, dilation: 1 }];
}

/**
 * How many units of each layer are drawn: some of the last one, and all that they read.
 *
 * @param {Layer[]} layers
 * @returns {number[]} the first is the number of pixels
 */
export function countUnits(layers) {
  const { size, jump } = follow(layers)[layers.length];
  const span = (/** @type {number} */ count) => size + (count - 1) * jump;
  const top =
    [7, 5, 3].find((count) => span(count) <= 33) ?? (span(3) <= largestInput ? 3 : 1);
  return layers.reduceRight(
    (counts, { kernel_size, stride, dilation }) => [
      (counts[0] - 1) * stride + dilation * (kernel_size - 1) + 1,
      ...counts,
    ],
    [top],
  );
}

/**
 * The connections of layer `layer` (1 is the first), from each of its units down to what it reads.
 *
 * @param {Layer[]} layers
 * @param {number[]} units
 * @param {number} layer
 * @param {(upper: number, lower: number) => void} visit
 */
export function connections(layers, units, layer, visit) {
  const { kernel_size, stride, dilation } = layers[layer - 1];
  for (let upper = 0; upper < units[layer]; upper += 1) {
    for (let a = 0; a < kernel_size; a += 1) visit(upper, upper * stride + a * dilation);
  }
}

/**
 * The number of paths between one unit and every other: down to what it sees, up to what sees it.
 *
 * @param {Layer[]} layers
 * @param {number[]} units
 * @param {number} layer
 * @param {number} unit
 * @returns {number[][]} a row a layer, the pixels first
 */
export function countPaths(layers, units, layer, unit) {
  const counts = units.map((count) => /** @type {number[]} */ (new Array(count).fill(0)));
  counts[layer][unit] = 1;
  for (let at = layer; at > 0; at -= 1) {
    connections(layers, units, at, (upper, lower) => (counts[at - 1][lower] += counts[at][upper]));
  }
  for (let at = layer + 1; at < units.length; at += 1) {
    connections(layers, units, at, (upper, lower) => (counts[at][upper] += counts[at - 1][lower]));
  }
  return counts;
}

/**
 * How a layer changes size and jump, with the numbers put in.
 *
 * @param {Field} before
 * @param {Layer} layer
 * @returns {{size: string, jump: string}}
 */
export const recurrence = ({ size, jump }, { kernel_size, stride, dilation }) => ({
  size: `${size} + (${kernel_size} − 1)·${dilation}·${jump} = ${size + (kernel_size - 1) * dilation * jump}`,
  jump: `${jump}·${stride} = ${jump * stride}`,
});

/**
 * @param {number} layer
 * @param {number} unit
 */
export const unitName = (layer, unit) =>
  layer ? `Layer ${layer}, unit ${unit}` : `Pixel ${unit}`;

/**
 * How many units of each later layer a unit reaches.
 *
 * @param {number[][]} counts
 * @param {number} layer
 */
export function readers(counts, layer) {
  const reached = counts.slice(layer + 1).map((row) => row.filter(Boolean).length);
  if (!reached.length) return "no later layer";
  const layers = reached.length > 1 ? `layers ${layer + 1}–${counts.length - 1}` : `layer ${layer + 1}`;
  return `${layers}: ${reached.join(", ")}`;
}

/**
 * What is worth seeing in the paths that start at a unit's pixels.
 *
 * @param {number[]} paths from the first pixel that it sees to the last
 * @param {number} first index of that pixel
 * @returns {string}
 */
export function pathsHint(paths, first) {
  const holes = paths.flatMap((count, index) => (count ? [] : [first + index]));
  if (holes.length) {
    const more = holes.length - longestList;
    const listed = holes.slice(0, longestList).join(", ") + (more > 0 ? ` and ${more} more` : "");
    return `Not read: pixel${holes.length > 1 ? "s" : ""} ${listed}. No path leads there, whatever the weights are.`;
  }
  const most = Math.max(...paths);
  if (paths.length === 1) return "A pixel sees itself; the layers above it see it in turn.";
  if (paths.every((count) => count === most)) {
    return `Paths that start at each pixel: ${most}. All that it sees counts alike.`;
  }
  const rising = (/** @type {number[]} */ half) => half.every((count, at) => !at || count >= half[at - 1]);
  const half = Math.ceil(paths.length / 2);
  if (!rising(paths.slice(0, half)) || !rising(paths.slice(-half).reverse())) {
    return `Between ${Math.min(...paths)} and ${most} paths start at a pixel: not all that it sees counts alike.`;
  }
  return `${most} paths start at pixel ${first + half - 1}, ${paths[0]} at pixel ${first}: the nearer the middle, the more a pixel counts.`;
}
