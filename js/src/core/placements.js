/**
 * Every placement of a window along one axis, what the floor takes away, and what no window reads.
 */
import { formatNumber } from "./format.js";
import { outputSize } from "./geometry.js";

/** @typedef {{input: number, kernel: number, padding: number, stride: number, dilation: number}} Axis */

/**
 * @param {Axis} axis a legal one
 */
export function placements({ input, kernel, padding, stride, dilation }) {
  const extent = dilation * (kernel - 1) + 1;
  const room = input + 2 * padding - extent;
  const count = outputSize(input, kernel, stride, padding, dilation);
  const windows = Array.from({ length: count }, (_, window) =>
    Array.from({ length: kernel }, (_tap, tap) => window * stride - padding + tap * dilation),
  );
  const read = new Set(windows.flat());
  const places = Array.from({ length: input + 2 * padding }, (_, place) => place - padding);
  const remainder = room % stride;
  return {
    /** Pixels from the first weight to the last. */
    extent,
    /** How many windows fit. */
    count,
    /** The indices that each window reads, counted from the first pixel of the input. */
    windows,
    /** The places that no window reads, padding included. */
    unread: places.filter((place) => !read.has(place)),
    /** Places after the last window, which the floor takes away. */
    remainder,
    /** All input sizes that give the same output size. */
    same: Array.from({ length: stride }, (_, more) => input - remainder + more).filter(
      (size) => size > 0,
    ),
    /** The formula for the count with its numbers, after the first equals sign, in two pieces. */
    rest: [`⌊${room}/${stride}⌋ + 1 `, `= ${count - 1} + 1 = `],
  };
}

/**
 * What the floor takes away, what no window reads, and which input sizes give the same output
 * size: three sentences.
 *
 * @param {Axis} axis
 * @returns {string[]}
 */
export function sentences(axis) {
  const { remainder, unread, same, count } = placements(axis);
  const noun = axis.padding ? "place" : "pixel";
  const left = remainder === 1 ? `${noun} lies` : `${remainder} ${noun}s lie`;
  const pixels = unread.filter((place) => place >= 0 && place < axis.input);
  const sizes = `${same.slice(0, -1).join(", ")} and ${same.at(-1)}`;
  return [
    remainder
      ? `Remainder ${remainder}: the last ${left} after the last window.`
      : "Remainder 0: the last window ends at the end.",
    pixels.length
      ? `Never read: ${pixels.length === 1 ? "index" : "indices"} ${pixels.join(", ")}.`
      : "Every pixel is read.",
    same.length === 1
      ? `Only input size ${same[0]} gives ${count}.`
      : `Input sizes ${sizes} ${same.length === 2 ? "both" : "all"} give ${count}.`,
  ];
}

/**
 * Where window number `index` starts, with its numbers: "1·2 − 0 = 2".
 *
 * @param {Axis} axis
 * @param {number} index
 */
export const startText = ({ stride, padding }, index) =>
  `${index}·${stride} − ${padding} = ${formatNumber(index * stride - padding)}`;
