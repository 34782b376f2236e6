/**
 * The diverging scale: purple for negative, green for positive, the surface for zero. The pair
 * stays apart for every common kind of color blindness, and the printed number stays readable on
 * every tint (a test computes the contrast over the whole scale). figures.css holds the same ends
 * as variables for tables; this module is for canvases. A test holds the two equal.
 *
 * @typedef {[red: number, green: number, blue: number]} Color
 * @typedef {{negative: Color, zero: Color, positive: Color, ink: Color}} Scale
 */

/** @type {{light: Scale, dark: Scale}} */
export const scales = {
  light: {
    negative: [200, 170, 226],
    zero: [255, 255, 255],
    positive: [150, 211, 165],
    ink: [27, 34, 48],
  },
  dark: {
    negative: [104, 65, 138],
    zero: [24, 29, 38],
    positive: [26, 102, 62],
    ink: [230, 234, 240],
  },
};

/**
 * A value as a signed fraction of the largest magnitude on show.
 *
 * @param {number} value
 * @param {number} limit
 * @returns {number} from −1 to 1
 */
export const fraction = (value, limit) =>
  limit > 0 ? Math.min(Math.max(value / limit, -1), 1) : 0;

/**
 * @param {number} t from −1 to 1
 * @param {Scale} scale
 * @returns {Color}
 */
export function diverging(t, scale) {
  const end = t < 0 ? scale.negative : scale.positive;
  const strength = Math.min(Math.abs(t), 1);
  return /** @type {Color} */ (
    scale.zero.map((zero, channel) => Math.round(zero + (end[channel] - zero) * strength))
  );
}

/**
 * WCAG's contrast ratio of two colors, from 1 to 21.
 *
 * @param {Color} a
 * @param {Color} b
 * @returns {number}
 */
export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Color} color */
function luminance(color) {
  const [red, green, blue] = color.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
