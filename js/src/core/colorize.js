/**
 * What the figure colorize says: which views a picture has, how a prediction compares, and whether
 * a browser can run the network.
 */
import { formatNumber } from "./format.js";
import { LARGEST_FILE, MOST_PIXELS } from "./photo.js";

/**
 * @typedef {"gray" | "faithful" | "vivid" | "truth" | "spread"} View
 * @typedef {{psnr: number | null, colorfulness: number}} Score PSNR is null where nothing is to be
 *   compared, or the two are the same
 * @typedef {Partial<Record<View, Score>>} Scores
 */

/** @type {Record<View, {label: string, says: string}>} */
export const VIEWS = {
  gray: { label: "Gray", says: "all that the network is given" },
  faithful: { label: "Faithful", says: "the color with the least squared error" },
  vivid: { label: "Vivid", says: "a likely color, not the mean of all" },
  truth: { label: "Truth", says: "the photograph itself" },
  spread: { label: "Uncertainty", says: "how far the possible colors lie apart" },
};

/** The reader's own picture is shown with at most so many pixels on its longer side. */
export const LONGEST_SIDE = 512;
/** As many pixels as the network looks at: about this number squared. */
export const WORKING_SIDE = 128;
export const MULTIPLE = 16;

/**
 * The size at which one's own picture is shown: never enlarged.
 *
 * @param {number} width
 * @param {number} height
 * @returns {{width: number, height: number}}
 * @throws {RangeError} if it is too large to be decoded on a small computer; the message says so
 */
export function shownSize(width, height) {
  if (width * height > MOST_PIXELS) {
    throw new RangeError(
      `The picture has ${width} × ${height} pixels, which is too large. Choose one of at most ` +
        `${MOST_PIXELS / 1e6} million pixels.`,
    );
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const fitted = (/** @type {number} */ side) => Math.max(1, Math.round(side * scale));
  return { width: fitted(width), height: fitted(height) };
}

export { LARGEST_FILE };

/**
 * Whether a picture is gray already: a scanner's or a camera's noise is allowed.
 *
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function isGray(a, b) {
  let colored = 0;
  for (let pixel = 0; pixel < a.length; pixel += 1) {
    if (Math.hypot(a[pixel], b[pixel]) > 6) colored += 1;
  }
  return colored <= a.length / 500;
}

/**
 * Decibels and colorfulness in words, one comparison a head.
 *
 * @param {Scores} scores
 * @param {number} spread its mean, in ab units
 * @returns {string}
 */
export function verdict(scores, spread) {
  const sure = `On average the network's possible colors lie ${formatNumber(spread, 1)} ab units around their mean.`;
  const { gray, faithful, vivid, truth } = scores;
  if (!faithful || !vivid) return "";
  if (!truth || !gray?.psnr) {
    return `The picture has no color of its own, so nothing says which guess is nearer. ${sure}`;
  }
  const [one, other] = [faithful, vivid].map(({ psnr }) => {
    const more = Math.round(10 * (psnr ?? 0)) - Math.round(10 * (gray.psnr ?? 0));
    if (more === 0) return "as near as gray";
    return `${formatNumber(Math.abs(more) / 10, 1)} dB ${more > 0 ? "nearer" : "farther"} than gray`;
  });
  const share = Math.round((100 * vivid.colorfulness) / truth.colorfulness);
  return (
    `Compared with the photograph, faithful is ${one}, vivid ${other}; vivid has ${share} % of ` +
    `the photograph's colorfulness. ${sure}`
  );
}

/**
 * @param {number} spread in ab units
 * @returns {string}
 */
export const sureness = (spread) =>
  spread < 12 ? "sure" : spread < 22 ? "fairly sure" : spread < 32 ? "unsure" : "very unsure";

/**
 * How far a guess is from the truth, written out with the numbers that are shown.
 *
 * @param {[number, number]} guess a and b, rounded
 * @param {[number, number]} truth a and b, rounded
 * @returns {string}
 */
export function distance(guess, truth) {
  const part = (/** @type {number} */ k) =>
    `(${formatNumber(guess[k])} ${truth[k] < 0 ? "+" : "−"} ${formatNumber(Math.abs(truth[k]))})²`;
  const exact = Math.hypot(guess[0] - truth[0], guess[1] - truth[1]);
  const result = formatNumber(exact, 1);
  const sign = Math.abs(exact * 10 - Math.round(exact * 10)) < 1e-9 ? "=" : "≈";
  return `√(${part(0)} + ${part(1)}) ${sign} ${result}`;
}

/**
 * Megabytes as they are printed, one decimal.
 *
 * @param {number} bytes
 */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** The smallest program that uses the wide registers which the runtime is compiled for. */
const WIDE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0],
  ...[253, 15, 253, 98, 11],
);

/**
 * Why the network cannot run here; empty if it can.
 *
 * @param {object} where
 * @param {string} where.protocol of the page's address
 * @param {boolean} where.offered whether the book was built with the runtime
 * @param {typeof WebAssembly | undefined} where.wasm
 * @param {boolean} where.workers
 * @returns {string}
 */
export function obstacle({ protocol, offered, wasm, workers }) {
  if (!offered) {
    return "This book was built without the program that runs the network (ONNX Runtime, which npm brings), so a picture of your own stays gray here. Build the book with npm and a network connection, or run the notebook.";
  }
  if (protocol === "file:") {
    return "This page was opened as a file, and from files browsers load no networks. Run “make serve” and open the address that it prints; or run the notebook.";
  }
  if (!wasm || !workers || !wasm.validate(WIDE)) {
    return "This browser cannot run the network: it lacks WebAssembly with SIMD, or workers. Any browser from 2023 or later has both.";
  }
  return "";
}
