/**
 * A reader's own picture: whether it can be taken, how small it becomes, and its grays.
 */

/** Pictures are at most this many pixels wide and high; as the ones that come with the page. */
export const LONGEST_SIDE = 150;
/** Below this the largest kernel has no room to move. */
export const SHORTEST_SIDE = 8;
/** Larger files and pictures would freeze a small computer before they were scaled down. */
export const LARGEST_FILE = 30e6;
export const MOST_PIXELS = 80e6;

/**
 * Why a file cannot be taken, judged before it is decoded; an empty string if it may be.
 *
 * @param {{name: string, type: string, size: number}} file
 * @returns {string}
 */
export function refusal(file) {
  const name = file.name || "That";
  if (file.size === 0) return `${name} is empty.`;
  if (!file.type.startsWith("image/")) {
    return `${name} is not a picture. Choose a PNG, JPEG, WebP or GIF file.`;
  }
  if (file.size > LARGEST_FILE) {
    const megabytes = Math.round(file.size / 1e6);
    return `${name} is too large (${megabytes} MB). Choose a picture of at most ${LARGEST_FILE / 1e6} MB.`;
  }
  return "";
}

/**
 * The size that a picture is scaled to: its shape is kept, and it is never enlarged.
 *
 * @param {number} width
 * @param {number} height
 * @returns {{width: number, height: number}}
 * @throws {RangeError} if the picture is too large, or too small or narrow; the message says so
 */
export function fittedSize(width, height) {
  if (width * height > MOST_PIXELS) {
    throw new RangeError(
      `The picture has ${width} × ${height} pixels, which is too large. Choose one of at most ` +
        `${MOST_PIXELS / 1e6} million pixels.`,
    );
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const fitted = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (Math.min(fitted.width, fitted.height) < SHORTEST_SIDE) {
    throw new RangeError(
      `The picture has ${width} × ${height} pixels, which is too small or too narrow: after ` +
        `scaling, each side needs at least ${SHORTEST_SIDE}.`,
    );
  }
  return fitted;
}

/**
 * Red, green and blue to gray, with the weights of ITU-R BT.601 in thousandths, rounded down.
 *
 * @param {Uint8ClampedArray | Uint8Array} rgba four numbers a pixel
 * @returns {Uint8Array} one number a pixel
 */
export function grayOf(rgba) {
  const gray = new Uint8Array(rgba.length / 4);
  for (let k = 0; k < gray.length; k += 1) {
    gray[k] = Math.floor(
      (299 * rgba[4 * k] + 587 * rgba[4 * k + 1] + 114 * rgba[4 * k + 2]) / 1000,
    );
  }
  return gray;
}
