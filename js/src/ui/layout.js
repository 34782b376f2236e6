import { h } from "./dom.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * The row of matrices at the top of a figure; it wraps on a narrow page.
 *
 * @param {...Child} children
 */
export const stage = (...children) => h("div", { class: "cnn-stage" }, ...children);

/**
 * The sign between two matrices.
 *
 * @param {string} sign
 * @param {string} name read aloud
 */
export const operator = (sign, name) =>
  h("span", { class: "cnn-operator", role: "img", "aria-label": name }, sign);

/**
 * A block below the stage, with a quiet background: where the sum is written out.
 *
 * @param {...Child} children
 */
export const band = (...children) => h("div", { class: "cnn-band" }, ...children);

/**
 * A row of controls.
 *
 * @param {...Child} children
 */
export const controls = (...children) => h("div", { class: "cnn-controls" }, ...children);

/**
 * The last row: Reset, Copy as PyTorch and their like.
 *
 * @param {...Child} children
 */
export const actions = (...children) => h("div", { class: "cnn-actions" }, ...children);
