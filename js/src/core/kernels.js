/**
 * Filtering a gray picture with a small kernel, in whole numbers only.
 *
 * A kernel is a square of weights and one positive whole divisor (a box blur is nine ones over 9).
 * Weights have at most two decimals; `whole` takes those away, so that every result is an exact
 * fraction: the sum before the division is an integer, and equal to the one that Python computes.
 *
 * @typedef {{width: number, height: number, data: Uint8Array | Uint8ClampedArray}} Picture
 * @typedef {{width: number, height: number, data: Int32Array}} Sums  results before the division
 * @typedef {{weights: number[][], divisor: number}} Kernel
 * @typedef {Kernel & {name: string, label: string, note: string}} Preset
 * @typedef {"clip" | "signed" | "absolute"} Display
 */

import { formatNumber } from "./format.js";
import { clamp, generate } from "./matrix.js";

/** Largest weight and divisor that can be typed: 25 · 255 · 99900 still fits 32 bits. */
export const LARGEST_WEIGHT = 999;
export const LARGEST_DIVISOR = 9999;

/**
 * The same kernel in whole weights: those of 0.25 over 1 are 25 over 100.
 *
 * @param {Kernel} kernel
 * @returns {Kernel}
 */
export function whole({ weights, divisor }) {
  if (weights.flat().every(Number.isInteger)) return { weights, divisor };
  return {
    weights: weights.map((line) => line.map((weight) => Math.round(weight * 100))),
    divisor: divisor * 100,
  };
}

/**
 * Slide the kernel, unturned, over every place where it fits: the valid cross-correlation.
 *
 * @param {Picture} picture
 * @param {number[][]} weights whole numbers
 * @returns {Sums} (height − size + 1) × (width − size + 1) sums, not yet divided
 */
export function crossCorrelate(picture, weights) {
  const size = weights.length;
  const width = picture.width - size + 1;
  const height = picture.height - size + 1;
  const sums = new Int32Array(width * height);
  // One weight at a time over the whole picture: long straight runs, and zeros cost nothing.
  for (let a = 0; a < size; a += 1) {
    for (let b = 0; b < size; b += 1) {
      const weight = weights[a][b];
      if (weight === 0) continue;
      for (let row = 0; row < height; row += 1) {
        const from = (row + a) * picture.width + b;
        const to = row * width;
        for (let column = 0; column < width; column += 1) {
          sums[to + column] += weight * picture.data[from + column];
        }
      }
    }
  }
  return { width, height, data: sums };
}

/**
 * The pixels under the kernel when its top left weight stands on (row, column).
 *
 * @param {Picture} picture
 * @param {number} row
 * @param {number} column
 * @param {number} size
 * @returns {number[][]}
 */
export function patchAt(picture, row, column, size) {
  return generate(size, size, (a, b) => picture.data[(row + a) * picture.width + column + b]);
}

/**
 * @param {number[][]} weights whole numbers
 * @returns {number}
 */
export function weightSum(weights) {
  return weights.flat().reduce((sum, weight) => sum + weight, 0);
}

/**
 * One result before the division: the patch times the weights, added up.
 *
 * @param {number[][]} patch
 * @param {number[][]} weights whole numbers
 * @returns {number}
 */
export function total(patch, weights) {
  return weightSum(weights.map((line, a) => line.map((weight, b) => weight * patch[a][b])));
}

/**
 * The same kernel on a larger or smaller square, about the same middle: zeros around, or cut.
 *
 * @param {number[][]} weights
 * @param {number} size odd
 * @returns {number[][]}
 */
export function resized(weights, size) {
  const shift = (weights.length - size) / 2;
  return generate(size, size, (a, b) => weights[a + shift]?.[b + shift] ?? 0);
}

/**
 * @param {Kernel} one
 * @param {Kernel} other
 * @returns {boolean} whether the two have the same weights and divisor
 */
export const sameKernel = (one, other) =>
  one.divisor === other.divisor && String(one.weights) === String(other.weights);

/**
 * The preset that this kernel is, or null for a kernel of one's own.
 *
 * @param {Kernel} kernel
 * @param {Preset[]} presets
 * @returns {Preset | null}
 */
export function presetOf(kernel, presets) {
  return presets.find((preset) => sameKernel(kernel, preset)) ?? null;
}

/**
 * How results are best shown at first: weights that add to 0 give both signs.
 *
 * @param {Kernel} kernel
 * @returns {Display}
 */
export function fittingDisplay(kernel) {
  return weightSum(whole(kernel).weights) === 0 ? "signed" : "clip";
}

/**
 * A fraction as people read it: at most two decimals, a real minus sign.
 *
 * @param {number} numerator
 * @param {number} [divisor]
 * @returns {{text: string, exact: boolean}} exact is false where decimals were cut
 */
