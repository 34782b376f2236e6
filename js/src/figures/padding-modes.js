export const name = "padding-modes";

/**
 * @param {HTMLElement} _root
 * @param {import("../model.js").Model} _model
 * @returns {() => void}
 */
export function create(_root, _model) {
  throw new Error("padding-modes is not drawn yet");
}
