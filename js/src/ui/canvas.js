import { h } from "./dom.js";

/**
 * A canvas for pictures too large for a table: one canvas pixel a picture pixel, enlarged by CSS
 * without smoothing.
 *
 * @param {{label: string}} options what the picture shows, for those who cannot see it
 */
export function createCanvas({ label }) {
  const element = h("canvas", { class: "cnn-canvas", role: "img", "aria-label": label });
  const context = /** @type {CanvasRenderingContext2D} */ (
    element.getContext("2d", { willReadFrequently: false })
  );
  return {
    element,
    context,
    /** @param {string} text */
    setLabel(text) {
      element.setAttribute("aria-label", text);
    },
    /**
     * @param {number} width
     * @param {number} height
     * @param {(pixel: number) => number[]} color red, green and blue; then opacity, if not 255
     */
    draw(width, height, color) {
      if (element.width !== width) element.width = width;
      if (element.height !== height) element.height = height;
      const image = context.createImageData(width, height);
      const bytes = image.data;
      for (let pixel = 0; pixel < width * height; pixel += 1) {
        const [red, green, blue, opacity = 255] = color(pixel);
        const offset = 4 * pixel;
        bytes[offset] = red;
        bytes[offset + 1] = green;
        bytes[offset + 2] = blue;
        bytes[offset + 3] = opacity;
      }
      context.putImageData(image, 0, 0);
    },
  };
}