export function decimal(numerator, divisor = 1) {
  const size = Math.abs(numerator) * 100;
  const hundredths = Math.floor((2 * size + divisor) / (2 * divisor));
  return {
    text: formatNumber((Math.sign(numerator) * hundredths) / 100),
    exact: size % divisor === 0,
  };
}

/**
 * The equals sign that is true of a decimal, and the decimal: "= 169.5" or "≈ 192.78".
 *
 * @param {number} numerator
 * @param {number} divisor
 * @returns {string}
 */
export function equals(numerator, divisor) {
  const { text, exact } = decimal(numerator, divisor);
  return `${exact ? "=" : "≈"} ${text}`;
}

/**
 * What the sum of the weights means for a flat region of the picture.
 *
 * @param {Kernel} kernel
 * @returns {string} one sentence
 */
export function sumMeaning(kernel) {
  const { weights, divisor } = whole(kernel);
  const sum = weightSum(weights);
  const { text, exact } = decimal(sum, divisor);
  const said = `The weights add up to ${exact ? "" : "about "}${text}`;
  if (weights.flat().every((weight) => weight === 0)) {
    return `${said}: every weight is 0, and so is every result.`;
  }
  if (sum === 0) return `${said}: flat regions become 0, and only differences are left.`;
  if (sum === divisor) return `${said}: flat regions keep their brightness.`;
  if (sum < 0) return `${said}: flat regions become negative.`;
  const change = sum > divisor ? "brighter" : "darker";
  return `${said}: flat regions become ${change}, by that factor.`;
}

/**
 * Smallest and largest sum (not divided), and the larger of the two distances from 0.
 *
 * @param {Sums} sums
 * @returns {{least: number, most: number, farthest: number}}
 */
export function extent(sums) {
  let least = Infinity;
  let most = -Infinity;
  for (const sum of sums.data) {
    least = Math.min(least, sum);
    most = Math.max(most, sum);
  }
  return { least, most, farthest: Math.max(Math.abs(least), Math.abs(most)) };
}

/**
 * Where a way of showing results ends, as doubled sums (which keeps half of an odd sum whole).
 * Signed ends at half of the farthest result: few results lie beyond, and the rest can be seen.
 *
 * @param {Display} display
 * @param {number} divisor
 * @param {number} farthest largest |sum| of the picture
 * @returns {{low: number, high: number}}
 */
export function ends(display, divisor, farthest) {
  if (display === "signed") return { low: 0 - farthest, high: farthest };
  const high = 2 * 255 * divisor;
  return { low: display === "absolute" ? -high : 0, high };
}

/**
 * How many results lie beyond the ends, and out of how many.
 *
 * @param {Sums} sums
 * @param {number} divisor
 * @param {Display} display
 * @returns {{below: number, above: number, all: number}}
 */
export function clipped(sums, divisor, display) {
  const { low, high } = ends(display, divisor, extent(sums).farthest);
  let below = 0;
  let above = 0;
  for (const sum of sums.data) {
    if (2 * sum < low) below += 1;
    else if (2 * sum > high) above += 1;
  }
  return { below, above, all: sums.data.length };
}

/**
 * The level, 0 to 255, that shows one sum: a gray, or with "signed" a color of the diverging
 * scale, whose middle 128 is a result of 0.
 *
 * @param {number} sum
 * @param {number} divisor
 * @param {Display} display
 * @param {number} farthest largest |sum| of the picture, used by "signed" only
 * @returns {number}
 */
export function level(sum, divisor, display, farthest) {
  if (display === "signed") {
    if (farthest === 0) return 128;
    const reach = clamp(2 * sum, -farthest, farthest);
    return 128 + Math.floor((2 * 127 * reach + farthest) / (2 * farthest));
  }
  const seen = display === "absolute" ? Math.abs(sum) : sum;
  return clamp(Math.floor((2 * seen + divisor) / (2 * divisor)), 0, 255);
}

/**
 * All levels of a filtered picture.
 *
 * @param {Sums} sums
 * @param {number} divisor
 * @param {Display} display
 * @returns {Uint8Array}
 */
export function levels(sums, divisor, display) {
  const { farthest } = extent(sums);
  const found = new Uint8Array(sums.data.length);
  for (let k = 0; k < found.length; k += 1) {
    found[k] = level(sums.data[k], divisor, display, farthest);
  }
  return found;
}

// The figures' purple and green, from dark purple over mid gray to pale green: lightness rises all
// the way, so that the order of results survives gray print and every kind of color vision.
const ANCHORS = [
  [0, 43, 10, 74],
  [64, 122, 74, 170],
  [128, 140, 140, 140],
  [192, 84, 184, 112],
  [255, 232, 252, 222],
];

