export const name = "stamp";

/**
 * @param {HTMLElement} root
 * @param {import("../model.js").Model} model
 * @returns {() => void}
 */
export function create(root, model) {
  root.textContent = model.get("view");
  return () => root.replaceChildren();
}
