/**
 * CIELAB and back (sRGB, D65, as scikit-image computes them), planes of numbers brought to another
 * size, and how near and how colorful a picture is.
 *
 * @typedef {object} Planes a picture's lightness and color, a number a pixel in each
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} L from 0 to 100
 * @property {Float32Array} a
 * @property {Float32Array} b
 */

const WHITE = [0.95047, 1, 1.08883];
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
});
const STEPS = 4096;
/** Linear light to a level from 0 to 255; looked up, because powers take most of the time. */
const LEVELS = Float64Array.from({ length: STEPS + 2 }, (_, step) => 255 * bent(step / STEPS));

/** @param {number} linear */
function bent(linear) {
  return linear > 0.0031308 ? 1.055 * linear ** (1 / 2.4) - 0.055 : 12.92 * linear;
}

/** @param {number} linear */
function levelOf(linear) {
  const at = STEPS * Math.min(Math.max(linear, 0), 1);
  const step = Math.floor(at);
  return LEVELS[step] + (at - step) * (LEVELS[step + 1] - LEVELS[step]);
}

/** @param {number} t */
const root = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);

/** @param {number} f */
const cube = (f) => (f > 0.2068966 ? f * f * f : (f - 16 / 116) / 7.787);

/**
 * @param {Uint8ClampedArray | Uint8Array} rgba four numbers a pixel
 * @param {number} width
 * @param {number} height
 * @returns {Planes}
 */
export function toLab(rgba, width, height) {
  const [L, a, b] = Array.from({ length: 3 }, () => new Float32Array(width * height));
  for (let pixel = 0, at = 0; pixel < L.length; pixel += 1, at += 4) {
    const red = LINEAR[rgba[at]];
    const green = LINEAR[rgba[at + 1]];
    const blue = LINEAR[rgba[at + 2]];
    const x = root((0.412453 * red + 0.35758 * green + 0.180423 * blue) / WHITE[0]);
    const y = root((0.212671 * red + 0.71516 * green + 0.072169 * blue) / WHITE[1]);
    const z = root((0.019334 * red + 0.119193 * green + 0.950227 * blue) / WHITE[2]);
    L[pixel] = 116 * y - 16;
    a[pixel] = 500 * (x - y);
    b[pixel] = 200 * (y - z);
  }
  return { width, height, L, a, b };
}

/** The inverse of the matrix above. */
const [XR, YR, ZR, XG, YG, ZG, XB, YB, ZB] = [
  3.2404813432005266, -1.5371515162713183, -0.4985363261688878, -0.9692549499965682,
  1.8759900014898907, 0.04155592655829284, 0.055646639135177166, -0.20404133836651123,
  1.0573110696453443,
];

/**
 * Writes one pixel, clipped to what a screen can show.
 *
 * @param {number} L
 * @param {number} a
 * @param {number} b
 * @param {Uint8ClampedArray} rgba
 * @param {number} at where its red goes
 * @returns {boolean} whether the color was inside the gamut of sRGB, but for rounding
 */
export function writeColor(L, a, b, rgba, at) {
  const y = (L + 16) / 116;
  const x = WHITE[0] * cube(a / 500 + y);
  const z = WHITE[2] * cube(Math.max(y - b / 200, 0));
  const light = cube(y);
  const red = XR * x + YR * light + ZR * z;
  const green = XG * x + YG * light + ZG * z;
  const blue = XB * x + YB * light + ZB * z;
  rgba[at] = levelOf(red);
  rgba[at + 1] = levelOf(green);
  rgba[at + 2] = levelOf(blue);
  rgba[at + 3] = 255;
  return Math.min(red, green, blue) > -0.002 && Math.max(red, green, blue) < 1.002;
}

/**
 * @param {ArrayLike<number>} L
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @returns {Uint8ClampedArray<ArrayBuffer>} red, green, blue and opacity of every pixel
 */
export function toRgb(L, a, b) {
  const rgba = new Uint8ClampedArray(4 * L.length);
  for (let pixel = 0; pixel < L.length; pixel += 1) {
    writeColor(L[pixel], a[pixel], b[pixel], rgba, 4 * pixel);
  }
  return rgba;
}

/**
 * What each number along a side is a mean of: triangles as wide as a step, or as a pixel where the
 * picture grows. This is bilinear interpolation, with antialiasing where the picture shrinks.
 *
 * @param {number} before
 * @param {number} after
 * @param {number} covered how much of the side is meant, if not all of it
 * @returns {{first: number, weights: number[]}[]}
 */