/**
 * The 256 colors of the diverging scale.
 *
 * @returns {number[][]} red, green and blue for each level
 */
export function divergingScale() {
  return Array.from({ length: 256 }, (_, shade) => {
    const upper = Math.max(1, ANCHORS.findIndex(([at]) => at >= shade));
    const [from, ...start] = ANCHORS[upper - 1];
    const [to, ...end] = ANCHORS[upper];
    return start.map(
      (part, k) => part + Math.floor(((end[k] - part) * (shade - from)) / (to - from)),
    );
  });
}

/**
 * How the result under the lens is drawn, in words.
 *
 * @param {number} sum
 * @param {number} divisor
 * @param {Display} display
 * @param {number} farthest largest |sum| of the picture
 * @returns {string}
 */
export function drawnAs(sum, divisor, display, farthest) {
  const { low, high } = ends(display, divisor, farthest);
  if (display === "signed") {
    if (sum === 0) return "zero: drawn mid gray";
    const beyond = 2 * Math.abs(sum) > high ? ", at the end of the scale" : "";
    return sum > 0 ? `positive: drawn green${beyond}` : `negative: drawn purple${beyond}`;
  }
  if (2 * sum > high) return "above 255: drawn white";
  if (2 * sum < low) return display === "clip" ? "below 0: drawn black" : "below −255: drawn white";
  return `drawn as gray ${level(sum, divisor, display, farthest)}`;
}

/**
 * The sentence about results that lie beyond the scale.
 *
 * @param {{below: number, above: number, all: number}} counts
 * @param {Display} display
 * @param {number} divisor
 * @param {number} farthest
 * @returns {string}
 */
export function beyondScale({ below, above, all }, display, divisor, farthest) {
  const { low, high } = ends(display, divisor, farthest);
  if (below + above === 0) return `All ${grouped(all)} results fit on the scale.`;
  const share = decimal(Math.floor((2000 * (below + above) + all) / (2 * all)), 10).text;
  const under = `${grouped(below)} below ${decimal(low, 2 * divisor).text}`;
  const over = `${grouped(above)} above ${decimal(high, 2 * divisor).text}`;
  return `Beyond the scale: ${under}, ${over}; ${share} % of ${grouped(all)} results.`;
}

/**
 * A count with commas between thousands.
 *
 * @param {number} count
 * @returns {string}
 */
export const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * The division that follows the sum of products, "2712 ÷ 16 = 169.5"; empty for a divisor of 1.
 *
 * @param {number[][]} patch
 * @param {Kernel} kernel
 * @returns {string}
 */
export function division(patch, kernel) {
  if (kernel.divisor === 1) return "";
  const { weights, divisor } = whole(kernel);
  const sum = total(patch, weights);
  const scale = divisor / kernel.divisor;
  return `${decimal(sum, scale).text} ÷ ${kernel.divisor} ${equals(sum, divisor)}`;
}

/**
 * A PyTorch program for the filtered picture, or, where only the page has the picture, for the
 * one patch. It prints the number that the lens shows.
 *
 * @param {object} state
 * @param {Kernel} state.kernel
 * @param {number[][]} state.patch
 * @param {{row: number, column: number}} state.result place in the filtered picture
 * @param {{source?: string, factor?: number}} state.photograph Python that loads it, if there is any
 * @returns {string}
 */
export function program({ kernel, patch, result, photograph }) {
  const { source, factor } = photograph;
  const over = kernel.divisor === 1 ? "" : ` / ${kernel.divisor}`;
  const tensor = (/** @type {string} */ data) => `torch.tensor(${data}, dtype=torch.float64)`;
  const [from, at] = source ? ["picture", result] : ["patch[None, None]", { row: 0, column: 0 }];
  return [
    "import torch",
    "import torch.nn.functional as F",
    ...(source
      ? [
          "from skimage import data",
          "",
          `photo = ${tensor(source)}`,
          `picture = F.avg_pool2d(photo[None, None], ${factor}).floor()`,
        ]
      : ["", `patch = ${tensor(pythonRows(patch))}`]),
    `kernel = ${tensor(pythonRows(kernel.weights))}`,
    `filtered = F.conv2d(${from}, kernel[None, None])${over}`,
    `print(filtered[0, 0, ${at.row}, ${at.column}].item())`,
    "",
  ].join("\n");
}

/**
 * @param {number[][]} matrix
 * @returns {string} a nested Python list, a line for each row
 */
const pythonRows = (matrix) =>
  `[\n${matrix.map((line) => `    [${line.join(", ")}],\n`).join("")}]`;