function triangles(before, after, covered) {
  const scale = covered / after;
  const reach = Math.max(scale, 1);
  return Array.from({ length: after }, (_, place) => {
    const middle = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(middle - reach + 0.5));
    const last = Math.min(Math.min(before, Math.ceil(covered)), Math.floor(middle + reach + 0.5));
    const weights = Array.from({ length: last - first }, (_each, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - middle) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/**
 * Brings a plane of numbers to another size, as torch's `interpolate(…, mode="bilinear",
 * antialias=True)` does.
 *
 * @param {ArrayLike<number>} plane row after row
 * @param {number} width
 * @param {number} height
 * @param {number} newWidth
 * @param {number} newHeight
 * @param {[across: number, down: number]} [covered] how much of it is meant, from its left and top
 * @returns {Float32Array<ArrayBuffer>}
 */
export function resize(plane, width, height, newWidth, newHeight, covered = [width, height]) {
  const across = triangles(width, newWidth, covered[0]);
  const narrow = new Float32Array(newWidth * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < newWidth; column += 1) {
      const { first, weights } = across[column];
      const from = row * width + first;
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k] * plane[from + k];
      narrow[row * newWidth + column] = sum;
    }
  }
  const down = triangles(height, newHeight, covered[1]);
  const result = new Float32Array(newWidth * newHeight);
  for (let row = 0; row < newHeight; row += 1) {
    const { first, weights } = down[row];
    const to = row * newWidth;
    for (let k = 0; k < weights.length; k += 1) {
      const weight = weights[k];
      const from = (first + k) * newWidth;
      for (let column = 0; column < newWidth; column += 1) {
        result[to + column] += weight * narrow[from + column];
      }
    }
  }
  return result;
}

/**
 * The size at which the network looks at a picture: about as many pixels as `side` × `side`, of
 * the picture's shape. It is never enlarged.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} side
 */
export function workingSize(width, height, side) {
  const factor = Math.min(1, side / Math.sqrt(width * height));
  const fitted = (/** @type {number} */ length) => Math.max(1, Math.round(length * factor));
  return { width: fitted(width), height: fitted(height) };
}

/**
 * Continues a plane to the right and downward with copies of its last pixels, until both sides are
 * multiples of a number.
 *
 * @param {ArrayLike<number>} plane
 * @param {number} width
 * @param {number} height
 * @param {number} multiple
 */
export function padded(plane, width, height, multiple) {
  const [newWidth, newHeight] = [width, height].map((side) => multiple * Math.ceil(side / multiple));
  const data = new Float32Array(newWidth * newHeight);
  for (let row = 0; row < newHeight; row += 1) {
    const from = width * Math.min(row, height - 1);
    for (let column = 0; column < newWidth; column += 1) {
      data[row * newWidth + column] = plane[from + Math.min(column, width - 1)];
    }
  }
  return { data, width: newWidth, height: newHeight };
}

/**
 * @param {Uint8ClampedArray} truth
 * @param {Uint8ClampedArray} picture
 * @returns {number} in dB, over red, green and blue of all pixels
 */
export function psnr(truth, picture) {
  let sum = 0;
  for (let at = 0; at < truth.length; at += 4) {
    const red = truth[at] - picture[at];
    const green = truth[at + 1] - picture[at + 1];
    const blue = truth[at + 2] - picture[at + 2];
    sum += red * red + green * green + blue * blue;
  }
  return 10 * Math.log10((255 * 255 * 3 * (truth.length / 4)) / sum);
}

/**
 * Hasler and Süsstrunk's measure: 0 for a gray picture, above 30 for one that looks moderately
 * colorful.
 *
 * @param {Uint8ClampedArray} rgba
 * @returns {number}
 */
export function colorfulness(rgba) {
  const count = rgba.length / 4;
  let [sum, squares, sumB, squaresB] = [0, 0, 0, 0];
  for (let at = 0; at < rgba.length; at += 4) {
    const first = rgba[at] - rgba[at + 1];
    const second = (rgba[at] + rgba[at + 1]) / 2 - rgba[at + 2];
    sum += first;
    squares += first * first;
    sumB += second;
    squaresB += second * second;
  }
  const [mean, meanB] = [sum / count, sumB / count];
  const variance = squares / count - mean * mean + squaresB / count - meanB * meanB;
  return Math.sqrt(Math.max(variance, 0)) + 0.3 * Math.hypot(mean, meanB);
}

/** Spread from here on is drawn in the last color. */
export const LARGEST_SPREAD = 45;

/**
 * The scale of uncertainty: lightness grows evenly from 14 to 92 while the hue goes from violet by
 * red to yellow, so equal steps look equal, and the order is seen without color, too.
 *
 * @returns {Uint8ClampedArray<ArrayBuffer>} 256 colors, from sure to unsure
 */
export function spreadScale() {
  const rgba = new Uint8ClampedArray(4 * 256);
  for (let step = 0; step < 256; step += 1) {
    const t = step / 255;
    const hue = -1.15 + 2.75 * t;
    const chroma = 20 + 46 * Math.sin(Math.PI * (0.12 + 0.76 * t));
    writeColor(14 + 78 * t, chroma * Math.cos(hue), chroma * Math.sin(hue), rgba, 4 * step);
  }
  return rgba;
}
